"""Rows of our runs: a method with its settings on a pack, over its seeds."""
