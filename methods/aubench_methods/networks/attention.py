"""Attention maps: AUs drawn where a frozen FAN finds them guide the adaptation layers."""

from __future__ import annotations

import torch
from torch import Tensor

from aubench.heatmaps import REFERENCE_SIZE, au_centres, draw
from aubench_methods.fan.public_network import PublicFan
from aubench_methods.heatmap_network import HeatmapNetwork
from aubench_methods.networks.adaptation import AdaptedNetwork
from aubench_methods.networks.blocks import Order
from aubench_methods.networks.hourglass import Upsampling


class AttendedNetwork(AdaptedNetwork):
    """Adaptation layers that read N attention maps in place of the 68 landmark maps.

    Ntinou et al. 2020, §4.3: 2.654 M parameters at N = 5. No gradient passes through the maps.

    Args:
        aus: The N Action Units.
        order: Of the ConvBlocks.
        upsampling: Of the hourglasses.
        fan: The network of landmark maps; that of the paper when None.
    """

    def __init__(
        self,
        aus: tuple[int, ...],
        order: Order,
        upsampling: Upsampling,
        fan: HeatmapNetwork | PublicFan | None = None,
    ) -> None:
        super().__init__(len(aus), order, upsampling, guides=len(aus), fan=fan)
        self.aus = aus

    def guide(self, landmarks: Tensor) -> Tensor:
        """Landmark maps (B, 68, H, W) → AU maps of intensity 1, (B, N, H, W)."""
        size = landmarks.shape[-1]
        centres = au_centres(brightest(landmarks), self.aus)
        ones = torch.ones_like(centres[..., 0, 0])
        maps, _ = draw(centres, ones, ones * (size / REFERENCE_SIZE), size)
        return maps.to(landmarks.dtype)


def brightest(maps: Tensor) -> Tensor:
    """The brightest pixel of every map: (B, K, H, W) → (B, K, 2) float32, x and y in pixels."""
    width = maps.shape[-1]
    index = maps.flatten(2).argmax(dim=-1)
    row = index.div(width, rounding_mode="floor")
    return torch.stack([index % width, row], dim=-1).float()
