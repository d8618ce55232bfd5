"""Corpora on disk in the layouts of real ones: written small, spoiled, and looked over."""
