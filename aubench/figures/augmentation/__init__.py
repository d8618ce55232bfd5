"""What augmentation does to a face, drawn."""
