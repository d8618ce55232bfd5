"""What the landmarks alone tell of a face."""
