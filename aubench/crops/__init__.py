"""Crops: square pictures of a face, placed by its landmarks."""
