"""Reading JPEG pictures from files that may be malicious."""

from __future__ import annotations

from typing import cast

import cv2

from aubench.frames import ImageArray

_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Markers of a frame header (ITU-T T.81, table B.1): the one that holds height and width."""

_HEAD = 1024
"""Bytes in which the frame header must come; OpenCV writes it within the first 200."""


def dimensions(jpeg: ImageArray) -> tuple[int, int] | None:
    """Read height and width from the header, without decoding; None if it is no JPEG.

    Args:
        jpeg: (n,) uint8, the bytes of the file.
    """
    head = jpeg[:_HEAD].tobytes()
    if head[:2] != b"\xff\xd8":
        return None
    place = 2
    while place + 9 <= len(head) and head[place] == 0xFF:
        if head[place + 1] in _FRAMES:
            height = int.from_bytes(head[place + 5 : place + 7], "big")
            return height, int.from_bytes(head[place + 7 : place + 9], "big")
        place += 2 + int.from_bytes(head[place + 2 : place + 4], "big")
    return None


def decode(jpeg: ImageArray, size: int) -> ImageArray | None:
    """Decode a square picture; None if it is damaged, of another size, or no JPEG.

    Its header is checked first: a few bytes may claim 65,535 × 65,535 pixels.

    Args:
        jpeg: (n,) uint8, the bytes of the file.
        size: Width and height in pixels that it must have.

    Returns:
        (size, size, 3) uint8 RGB.
    """
    if dimensions(jpeg) != (size, size):
        return None
    image = cv2.imdecode(jpeg, cv2.IMREAD_COLOR_RGB)
    if image is None or image.shape != (size, size, 3):
        return None
    return cast("ImageArray", image)
