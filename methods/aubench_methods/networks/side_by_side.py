"""Networks that see the same pictures, their maps one after the other."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn


class SideBySide(nn.Module):
    """Several networks as one.

    Args:
        networks: Each makes maps (B, N_i, H, W) of pictures (B, 3, S, S).
    """

    def __init__(self, networks: Iterable[nn.Module]) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)

    def forward(self, images: Tensor) -> Tensor:
        """(B, 3, S, S) → (B, ΣN_i, H, W)."""
        return torch.cat([network(images) for network in self.networks], dim=1)
