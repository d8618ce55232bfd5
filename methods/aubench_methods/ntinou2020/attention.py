"""``attention``: adaptation layers guided by AU maps, drawn where a frozen FAN finds the AUs."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn

from aubench.heatmaps import REFERENCE_SIZE, au_centres, draw
from aubench_methods.fan.public_network import PublicFan
from aubench_methods.heatmap_network import (
    LANDMARK_MAPS,
    HeatmapNetwork,
    Order,
    Upsampling,
    check_size,
)
from aubench_methods.ntinou2020.adapt import Adapt, AdaptedNetwork


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


class Attention(Adapt):
    """Attention maps (Ntinou et al. 2020, §4.3)."""

    summary: ClassVar[str] = "AU attention maps drawn at a frozen FAN's landmarks (Ntinou 2020)."

    def build(self, aus: tuple[int, ...], size: int) -> nn.Module:
        """The network with its N attention maps."""
        check_size(size)
        fan = self.fan_network(LANDMARK_MAPS)
        return AttendedNetwork(aus, self.settings.order, self.settings.upsampling, fan)
