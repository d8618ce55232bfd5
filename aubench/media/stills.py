"""Still pictures, read as they are stored."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError
from PIL.ExifTags import Base
from PIL.ImageFile import ImageFile

from aubench.errors import AubenchError
from aubench.frames import ImageArray
from aubench.io.special import ordinary
from aubench.media.eight_bits import to_rgb

_FORMATS = ("JPEG", "PNG", "BMP", "TIFF", "WEBP")

LARGEST = 1 << 26
"""Pixels of the largest picture that is decoded: 67 million, 268 MB at most in one array."""


_UPRIGHT = {
    2: (False, slice(None), slice(None, None, -1)),
    3: (False, slice(None, None, -1), slice(None, None, -1)),
    4: (False, slice(None, None, -1), slice(None)),
    5: (True, slice(None), slice(None)),
    6: (True, slice(None), slice(None, None, -1)),
    7: (True, slice(None, None, -1), slice(None, None, -1)),
    8: (True, slice(None, None, -1), slice(None)),
}
"""EXIF orientation (CIPA DC-008, tag 274) → change rows with columns; then the order of each."""


def read_still(path: Path, *, upright: bool = False) -> ImageArray:
    """Read a picture file: (H, W, 3) uint8 RGB (see `aubench.media.eight_bits`).

    Pillow, not OpenCV, because it refuses a file that is cut off, whichever release it is.

    Args:
        path: The file.
        upright: Turn it as its EXIF orientation says, as people see it. Not for a corpus, whose
            annotations are of pixels as stored.

    Raises:
        AubenchError: If the file is missing, cut off, no picture, or several, or does not say which
            value is white.
    """
    try:
        with _open(path) as image:
            picture = to_rgb(image, path)
            turn = _UPRIGHT.get(image.getexif().get(Base.Orientation, 1)) if upright else None
    except AubenchError:
        raise
    except Exception as error:  # Pillow's many parsers raise whatever they do
        raise _unreadable(path, error) from error
    if turn is None:
        return picture
    exchange, down, across = turn
    return np.ascontiguousarray((picture.swapaxes(0, 1) if exchange else picture)[down, across])


def still_size(path: Path) -> tuple[int, int]:
    """Read width and height of a picture file, as stored, from its first bytes.

    Raises:
        AubenchError: If the file is missing or no picture.
    """
    try:
        with _open(path) as image:
            return image.size
    except Exception as error:  # Pillow's many parsers raise whatever they do
        raise _unreadable(path, error) from error


def _open(path: Path) -> ImageFile:
    """Open a picture of a usual format that is not too large, without decoding it.

    Pillow goes by a file's first bytes, not by its name, and would hand PostScript to another
    program.
    """
    image = Image.open(ordinary(path), formats=_FORMATS)
    if image.width * image.height > LARGEST:
        image.close()
        raise ValueError(f"{image.width}×{image.height} pixels")
    return image


def _unreadable(path: Path, error: Exception) -> AubenchError:
    if isinstance(error, AubenchError):
        return error
    if isinstance(error, FileNotFoundError):
        reason = "missing"
    elif isinstance(error, UnidentifiedImageError):
        reason = "no JPEG, PNG, BMP, TIFF or WebP of a usual kind"
    else:
        reason = str(error).split("\n")[0]
    mend = "copy the file again, or save it as a PNG of 8 bits"
    return AubenchError(f"not a whole picture ({reason})", mend=mend, path=path)
