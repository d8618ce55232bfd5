"""One training loop on Lightning Fabric: recipe, augmentation, checkpoints, prediction."""
