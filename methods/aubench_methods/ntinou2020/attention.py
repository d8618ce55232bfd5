"""``attention``: adaptation layers guided by AU maps, drawn where a frozen FAN finds the AUs."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

import torch
from torch import Tensor, nn

from aubench.heatmaps import Centre, Exponent, draw_intensities
from aubench.recipes import Recipes
from aubench_methods.fan.public_network import PublicFan
from aubench_methods.heatmap_network import (
    LANDMARK_MAPS,
    HeatmapNetwork,
    Order,
    Upsampling,
    check_size,
)
from aubench_methods.ntinou2020 import recipes
from aubench_methods.ntinou2020.adapt import AdaptedNetwork, FrozenMethod


class AttendedNetwork(AdaptedNetwork):
    """Adaptation layers that read N attention maps in place of the 68 landmark maps.

    Ntinou et al. 2020, §4.3: 2.654 M parameters at N = 5. No gradient passes through the maps.

    Args:
        aus: The N Action Units.
        order: Of the ConvBlocks.
        upsampling: Of the hourglasses.
        fan: The network of landmark maps; that of the paper when None.
        exponent: Of the maps.
        centre: Where a map has its top.
    """

    def __init__(
        self,
        aus: tuple[int, ...],
        order: Order,
        upsampling: Upsampling,
        fan: HeatmapNetwork | PublicFan | None = None,
        *,
        exponent: Exponent = "d2/2a2",
        centre: Centre = "exact",
    ) -> None:
        super().__init__(len(aus), order, upsampling, guides=len(aus), fan=fan)
        self.aus = aus
        self.draw = partial(draw_intensities, exponent=exponent, centre=centre)

    def guide(self, landmarks: Tensor) -> Tensor:
        """Landmark maps (B, 68, H, W) → AU maps of intensity 1, (B, N, H, W)."""
        size = landmarks.shape[-1]
        ones = torch.ones(len(landmarks), len(self.aus), device=landmarks.device)
        maps, _ = self.draw(brightest(landmarks), ones, self.aus, size, size)
        return maps.to(landmarks.dtype)


def brightest(maps: Tensor) -> Tensor:
    """The brightest pixel of every map: (B, K, H, W) → (B, K, 2) float32, x and y in pixels."""
    width = maps.shape[-1]
    index = maps.flatten(2).argmax(dim=-1)
    row = index.div(width, rounding_mode="floor")
    return torch.stack([index % width, row], dim=-1).float()


class Attention(FrozenMethod):
    """Attention maps (Ntinou et al. 2020, §4.3)."""

    summary: ClassVar[str] = "AU attention maps drawn at a frozen FAN's landmarks (Ntinou 2020)."

    @classmethod
    def recipes(cls, variant: str | None = None) -> Recipes:
        """See `Method.recipes`."""
        del variant
        return recipes.ATTENTION

    def build(self, aus: tuple[int, ...], size: int) -> nn.Module:
        """The network with its N attention maps."""
        check_size(size)
        fan = self.fan_network(LANDMARK_MAPS)
        settings = self.settings
        return AttendedNetwork(
            aus,
            settings.order,
            settings.upsampling,
            fan,
            exponent=settings.exponent,
            centre=settings.centre,
        )
