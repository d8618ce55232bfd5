"""Still pictures, read as they are stored."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from aubench.errors import AubenchError
from aubench.frames import ImageArray
from aubench.io.special import ordinary

_FORMATS = ("JPEG", "PNG", "BMP", "TIFF", "WEBP")

_LARGEST = 1 << 26
"""Pixels of the largest picture that is decoded: 67 million, 268 MB at most."""


def read_still(path: Path) -> ImageArray:
    """Read a picture file: (H, W, 3) uint8 RGB.

    An EXIF orientation is not applied: annotations are of pixels as stored. Pillow, not OpenCV,
    because it refuses a file that is cut off, whichever release it is.

    Raises:
        AubenchError: If the file is missing, cut off, or no picture.
    """
    try:
        with _open(path) as image:
            return np.asarray(image.convert("RGB"), dtype=np.uint8)
    except Exception as error:  # Pillow's many parsers raise whatever they do
        raise _unreadable(path, error) from error


def still_size(path: Path) -> tuple[int, int]:
    """Read width and height of a picture file from its first bytes.

    Raises:
        AubenchError: If the file is missing or no picture.
    """
    try:
        with _open(path) as image:
            return image.size
    except Exception as error:  # Pillow's many parsers raise whatever they do
        raise _unreadable(path, error) from error


def _open(path: Path) -> Image.Image:
    """Open a picture of a usual format that is not too large, without decoding it.

    Pillow goes by a file's first bytes, not by its name, and would hand PostScript to another
    program.
    """
    image = Image.open(ordinary(path), formats=_FORMATS)
    if image.width * image.height > _LARGEST:
        image.close()
        raise ValueError(f"{image.width}×{image.height} pixels")
    return image


def _unreadable(path: Path, error: Exception) -> AubenchError:
    if isinstance(error, AubenchError):
        return error
    reason = "missing" if isinstance(error, FileNotFoundError) else str(error).split("\n")[0]
    return AubenchError(f"not a whole picture ({reason})", mend="copy the file again", path=path)
