"""Registration: every picture warped until chin and outer eye corners lie at fixed places."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from aubench.crops.crop import Affine3
from aubench.training.loader import Batch


def register(batch: Batch, landmarks: Tensor) -> Batch:
    """``batch`` under the exact affine maps that send ``landmarks`` 8, 36 and 45 to their places.

    The maps are those of the crop recipe ``affine3``, so a pack of that recipe stays as it is. A
    frame without these landmarks, or with all three on a line, stays as it is, too.

    Args:
        batch: Frames; their landmarks move along.
        landmarks: (B, 68, 2) pixels, which give the maps: the batch's own, or those with noise.
    """
    size = batch.images.shape[-1]
    recipe = Affine3()
    places = landmarks.new_tensor(recipe.targets)
    places = ((places + 0.5) * size / 256 - 0.5).expand(len(batch), 3, 2)
    found = landmarks[:, list(recipe.points)]
    area = torch.linalg.det(_with_ones(found.nan_to_num()))  # twice the triangle's
    usable = found.isfinite().all(dim=-1).all(dim=-1) & (area.abs() > 1)
    found = torch.where(usable[:, None, None], found, places)

    forward = torch.linalg.solve(_with_ones(found), places)
    moved = _with_ones(batch.landmarks) @ forward

    # Sampling asks for the place in the old picture of every pixel of the new one.
    backward = torch.linalg.solve(_with_ones(places), found)
    rows, columns = torch.meshgrid(*[torch.arange(size, device=found.device)] * 2, indexing="ij")
    pixels = torch.stack([columns, rows], dim=-1).to(found).flatten(0, 1)
    grid = (2 * (_with_ones(pixels) @ backward) + 1) / size - 1
    images = grid_sample(
        batch.images, grid.view(len(batch), size, size, 2), align_corners=False
    ).contiguous(memory_format=torch.channels_last)
    return replace(batch, images=images, landmarks=moved)


def _with_ones(points: Tensor) -> Tensor:
    """(..., 2) → (..., 3), a third coordinate of 1."""
    return torch.cat([points, torch.ones_like(points[..., :1])], dim=-1)
