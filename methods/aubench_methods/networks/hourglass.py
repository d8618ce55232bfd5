"""The hourglass: a pyramid of ConvBlocks down to a sixteenth of the map and up again."""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn
from torch.nn.functional import interpolate, max_pool2d

from aubench_methods.networks.blocks import ConvBlock, Order

Upsampling = Literal["nearest", "bilinear"]
"""Doubt: the paper says bilinear, the released network is nearest."""

WIDTH = 128
"""Channels everywhere in the hourglass."""

DEPTH = 4


class Hourglass(nn.Module):
    """One level: a skip beside pool, block, the next level (a block at the bottom), block, ×2.

    Args:
        order: Of the ConvBlocks.
        upsampling: How a map doubles its size.
        skip_kernel: Kernel of the skip blocks; the adaptation layers have 1.
        depth: Levels from here down.
    """

    def __init__(
        self, order: Order, upsampling: Upsampling, skip_kernel: int = 3, depth: int = DEPTH
    ) -> None:
        super().__init__()
        self.upsampling = upsampling
        self.skip = ConvBlock(WIDTH, WIDTH, order, skip_kernel)
        self.down = ConvBlock(WIDTH, WIDTH, order)
        self.inner = (
            ConvBlock(WIDTH, WIDTH, order)
            if depth == 1
            else Hourglass(order, upsampling, skip_kernel, depth - 1)
        )
        self.up = ConvBlock(WIDTH, WIDTH, order)

    def forward(self, x: Tensor) -> Tensor:
        """(B, 128, H, W) → the same; H and W must be multiples of 2 to the depth."""
        inner = self.up(self.inner(self.down(max_pool2d(x, 2))))
        align = False if self.upsampling == "bilinear" else None
        grown = interpolate(inner, scale_factor=2, mode=self.upsampling, align_corners=align)
        skip: Tensor = self.skip(x)
        return skip + grown
