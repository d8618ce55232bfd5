"""Pictures of a corpus before they are cropped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from aubench.frames import ImageArray


class RawPicture(Protocol):
    """A picture of which any part can be read, so that only that part is converted."""

    @property
    def width(self) -> int:
        """Width in pixels."""
        ...

    @property
    def height(self) -> int:
        """Width in pixels."""
        ...

    def rgb(self) -> ImageArray:
        """Return all of it, (H, W, 3) uint8."""
        ...

    def whole(self) -> ImageArray:
        """Return all of it as `part` does, but with the same bytes on every processor."""
        ...

    def part(
        self, left: int, top: int, right: int, bottom: int, *, halved: bool = False
    ) -> ImageArray:
        """Return the pixels from ``left``, ``top`` to before ``right``, ``bottom``, all inside.

        Args:
            left: Of the part, as the other three in pixels.
            top: See ``left``.
            right: See ``left``.
            bottom: See ``left``.
            halved: Make one pixel, their mean, of two by two; all four are even then.

        Returns:
            (bottom - top, right - left, 4) uint8, or half of it: red, green, blue and nothing of
            meaning. OpenCV warps four channels in less than half the time of three.
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

    def whole(self) -> ImageArray:
        """See `RawPicture.whole`."""
        return self.part(0, 0, self.width, self.height)

    def part(
        self, left: int, top: int, right: int, bottom: int, *, halved: bool = False
    ) -> ImageArray:
        """See `RawPicture.part`."""
        import cv2  # noqa: PLC0415  # start-up of `aubench list`

        part = self.array[top:bottom, left:right]
        return np.asarray(cv2.cvtColor(halve(part) if halved else part, cv2.COLOR_RGB2RGBA))


def halve(picture: ImageArray) -> ImageArray:
    """Halve a picture: each pixel is the mean of two by two, of fewer along an odd edge.

    Args:
        picture: (H, W, channels) uint8.
    """
    import cv2  # noqa: PLC0415  # start-up of `aubench list`

    height, width = picture.shape[:2]
    if height % 2 or width % 2:
        border = 0, height % 2, 0, width % 2
        picture = np.asarray(cv2.copyMakeBorder(picture, *border, cv2.BORDER_REPLICATE))
    half = -(-width // 2), -(-height // 2)
    return np.asarray(cv2.resize(picture, half, interpolation=cv2.INTER_AREA))
