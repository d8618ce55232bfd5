"""Parameters and operations of the networks of Ntinou et al. 2020, from arithmetic written out."""

from __future__ import annotations

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode


def count(module: nn.Module, learnable: bool = False) -> int:
    return sum(p.numel() for p in module.parameters() if p.requires_grad or not learnable)


def block(inputs: int, outputs: int, kernel: int = 3) -> int:
    """3×3 convs without bias to C/2, C/4, C/4, the projection; a scale and a shift a channel."""
    half, quarter, area = outputs // 2, outputs // 4, kernel**2
    convolutions = area * (inputs * half + half * quarter + quarter * quarter)
    projection = 0 if inputs == outputs else inputs * outputs + 2 * outputs
    return convolutions + 2 * (half + quarter + quarter) + projection


def pointwise(inputs: int, outputs: int) -> int:
    """1×1 with bias, and a scale and a shift per channel."""
    return inputs * outputs + outputs + 2 * outputs


def heatmap_network(maps: int) -> int:
    stem = 3 * 64 * 7 * 7 + 64 + 2 * 64
    blocks = block(64, 64) + block(64, 128) + block(128, 128)
    hourglass = 13 * block(128, 128)  # four levels of skip, down and up, and one at the bottom
    head = block(128, 128) + pointwise(128, 128) + 128 * maps + maps
    return stem + blocks + hourglass + head


def adaptation(maps: int) -> int:
    entries = pointwise(68, 128) + pointwise(128, 128)
    hourglass = 9 * block(128, 128) + 4 * block(128, 128, kernel=1)
    return entries + hourglass + pointwise(128, 128) + 128 * maps + maps


def block_macs(inputs: int, outputs: int, side: int, kernel: int = 3) -> int:
    """Multiply-accumulates of a block on a map of ``side`` pixels: its weights once per pixel."""
    half, quarter, area = outputs // 2, outputs // 4, kernel**2
    weights = area * (inputs * half + half * quarter + quarter * quarter)
    return side**2 * (weights + (0 if inputs == outputs else inputs * outputs))


def hourglass_macs(side: int, skip_kernel: int, depth: int = 4) -> int:
    skip = block_macs(128, 128, side, skip_kernel)
    below = 2 * block_macs(128, 128, side // 2)  # down and up
    if depth == 1:
        return skip + below + block_macs(128, 128, side // 2)
    return skip + below + hourglass_macs(side // 2, skip_kernel, depth - 1)


def heatmap_network_macs(maps: int) -> int:
    """At 256 pixels: the stem at 128, the rest at 64 and below."""
    stem = 128**2 * 3 * 64 * 49 + block_macs(64, 64, 128)
    blocks = block_macs(64, 128, 64) + 2 * block_macs(128, 128, 64)
    return stem + blocks + hourglass_macs(64, 3) + 64**2 * (128 * 128 + 128 * maps)


def adaptation_macs(maps: int) -> int:
    return 64**2 * (68 * 128 + 2 * 128 * 128 + 128 * maps) + hourglass_macs(64, 1)


def counted(network: nn.Module) -> int:
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(torch.empty(1, 3, 256, 256, device="meta"))
    return counter.get_total_flops()
