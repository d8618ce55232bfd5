"""The heat-map network of Ntinou et al. 2020, which with 68 maps is the face-alignment network."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn

from aubench_methods.networks.blocks import ConvBlock, Order
from aubench_methods.networks.hourglass import WIDTH, Hourglass, Upsampling

STRIDE = 4
"""Pixels of the picture to one of a map."""


class HeatmapNetwork(nn.Module):
    """A stem, one hourglass and a head of N maps: 1.650 M parameters at N = 5.

    The tap ``conv4`` (128 channels at map size) is where the adaptation layers read.

    Args:
        maps: N, the number of heat maps.
        order: Of the ConvBlocks.
        upsampling: Of the hourglass.

    Attributes:
        width: Channels of the tap.
        output_layer: Name of the layer that makes the maps.
    """

    width: ClassVar[int] = WIDTH
    output_layer: ClassVar[str] = "output"

    def __init__(self, maps: int, order: Order, upsampling: Upsampling) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 64, 7, stride=2, padding=3), nn.BatchNorm2d(64), nn.ReLU(inplace=True)
        )
        self.conv2 = ConvBlock(64, 64, order)
        self.pool = nn.MaxPool2d(2)
        self.conv3 = ConvBlock(64, WIDTH, order)
        self.conv4 = ConvBlock(WIDTH, WIDTH, order)
        self.hourglass = Hourglass(order, upsampling)
        self.top = ConvBlock(WIDTH, WIDTH, order)
        self.last = nn.Sequential(
            nn.Conv2d(WIDTH, WIDTH, 1), nn.BatchNorm2d(WIDTH), nn.ReLU(inplace=True)
        )
        self.output = nn.Conv2d(WIDTH, maps, 1)

    def features(self, images: Tensor) -> Tensor:
        """(B, 3, S, S), 0–1 → the tap, (B, 128, S/4, S/4)."""
        tap: Tensor = self.conv4(self.conv3(self.pool(self.conv2(self.stem(images)))))
        return tap

    def head(self, tap: Tensor) -> Tensor:
        """The tap → heat maps, (B, N, S/4, S/4)."""
        maps: Tensor = self.output(self.last(self.top(self.hourglass(tap))))
        return maps

    def forward(self, images: Tensor) -> Tensor:
        """(B, 3, S, S), 0–1 → heat maps, (B, N, S/4, S/4); S a multiple of 64."""
        return self.head(self.features(images))
