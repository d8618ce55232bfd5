"""Adaptation layers over a frozen face-alignment network (Ntinou et al. 2020, §4.3)."""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor, nn

from aubench_methods.fan.public_network import PublicFan
from aubench_methods.heatmap_network import HeatmapNetwork
from aubench_methods.networks.blocks import Order, pointwise
from aubench_methods.networks.hourglass import WIDTH, Hourglass, Upsampling

LANDMARK_MAPS = 68


class AdaptedNetwork(nn.Module):
    """A frozen network of 68 landmark maps, and 1.004 M parameters that turn it to N AU maps.

    A 1×1 unit on the landmark maps and one on the tap conv4 are added and go through an hourglass
    whose skips have 1×1 kernels, a 1×1 unit and the output layer. Doubt: the paper writes of 1×1
    filters throughout, which would be 0.19 M parameters, not its own count of about 1 M.

    Args:
        maps: N.
        order: Of the ConvBlocks.
        upsampling: Of the hourglasses.
        guides: Channels that `guide` makes.
        fan: The network of landmark maps; that of the paper when None.
    """

    def __init__(
        self,
        maps: int,
        order: Order,
        upsampling: Upsampling,
        guides: int = LANDMARK_MAPS,
        fan: HeatmapNetwork | PublicFan | None = None,
    ) -> None:
        super().__init__()
        self.fan = fan or HeatmapNetwork(LANDMARK_MAPS, order, upsampling)
        self.from_landmarks = pointwise(guides, WIDTH)
        self.from_tap = pointwise(self.fan.width, WIDTH)
        self.hourglass = Hourglass(order, upsampling, skip_kernel=1)
        self.last = pointwise(WIDTH, WIDTH)
        self.output = nn.Conv2d(WIDTH, maps, 1)
        self.freeze(True)
        self.train()

    def freeze(self, frozen: bool) -> None:
        """Whether the FAN stays as it is, or learns with the rest."""
        self.frozen = frozen
        self.fan.requires_grad_(not frozen)

    def train(self, mode: bool = True) -> Self:
        """Training mode, but not for a frozen FAN, whose statistics are frozen too."""
        super().train(mode)
        self.fan.train(mode and not self.frozen)
        return self

    def guide(self, landmarks: Tensor) -> Tensor:
        """What the adaptation layers see of the landmark maps (B, 68, H, W): the maps."""
        return landmarks

    def forward(self, images: Tensor) -> Tensor:
        """(B, 3, S, S), 0–1 → AU heat maps, (B, N, S/4, S/4); S a multiple of 64."""
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.frozen):
            tap = self.fan.features(images)
            landmarks = self.fan.head(tap)
        x = self.from_landmarks(self.guide(landmarks)) + self.from_tap(tap)
        maps: Tensor = self.output(self.last(self.hourglass(x)))
        return maps
