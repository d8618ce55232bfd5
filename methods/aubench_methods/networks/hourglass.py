"""The hourglass: a pyramid of blocks down to a sixteenth of the map and up again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

from torch import Tensor, nn
from torch.nn.functional import interpolate, max_pool2d

from aubench_methods.networks.blocks import ConvBlock, Order

Upsampling = Literal["nearest", "bilinear"]
"""Doubt: the paper says bilinear, the released network is nearest."""

WIDTH = 128
"""Channels everywhere in the hourglass."""

DEPTH = 4


class Level(nn.Module):
    """One level: a skip beside pool, a block, the next level (a block at the bottom), a block, ×2.

    Args:
        block: Makes a block, which keeps the shape of a map.
        skip: Makes the block beside the level.
        upsampling: How a map doubles its size.
        depth: Levels from here down.
    """

    def __init__(
        self,
        block: Callable[[], nn.Module],
        skip: Callable[[], nn.Module],
        upsampling: Upsampling,
        depth: int,
    ) -> None:
        super().__init__()
        self.upsampling = upsampling
        self.skip = skip()
        self.down = block()
        self.inner = block() if depth == 1 else Level(block, skip, upsampling, depth - 1)
        self.up = block()

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) → the same; H and W must be multiples of 2 to the depth."""
        inner = self.up(self.inner(self.down(max_pool2d(x, 2))))
        align = False if self.upsampling == "bilinear" else None
        grown = interpolate(inner, scale_factor=2, mode=self.upsampling, align_corners=align)
        skip: Tensor = self.skip(x)
        return skip + grown


class Hourglass(Level):
    """The hourglass of Ntinou et al. 2020: ConvBlocks of 128 channels.

    Args:
        order: Of the ConvBlocks.
        upsampling: How a map doubles its size.
        skip_kernel: Kernel of the skip blocks; the adaptation layers have 1.
        depth: Levels.
    """

    def __init__(
        self, order: Order, upsampling: Upsampling, skip_kernel: int = 3, depth: int = DEPTH
    ) -> None:
        block = partial(ConvBlock, WIDTH, WIDTH, order)
        super().__init__(block, partial(block, skip_kernel), upsampling, depth)
