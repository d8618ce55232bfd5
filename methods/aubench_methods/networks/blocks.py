"""The building blocks of Ntinou et al. 2020: convolution units and the ConvBlock."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

Order = Literal["conv-bn-relu", "bn-relu-conv"]
"""Doubt: the paper gives no order. The first is the released network's, the second the FAN's."""


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


def pointwise(inputs: int, outputs: int) -> nn.Sequential:
    """A 1×1 convolution with bias, batch normalisation and ReLU6."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 1), nn.BatchNorm2d(outputs), nn.ReLU6(inplace=True)
    )


class ConvBlock(nn.Module):
    """Three convolutions of C/2, C/4 and C/4 channels, concatenated, plus the input.

    Each convolution reads the one before. Where the width changes, a 1×1 projection takes the
    input's place in the sum.

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
        self.project = (
            nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1, bias=False)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) → (B, outputs, H, W)."""
        first = self.first(x)
        second = self.second(first)
        third = self.third(second)
        shortcut: Tensor = self.project(x)
        return torch.cat([first, second, third], dim=1).add_(shortcut)
