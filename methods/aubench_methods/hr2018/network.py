"""The network of Sánchez-Lozano et al. 2018: one hourglass of bottlenecks."""

from __future__ import annotations

from functools import partial

from torch import Tensor, nn
from torch.nn.functional import relu

from aubench_methods.networks.hourglass import DEPTH, Level

CHANNELS = 256
"""Width of the hourglass."""


class Bottleneck(nn.Module):
    """1×1 to half the channels, 3×3, 1×1 to all of them, each with batch normalisation, plus input.

    ReLU between the convolutions and after the sum. Where the width changes, a 1×1 projection with
    batch normalisation takes the input's place. No convolution has a bias.

    Args:
        inputs: Channels that come in.
        outputs: Channels that go out, C.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        half = outputs // 2
        self.body = nn.Sequential(
            *(nn.Conv2d(inputs, half, 1, bias=False), nn.BatchNorm2d(half), nn.ReLU(inplace=True)),
            nn.Conv2d(half, half, 3, padding=1, bias=False),
            *(nn.BatchNorm2d(half), nn.ReLU(inplace=True)),
            *(nn.Conv2d(half, outputs, 1, bias=False), nn.BatchNorm2d(outputs)),
        )
        self.project = (
            nn.Identity()
            if inputs == outputs
            else nn.Sequential(nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs))
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) → (B, outputs, H, W)."""
        body: Tensor = self.body(x)
        shortcut: Tensor = self.project(x)
        return relu(body + shortcut)


class BottleneckHourglass(nn.Module):
    """A stem, one hourglass and a head of N maps: 3.416 M parameters at N = 5 (the paper: 3.5 M).

    Args:
        maps: N, the number of heat maps.
    """

    def __init__(self, maps: int) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False),
            nn.BatchNorm2d(64),
            nn.ReLU(inplace=True),
            Bottleneck(64, 128),
            nn.MaxPool2d(2),
            Bottleneck(128, 128),
            Bottleneck(128, CHANNELS),
        )
        block = partial(Bottleneck, CHANNELS, CHANNELS)
        self.hourglass = Level(block, block, "nearest", DEPTH)
        self.head = nn.Sequential(
            Bottleneck(CHANNELS, CHANNELS),
            nn.Conv2d(CHANNELS, CHANNELS, 1),
            nn.BatchNorm2d(CHANNELS),
            nn.ReLU(inplace=True),
            nn.Conv2d(CHANNELS, maps, 1),
        )

    def forward(self, images: Tensor) -> Tensor:
        """(B, 3, S, S), 0–1 → heat maps, (B, N, S/4, S/4); S a multiple of 64."""
        maps: Tensor = self.head(self.hourglass(self.stem(images)))
        return maps
