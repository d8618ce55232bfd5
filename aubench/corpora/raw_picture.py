"""Pictures of a corpus before they are cropped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from aubench.frames import ImageArray


class RawPicture(Protocol):
    """A picture that gives any part of itself: only what is looked at need be converted."""

    @property
    def width(self) -> int:
        """In pixels."""
        ...

    @property
    def height(self) -> int:
        """In pixels."""
        ...

    def rgb(self) -> ImageArray:
        """All of it, (H, W, 3) uint8."""
        ...

    def part(self, left: int, top: int, right: int, bottom: int) -> ImageArray:
        """The pixels from ``left``, ``top`` to before ``right``, ``bottom``, all inside.

        Returns:
            (bottom - top, right - left, 4) uint8: red, green, blue and nothing of meaning. OpenCV
            warps four channels in less than half the time of three.
        """
        ...


@dataclass(frozen=True)
class Still:
    """A picture in memory.

    Attributes:
        array: (H, W, 3) uint8 RGB.
    """

    array: ImageArray

    @property
    def width(self) -> int:
        """See `RawPicture.width`."""
        return int(self.array.shape[1])

    @property
    def height(self) -> int:
        """See `RawPicture.height`."""
        return int(self.array.shape[0])

    def rgb(self) -> ImageArray:
        """See `RawPicture.rgb`."""
        return self.array

    def part(self, left: int, top: int, right: int, bottom: int) -> ImageArray:
        """See `RawPicture.part`."""
        part = cv2.cvtColor(self.array[top:bottom, left:right], cv2.COLOR_RGB2RGBA)
        return np.asarray(part, dtype=np.uint8)
