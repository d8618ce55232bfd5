"""From vertices and textures to a picture, in numba: geometry, visibility, shading."""
