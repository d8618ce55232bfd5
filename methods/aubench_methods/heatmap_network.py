"""The heat-map network of Ntinou et al. 2020; with 68 maps it is their face-alignment network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, max_pool2d

from aubench.errors import AubenchError

Order = Literal["conv-bn-relu", "bn-relu-conv"]
"""Doubt: the paper gives no order. The first is the released network's, the second the FAN's."""

Upsampling = Literal["nearest", "bilinear"]
"""Doubt: the paper says bilinear, the released network is nearest."""

WIDTH = 128
"""Channels everywhere in the hourglass."""

DEPTH = 4
"""Levels of an hourglass, each half the size of the one above."""

STRIDE = 4
"""Pixels of the picture per pixel of a map, along one side."""

LANDMARK_MAPS = 68
"""Maps of a face-alignment network, one per landmark."""


def check_size(size: int) -> None:
    """Refuse pictures that cannot be halved six times.

    Raises:
        AubenchError: If ``size``, their width and height in pixels, is no multiple of 64.
    """
    if size % (STRIDE << DEPTH):
        raise AubenchError(
            f"pictures of {size} pixels, but the hourglass halves them six times",
            mend="prepare the pack at a multiple of 64 (128, 256)",
        )


def unit(inputs: int, outputs: int, kernel: int, order: Order) -> nn.Sequential:
    """A convolution without bias, batch normalisation and ReLU6, in ``order``.

    Args:
        inputs: Channels that come in.
        outputs: Channels that go out.
        kernel: Width of the kernel; the map keeps its size.
        order: What comes first.
    """
    convolution = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False)
    if order == "conv-bn-relu":
        return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU6(inplace=True))
    return nn.Sequential(nn.BatchNorm2d(inputs), nn.ReLU6(inplace=False), convolution)


class ConvBlock(nn.Module):
    """Three convolutions of C/2, C/4 and C/4 channels, concatenated, plus the input.

    Each convolution reads the one before. Where the width changes, a 1×1 `unit` takes the input's
    place in the sum, as in the network that Ntinou et al. released.

    Args:
        inputs: Channels that come in.
        outputs: Channels that go out, C.
        order: Of convolution, normalisation and ReLU6.
        kernel: 3, or 1 in the adaptation layers' skips.
    """

    def __init__(self, inputs: int, outputs: int, order: Order, kernel: int = 3) -> None:
        super().__init__()
        half, quarter = outputs // 2, outputs // 4
        self.first = unit(inputs, half, kernel, order)
        self.second = unit(half, quarter, kernel, order)
        self.third = unit(quarter, quarter, kernel, order)
        self.project = nn.Identity() if inputs == outputs else unit(inputs, outputs, 1, order)
        self.register_load_state_dict_pre_hook(_refuse_bare_projection)  # type: ignore[no-untyped-call]  # torch gives it no types

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) → (B, outputs, H, W)."""
        first = self.first(x)
        second = self.second(first)
        third = self.third(second)
        shortcut: Tensor = self.project(x)
        return torch.cat([first, second, third], dim=1).add_(shortcut)


def _refuse_bare_projection(
    _module: nn.Module, state: Mapping[str, Tensor], prefix: str, *_rest: object
) -> None:
    """Raise an AubenchError if the projection of a block is a convolution alone, as it once was."""
    start = f"{prefix}project."
    if any(name.startswith(start) and not name[len(start)].isdigit() for name in state):
        raise AubenchError(
            "weights written before the projections of ConvBlocks were normalised",
            mend="train again: a FAN by 'aubench pretrain fan', a method by 'aubench run' in a "
            "fresh folder",
        )


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
        skip_kernel: Kernel of the skip blocks; 1 in the adaptation layers.
        depth: Levels.
    """

    def __init__(
        self, order: Order, upsampling: Upsampling, skip_kernel: int = 3, depth: int = DEPTH
    ) -> None:
        block = partial(ConvBlock, WIDTH, WIDTH, order)
        super().__init__(block, partial(block, skip_kernel), upsampling, depth)


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
