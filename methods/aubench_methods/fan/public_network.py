"""The public face-alignment network of Bulat & Tzimiropoulos: four hourglasses of 256 channels."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate, relu

STACKS = 4
WIDTH = 256
DEPTH = 4


class Block(nn.Module):
    """Three 3×3 convolutions of C/2, C/4 and C/4 channels, concatenated, plus the input.

    Batch normalisation and ReLU stand before each convolution, and before the 1×1 projection that
    takes the input's place where the width changes. No convolution has a bias.

    Args:
        inputs: Channels that come in.
        outputs: Channels that go out, C.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        half, quarter = outputs // 2, outputs // 4
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, half, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(half)
        self.conv2 = nn.Conv2d(half, quarter, 3, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(quarter)
        self.conv3 = nn.Conv2d(quarter, quarter, 3, padding=1, bias=False)
        self.downsample = (
            None
            if inputs == outputs
            else nn.Sequential(
                nn.BatchNorm2d(inputs), nn.ReLU(), nn.Conv2d(inputs, outputs, 1, bias=False)
            )
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) → (B, outputs, H, W)."""
        first = self.conv1(relu(self.bn1(x)))
        second = self.conv2(relu(self.bn2(first)))
        third = self.conv3(relu(self.bn3(second)))
        shortcut = x if self.downsample is None else self.downsample(x)
        return torch.cat([first, second, third], dim=1) + shortcut


class Stack(nn.Module):
    """An hourglass: beside each block, average pooling, a block, the level below, a block, ×2."""

    def __init__(self) -> None:
        super().__init__()
        for level in range(DEPTH, 0, -1):
            for name in ("b1", "b2", "b3"):
                self.add_module(f"{name}_{level}", Block(WIDTH, WIDTH))
        self.b2_plus_1 = Block(WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        """(B, 256, H, W) → the same; H and W multiples of 16."""
        return self._level(x, DEPTH)

    def _level(self, x: Tensor, level: int) -> Tensor:
        beside: Tensor = self.get_submodule(f"b1_{level}")(x)
        below = self.get_submodule(f"b2_{level}")(avg_pool2d(x, 2))
        below = self.b2_plus_1(below) if level == 1 else self._level(below, level - 1)
        below = self.get_submodule(f"b3_{level}")(below)
        return beside + interpolate(below, scale_factor=2, mode="nearest")


class PublicFan(nn.Module):
    """FAN as the face-alignment package releases it (2DFAN4, 3DFAN4): 23.8 M parameters.

    Bulat & Tzimiropoulos, "How far are we from solving the 2D & 3D face alignment problem?",
    ICCV 2017; layers and their names as in the package's ``models/fan.py`` before release 1.3, so
    that its files of weights fit. Input 0–1, 256×256, RGB.

    The tap is what goes into the first hourglass (its ``conv4``), the counterpart of the tap of
    `aubench_methods.heatmap_network.HeatmapNetwork`; the maps are the last stack's, whose
    landmarks the package reports.

    Args:
        maps: N of the last stack. The three before it always make 68, which feed the next.

    Attributes:
        width: Channels of the tap.
        output_layer: Name of the layer that makes the maps.
    """

    width: ClassVar[int] = WIDTH
    output_layer: ClassVar[str] = f"l{STACKS - 1}"

    def __init__(self, maps: int = 68) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.conv2 = Block(64, 128)
        self.conv3 = Block(128, 128)
        self.conv4 = Block(128, WIDTH)
        for stack in range(STACKS):
            last = stack == STACKS - 1
            self.add_module(f"m{stack}", Stack())
            self.add_module(f"top_m_{stack}", Block(WIDTH, WIDTH))
            self.add_module(f"conv_last{stack}", nn.Conv2d(WIDTH, WIDTH, 1))
            self.add_module(f"bn_end{stack}", nn.BatchNorm2d(WIDTH))
            self.add_module(f"l{stack}", nn.Conv2d(WIDTH, maps if last else 68, 1))
            if not last:
                self.add_module(f"bl{stack}", nn.Conv2d(WIDTH, WIDTH, 1))
                self.add_module(f"al{stack}", nn.Conv2d(68, WIDTH, 1))

    def features(self, images: Tensor) -> Tensor:
        """(B, 3, S, S), 0–1 → the tap, (B, 256, S/4, S/4)."""
        x = avg_pool2d(self.conv2(relu(self.bn1(self.conv1(images)))), 2)
        tap: Tensor = self.conv4(self.conv3(x))
        return tap

    def head(self, tap: Tensor) -> Tensor:
        """The tap → heat maps of the last stack, (B, N, S/4, S/4)."""
        x, maps = tap, tap
        for stack in range(STACKS):
            top = self._layer("top_m_", stack)(self._layer("m", stack)(x))
            top = relu(self._layer("bn_end", stack)(self._layer("conv_last", stack)(top)))
            maps = self._layer("l", stack)(top)
            if stack < STACKS - 1:
                x = x + self._layer("bl", stack)(top) + self._layer("al", stack)(maps)
        return maps

    def _layer(self, name: str, stack: int) -> nn.Module:
        return self.get_submodule(f"{name}{stack}")

    def forward(self, images: Tensor) -> Tensor:
        """(B, 3, S, S), 0–1 → heat maps, (B, N, S/4, S/4); S a multiple of 64."""
        return self.head(self.features(images))
