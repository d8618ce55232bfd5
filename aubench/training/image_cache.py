"""Pictures that are decoded once and then kept in memory, where enough is free."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from aubench.errors import AubenchError
from aubench.frames import Frames, IntArray
from aubench.method import Cache
from aubench.training.memory import free_bytes

SHARE = 0.25
"""Share of the free memory that ``auto`` takes for one set of frames: training and validation take
half at most, and leave the other half to the network and to others."""


class ImageCache:
    """The pictures of some frames, as bytes, each kept from its first decoding on.

    Args:
        count: Number of frames.
        size: Width and height in pixels.
        device: Where they are kept.
    """

    def __init__(self, count: int, size: int, device: torch.device) -> None:
        self.device = device
        self._pictures = torch.empty((count, size, size, 3), dtype=torch.uint8, device=device)
        self._known = np.zeros(count, dtype=np.bool_)

    def lacking(self, part: IntArray) -> IntArray:
        """Those of the positions ``part`` that must be decoded."""
        return part[~self._known[part]]

    def complete(self, part: IntArray, new: IntArray, pictures: Tensor) -> Tensor:
        """The pictures at ``part``, (n, S, S, 3) uint8 on the device.

        Args:
            part: Positions.
            new: What `lacking` gave for them.
            pictures: Of ``new``, decoded, on the device.
        """
        if len(new):
            self._pictures[torch.from_numpy(new).to(self.device)] = pictures
            self._known[new] = True
        return self._pictures[torch.from_numpy(part).to(self.device)]


def make_cache(frames: Frames, device: torch.device, place: Cache) -> ImageCache | None:
    """An empty cache for the pictures of ``frames``; None if they are to be decoded every time.

    Args:
        frames: Frames that are read several times.
        device: Where batches go.
        place: ``device``, ``memory`` (of the machine), ``none``, or ``auto``: the first of them
            where `SHARE` of the free memory suffices, and ``none`` for a network on the CPU,
            beside which decoding takes no time to speak of.

    Raises:
        AubenchError: If they do not fit where they must be kept.
    """
    host = torch.device("cpu")
    likely = () if device.type == "cpu" else (device, host)
    places = {"auto": likely, "device": (device,), "memory": (host,), "none": ()}[place]
    need = len(frames) * frames.size**2 * 3
    for candidate in places:
        free = free_bytes(candidate)
        if place != "auto" and 0 < free < need:
            raise AubenchError(
                f"decoded pictures need {need / 1e9:.1f} GB, {free / 1e9:.1f} GB are free",
                mend="give --cache auto",
            )
        if place != "auto" or need <= free * SHARE:
            return ImageCache(len(frames), frames.size, candidate)
    return None
