"""Still pictures, read as they are stored."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from aubench.errors import AubenchError
from aubench.frames import ImageArray


def read_still(path: Path) -> ImageArray:
    """A picture file as (H, W, 3) uint8 RGB.

    An EXIF orientation is not applied: annotations are of pixels as stored. Pillow, not OpenCV,
    because it refuses a file that is cut off, whichever release it is.

    Raises:
        AubenchError: If the file is missing, cut off, or no picture.
    """
    from PIL import Image

    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("RGB"), dtype=np.uint8)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise _unreadable(path, error) from error


def still_size(path: Path) -> tuple[int, int]:
    """Width and height of a picture file, from its first bytes.

    Raises:
        AubenchError: If the file is missing or no picture.
    """
    from PIL import Image

    try:
        with Image.open(path) as image:
            return image.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> AubenchError:
    reason = "missing" if isinstance(error, FileNotFoundError) else str(error).split("\n")[0]
    return AubenchError(f"not a whole picture ({reason})", mend="copy the file again", path=path)
