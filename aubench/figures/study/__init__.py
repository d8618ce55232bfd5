"""Studies of finished runs, each a figure with its numbers."""
