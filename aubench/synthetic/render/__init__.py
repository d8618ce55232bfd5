"""The rasteriser: from vertices and textures to a picture."""
