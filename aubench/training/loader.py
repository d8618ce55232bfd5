"""A batch on the device, and the pictures read ahead of the training thread."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from aubench.frames import Frames, IntArray, LabelledFrames
from aubench.training.image_cache import Decoded

AHEAD = 2
"""Batches that wait, read, beside those that the decoding threads are at."""


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


def decoding_threads() -> int:
    """How many threads decode: a core each, but one for the thread that trains; 16 at most."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(16, (cores or 1) - 1))


def read_batches(
    frames: Frames,
    parts: Sequence[IntArray],
    device: torch.device,
    kept: Decoded | None = None,
    threads: int | None = None,
) -> Iterator[Batch]:
    """The batches made of the positions in ``parts``, in order.

    Threads decode ahead, a batch each (a pack's decoding leaves Python's lock). What comes does not
    depend on their number, nor on what is kept.

    Args:
        frames: Where to read.
        parts: Positions in ``frames``, one array a batch, none twice in all of them.
        device: Where the batches go.
        kept: Where decoded pictures of ``frames`` are kept, and taken from when they come again.
        threads: That decode; as many as suit the machine when None.
    """
    reader = _Reader(frames, device, kept)
    threads = threads or decoding_threads()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="decode")
    waiting: deque[Future[_Host]] = deque()
    try:
        for part in parts:
            waiting.append(pool.submit(reader.read, part))
            if len(waiting) > threads + AHEAD:
                yield reader.finish(waiting.popleft().result())
        while waiting:
            yield reader.finish(waiting.popleft().result())
    finally:
        pool.shutdown(cancel_futures=True)


@dataclass(frozen=True)
class _Host:
    """A batch in the memory of the machine.

    Attributes:
        part: (B,) positions.
        new: (n,) those whose pictures these are: all, unless the device has the others.
        pictures: (n, S, S, 3) uint8.
        landmarks: (B, 68, 2) float32.
        labels: (B, A) float32.
    """

    part: IntArray
    new: IntArray
    pictures: Tensor
    landmarks: Tensor
    labels: Tensor


@dataclass(frozen=True)
class _Reader:
    """Makes batches: `read` on some thread, `finish` on the one that trains."""

    frames: Frames
    device: torch.device
    kept: Decoded | None

    @property
    def aus(self) -> tuple[int, ...]:
        return self.frames.aus if isinstance(self.frames, LabelledFrames) else ()

    def read(self, part: IntArray) -> _Host:
        """Decode what must be decoded; pinned if the device likes it so."""
        frames, kept = self.frames, self.kept
        new = part if kept is None else kept.lacking(part)
        pictures = torch.from_numpy(frames.images(new))
        if kept is not None and kept.device.type == "cpu":
            pictures, new = kept.complete(part, new, pictures), part
        none = np.empty((len(part), 0), np.float32)
        labels = frames.labels[part] if isinstance(frames, LabelledFrames) else none
        points = torch.from_numpy(frames.points[frames.rows[part]])
        host = [pictures, points, torch.from_numpy(labels)]
        if self.device.type == "cuda":
            host = [tensor.pin_memory() for tensor in host]
        return _Host(part, new, *host)

    def finish(self, host: _Host) -> Batch:
        """The batch on the device."""
        pictures, landmarks, labels = (
            tensor.to(self.device, non_blocking=True)
            for tensor in (host.pictures, host.landmarks, host.labels)
        )
        if self.kept is not None and self.kept.device.type != "cpu":
            pictures = self.kept.complete(host.part, host.new, pictures)
        if self.device.type == "cpu":  # one pass, into huge pages: less than half torch's time
            images = torch.from_numpy(np.divide(pictures.numpy(), np.float32(255)))
        else:
            images = pictures.float().div_(255)
        # NHWC, permuted last, is channels-last already: no copy but the conversion.
        return Batch(images.permute(0, 3, 1, 2), landmarks, labels, self.aus)


def in_order(count: int, batch: int) -> list[IntArray]:
    """Positions 0 … count − 1 in batches of ``batch``, the last one smaller."""
    return [np.arange(start, min(start + batch, count)) for start in range(0, count, batch)]


def shuffled(count: int, batch: int, rng: np.random.Generator) -> list[IntArray]:
    """A permutation of 0 … count − 1 in batches of at most ``batch``, as equal as can be.

    Equal, because batch normalisation fails on a left-over frame alone.
    """
    return np.array_split(rng.permutation(count), -(-count // batch))
