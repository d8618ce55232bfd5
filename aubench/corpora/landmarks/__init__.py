"""Landmarks of recordings: where they come from, and how their files are read."""
