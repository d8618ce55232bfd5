"""The frame number that a picture's name holds."""

from __future__ import annotations

import re
from pathlib import PurePath

from aubench.errors import AubenchError

PICTURES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp")

_NUMBER = re.compile(
    r"(.*?)(?:^|[^A-Za-z0-9]|(?<![A-Za-z])(?:frame|image|img))([0-9]{1,9})", re.IGNORECASE
)
"""A number that stands by itself, after a separator, at the end: SN001 has none, SN001_7 has."""


def is_picture(path: PurePath) -> bool:
    """True if the name is that of a picture, not of a video."""
    return path.suffix.lower() in PICTURES


def picture_number(path: PurePath) -> tuple[PurePath, int]:
    """The name without its number, which says the recording, and the number.

    ``SN001_0007.png`` is number 7 of ``SN001.png``, and ``SN001/0007.png`` too.

    Raises:
        AubenchError: If the name has no number of its own. The running number of the row is none.
    """
    match = _NUMBER.fullmatch(path.stem)
    if match is None:
        raise AubenchError(
            f"the name {path} has no frame number of its own",
            mend="name it after the recording and the frame, as in SN001_0007.png",
        )
    own = match[1].rstrip("_-. ")
    if own:
        return path.with_name(own + path.suffix), int(match[2])
    return path.parent.parent / (path.parent.name + path.suffix), int(match[2])
