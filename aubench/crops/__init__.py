"""Crops: named, exact ways from landmarks to a square picture of the face."""
