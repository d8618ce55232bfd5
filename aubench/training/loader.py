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
from aubench.training.image_cache import ImageCache

AHEAD = 2
"""Batches that are decoded and wait, beside those that the threads are decoding."""


@dataclass(frozen=True)
class Batch:
    """The frames of one training step, on the device.

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
    """Number of decoding threads: one per core but one, which is left to training; 16 at most."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(16, (cores or 1) - 1))


def read_batches(
    frames: Frames,
    parts: Sequence[IntArray],
    device: torch.device,
    cache: ImageCache | None = None,
    threads: int | None = None,
) -> Iterator[Batch]:
    """Yield one batch per array of positions in ``parts``, in order.

    Threads decode ahead, one batch each (a pack's decoding releases Python's lock). The batches do
    not depend on the number of threads, nor on the cache.

    Args:
        frames: Where to read.
        parts: Positions in ``frames``, one array per batch, no position twice in all of them.
        device: Where the batches go.
        cache: Keeps decoded pictures of ``frames`` for the next time.
        threads: How many decode; as many as suit the machine when None.
    """
    reader = _Reader(frames, device, cache)
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
        new: (n,) positions of the pictures decoded now; the others are cached on the device.
        pictures: (n, S, S, 3) uint8, those at ``new``.
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
    """Makes batches: `read` in a decoding thread, `finish` in the training thread."""

    frames: Frames
    device: torch.device
    cache: ImageCache | None

    @property
    def aus(self) -> tuple[int, ...]:
        return self.frames.aus if isinstance(self.frames, LabelledFrames) else ()

    def read(self, part: IntArray) -> _Host:
        """Decode the pictures that are not cached; in pinned memory if the device is a GPU."""
        frames, cache = self.frames, self.cache
        new = part if cache is None else cache.lacking(part)
        pictures = torch.from_numpy(frames.images(new))
        if cache is not None and cache.device.type == "cpu":
            pictures, new = cache.complete(part, new, pictures), part
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
        if self.cache is not None and self.cache.device.type != "cpu":
            pictures = self.cache.complete(host.part, host.new, pictures)
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
