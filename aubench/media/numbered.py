"""Picture files that are named by a number."""

from __future__ import annotations

import os
import re
from pathlib import Path

from aubench.errors import AubenchError
from aubench.io.folders import entries

_PICTURE = re.compile(r"([0-9]{1,9})\.(?:jpe?g|png)", re.IGNORECASE)


def holds_images(folder: Path) -> bool:
    """Return whether there is a picture file with a number in a folder."""
    with os.scandir(folder) as found:
        return any(_PICTURE.fullmatch(entry.name) for entry in found)


def find_images(folder: Path) -> dict[int, Path]:
    """Return the picture files of a folder by number, ascending.

    Raises:
        AubenchError: If two names mean one number, as ``7.jpg`` and ``0007.jpg`` do.
    """
    found: dict[int, Path] = {}
    for entry in entries(folder):
        match = _PICTURE.fullmatch(entry.name)
        if match and found.setdefault(int(match[1]), Path(entry.path)) != Path(entry.path):
            raise AubenchError(
                f"is number {int(match[1])}, as {found[int(match[1])].name} is",
                mend="keep one of the two",
                path=entry.path,
            )
    return dict(sorted(found.items()))
