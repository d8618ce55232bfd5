"""A batch on the device, and the pictures read ahead of the training thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from aubench.frames import Frames, IntArray, LabelledFrames

AHEAD = 4
"""Batches that are read while one is computed."""


@dataclass(frozen=True)
class Batch:
    """What one step of training sees, on the device.

    Attributes:
        images: (B, 3, S, S) float32 RGB, 0–1, channels-last in memory.
        landmarks: (B, 68, 2) float32, x and y in pixels of the picture; NaN where there are none.
        labels: (B, A) float32, 0–5; NaN = not coded. A is 0 where frames carry no labels.
        aus: The A Action Units of the label columns.
    """

    images: Tensor
    landmarks: Tensor
    labels: Tensor
    aus: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.images)


def read_batches(
    frames: Frames, parts: Sequence[IntArray], device: torch.device
) -> Iterator[Batch]:
    """The batches made of the positions in ``parts``, in order.

    Pictures are decoded on another thread (a pack's decoding leaves Python's lock and uses more
    threads of its own), up to `AHEAD` batches ahead.

    Args:
        frames: Where to read.
        parts: Positions in ``frames``, one array a batch.
        device: Where the batches go.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="decode") as pool:
        waiting: deque[Future[tuple[Tensor, ...]]] = deque()
        for part in parts:
            waiting.append(pool.submit(_read, frames, part, device))
            if len(waiting) > AHEAD:
                yield _to_device(waiting.popleft().result(), frames, device)
        while waiting:
            yield _to_device(waiting.popleft().result(), frames, device)


def _to_device(host: tuple[Tensor, ...], frames: Frames, device: torch.device) -> Batch:
    images, landmarks, labels = (t.to(device, non_blocking=True) for t in host)
    return Batch(
        # NHWC bytes, permuted, are channels-last already: no copy but the conversion.
        images=images.permute(0, 3, 1, 2).float().div_(255),
        landmarks=landmarks,
        labels=labels,
        aus=frames.aus if isinstance(frames, LabelledFrames) else (),
    )


def _read(frames: Frames, part: IntArray, device: torch.device) -> tuple[Tensor, ...]:
    """Pictures (bytes), landmarks and labels of one batch; pinned if ``device`` likes it so."""
    none = np.empty((len(part), 0), np.float32)
    labels = frames.labels[part] if isinstance(frames, LabelledFrames) else none
    host = [
        torch.from_numpy(a) for a in (frames.images(part), frames.points[frames.rows[part]], labels)
    ]
    return tuple(t.pin_memory() for t in host) if device.type == "cuda" else tuple(host)


def in_order(count: int, batch: int) -> list[IntArray]:
    """Positions 0 … count − 1 in batches of ``batch``, the last one smaller."""
    return [np.arange(start, min(start + batch, count)) for start in range(0, count, batch)]


def shuffled(count: int, batch: int, rng: np.random.Generator) -> list[IntArray]:
    """A permutation of 0 … count − 1 in batches of at most ``batch``, as equal as can be.

    Equal, because batch normalisation fails on a left-over frame alone.
    """
    return np.array_split(rng.permutation(count), -(-count // batch))
