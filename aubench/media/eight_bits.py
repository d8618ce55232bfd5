"""A still picture of any kind as red, green and blue of eight bits each.

- Integers of up to 16 bits: the largest that the file's bits can hold is white (TIFF 6.0, section
  4; PNG 3rd edition, section 13.12). Deep pictures that use a sixteenth of that or less are
  refused: 10 or 12 bits of a camera, stored in 16, would look black, and no file says so.
- Integers of 32 bits and signed ones are refused: nobody stores them with white at their largest.
- Floating point goes from 0, black, to 1, white (Adobe Photoshop TIFF Technical Note 3, 2005);
  pictures with any other value are refused.
- What is transparent lies on black, as what lies beyond a picture's border in a crop.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from PIL.ImageFile import ImageFile

from aubench.errors import AubenchError
from aubench.frames import FloatArray, ImageArray

_INVERTED, _BITS = 262, 258
"""TIFF tags (TIFF 6.0, section 8): PhotometricInterpretation, 0 = 0 is white; BitsPerSample."""

_PART = 16
"""A deep picture is believed if it uses more than one part in 16 of its range."""


def to_rgb(image: ImageFile, path: Path) -> ImageArray:
    """Decode a picture that was opened: (H, W, 3) uint8 RGB.

    Args:
        image: Opened, not yet decoded.
        path: Its file, for messages.

    Raises:
        AubenchError: If the file holds several pictures, or does not say which value is white.
        Exception: Whatever Pillow raises where the file is damaged.
    """
    if getattr(image, "is_animated", False) and image.format != "MPO":  # a photo with its preview
        raise AubenchError(
            "holds several pictures, of which only one would be seen",
            mend="save each picture as a file, or all of them as a video",
            path=path,
        )
    if image.mode == "F":
        return _grey(_from_floats(np.asarray(image, dtype=np.float32), path))
    if image.mode.startswith("I"):
        return _grey(_from_integers(image, path))
    deep = ";16" in str(image.tile)  # Pillow keeps the upper eight bits of such colours
    picture = _on_black(image) if image.has_transparency_data else image.convert("RGB")
    rgb = np.asarray(picture, dtype=np.uint8)
    if deep:
        _refuse_dark(int(rgb.max()), 255, path)
    return rgb


def _grey(levels: ImageArray) -> ImageArray:
    """Grey levels (H, W) as (H, W, 3)."""
    return np.repeat(levels[..., None], 3, axis=2)


def _on_black(image: ImageFile) -> Image.Image:
    ground = Image.new("RGB", image.size)
    picture = image.convert("RGBA")
    ground.paste(picture, mask=picture)
    return ground


def _from_floats(values: FloatArray, path: Path) -> ImageArray:
    """Levels (H, W) uint8 of values from 0 to 1."""
    if not (values.min() >= 0 and values.max() <= 1):  # NaN, too
        raise _no_scale(f"values from {values.min():g} to {values.max():g}, not 0 to 1", path)
    return np.asarray(np.rint(values * 255), dtype=np.uint8)


def _from_integers(image: ImageFile, path: Path) -> ImageArray:
    """Levels (H, W) uint8 of unsigned integers of 16 bits, or fewer where a TIFF says so."""
    tags = getattr(image, "tag_v2", {})
    white = 2 ** tags.get(_BITS, (16,))[0] - 1
    if image.mode == "I" and image.format != "PNG":  # older Pillow's mode for PNG of 16 bits
        raise _no_scale("signed integers, or of 32 bits", path)
    values = np.asarray(image).astype(np.uint16)
    _refuse_dark(int(values.max()), white, path)
    levels = np.rint(np.arange(white + 1) * (255 / white)).astype(np.uint8)
    if tags.get(_INVERTED) == 0:
        levels = levels[::-1]
    ground = image.info.get("transparency")
    return np.where(values == ground, np.uint8(0), levels[values])


def _refuse_dark(largest: int, white: int, path: Path) -> None:
    """Raise if a deep picture is as dark as fewer bits stored in more would be."""
    if 0 < largest <= white // _PART:
        raise _no_scale("only the darkest sixteenth of its range is used", path)


def _no_scale(what: str, path: Path) -> AubenchError:
    return AubenchError(
        f"{what}: which value is white?",
        mend="save it with 8 bits, or 16 bits that use the whole range",
        path=path,
    )
