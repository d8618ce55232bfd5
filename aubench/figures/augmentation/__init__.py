"""The figure of what augmentation does to a face."""
