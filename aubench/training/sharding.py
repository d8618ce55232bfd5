"""Which process predicts which frame when several share an evaluation: each frame once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch.distributed

from aubench.frames import FloatArray, IntArray


def share(count: int, rank: int, world: int) -> IntArray:
    """The positions that one of ``world`` processes predicts, of 0 … count − 1.

    Shares are disjoint and complete, and differ by one frame at most. Torch's DistributedSampler
    repeats frames until its shares are equal, which an evaluation must not.
    """
    return np.arange(rank, count, world, dtype=np.int64)


def assemble(parts: Sequence[tuple[IntArray, FloatArray]], count: int) -> FloatArray:
    """The values of all frames, in order, from every process's positions and values.

    Args:
        parts: (n,) positions and (n, …) values of each process.
        count: N, how many frames there are.

    Returns:
        (N, …) float32.

    Raises:
        RuntimeError: If a frame was predicted more than once or not at all.
    """
    positions = np.concatenate([np.empty(0, np.int64), *(places for places, _ in parts)])
    times = np.bincount(positions, minlength=count)
    if len(times) > count or (times != 1).any():
        wrong = np.flatnonzero(times != (np.arange(len(times)) < count))
        raise RuntimeError(f"frame {wrong[0]} was predicted {times[wrong[0]]} times")
    some = [values for places, values in parts if len(places)]
    if not some:
        return np.empty((0, 0), np.float32)
    ordered: FloatArray = np.concatenate(some)[np.argsort(positions)]
    return ordered


def gather(positions: IntArray, values: FloatArray, count: int, world: int) -> FloatArray:
    """`assemble` the parts of all ``world`` processes; each process returns all values."""
    parts: list[tuple[IntArray, FloatArray]] = [(positions, values)]
    if world > 1:
        parts *= world
        torch.distributed.all_gather_object(parts, (positions, values))
    return assemble(parts, count)
