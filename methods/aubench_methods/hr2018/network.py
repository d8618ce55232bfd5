"""The network of Sánchez-Lozano et al. 2018, one hourglass of bottlenecks, and its loss."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.functional import relu, smooth_l1_loss

from aubench_methods.heatmap_network import DEPTH, Level

CHANNELS = 256
"""Width of the hourglass."""

LEAST = 0.1
"""The smallest weight of an AU."""


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


class Weighted(nn.Module):
    """A network, and the weights of the AUs in its loss.

    The weights come from the batch before, so they are part of what a stopped fit must find again:
    as a buffer they are in every checkpoint.

    Args:
        network: Makes N maps.
        maps: N.
    """

    weights: Tensor

    def __init__(self, network: nn.Module, maps: int) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("weights", torch.full((maps,), 1 / maps).clamp(min=LEAST))

    def forward(self, images: Tensor) -> Tensor:
        """The network's maps (B, A, h, w) of the pictures (B, 3, H, W)."""
        maps: Tensor = self.network(images)
        return maps


def weighted_loss(
    maps: Tensor,
    targets: Tensor,
    known: Tensor,
    weights: Tensor,
    error_of: Callable[..., Tensor] = smooth_l1_loss,
) -> Tensor:
    """Σ_a w_a·E_a, E_a the mean error of AU a; then ``weights`` becomes that of E.

    The new weight of an AU is its share of ΣE, at least `LEAST`; that of an AU which no frame of
    the batch has stays as it was.

    Args:
        maps: (B, A, H, W), predicted.
        targets: (B, A, H, W).
        known: (B, A) bool, the maps that count.
        weights: (A,), of the batch before; changed in place.
        error_of: The error of every pixel: a loss of `torch.nn.functional`.
    """
    error = error_of(maps, targets, reduction="none").mean(dim=(-2, -1))
    count = known.sum(dim=0)
    errors = torch.where(known, error, 0.0).sum(dim=0) / count.clamp(min=1)
    loss = (weights.clone() * errors).sum()
    with torch.no_grad():
        share = errors / errors.sum().clamp(min=torch.finfo(errors.dtype).tiny)
        weights.copy_(torch.where(count > 0, share.clamp(min=LEAST), weights))
    return loss
