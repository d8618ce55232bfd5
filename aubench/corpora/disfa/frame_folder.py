"""Frames that somebody extracted from a video: a folder of numbered pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from aubench.corpora.disfa.names import PICTURE, Camera, camera_named, is_hidden, subject_named
from aubench.errors import AubenchError
from aubench.io.folders import claim, entries
from aubench.media.sequence import ImageSequence


def numbered(folder: Path, subject: str, camera: Camera) -> dict[int, Path]:
    """Return the pictures of a subject in ``folder`` by number, ascending.

    Raises:
        AubenchError: If two have one number, or they are called in two ways.
    """
    found: dict[int, Path] = {}
    prefixes: dict[str, str] = {}
    for entry in entries(folder):
        match = PICTURE.fullmatch(entry.name)
        if match is None or is_hidden(entry.name) or entry.is_dir():
            continue
        if subject_named(entry.name) not in (None, subject):
            continue
        if camera_named((entry.name,)) not in (None, camera):
            continue
        claim(found, int(match[2]), Path(entry.path))
        prefixes.setdefault(match[1].lower(), entry.name)
    if len(prefixes) > 1:
        names = " and ".join(list(prefixes.values())[:2])
        what = f"pictures called in two ways: {names}"
        raise AubenchError(what, mend="keep those of the video's frames", path=folder)
    return dict(sorted(found.items()))


def frame_folder(
    folder: Path, subject: str, camera: Camera, count: int, spare: int
) -> ImageSequence:
    """Return the pictures of frames 1 to ``count``; they are numbered from 0 or from 1.

    Args:
        folder: Where they are.
        subject: ``SN001``.
        camera: Whose pictures.
        count: Label rows.
        spare: How many pictures there may be beyond them, at the end.

    Raises:
        AubenchError: If numbers begin with neither, have gaps, or are too few or too many: then
            nothing says which picture is which frame's.
    """
    found = numbered(folder, subject, camera)
    first, last = min(found), max(found)
    mend = "put back all frames of the video, and no other picture"
    if first not in (0, 1):
        what = f"pictures are numbered {first}–{last}, neither from 0 nor from 1"
        mend = "number the picture of the first video frame 0 or 1"
        raise AubenchError(what, mend=mend, path=folder)
    if lost := [number for number in range(first, last) if number not in found]:
        more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
        raise AubenchError(f"no picture {lost[0]}{more}", mend=mend, path=folder)
    if not count <= len(found) <= count + spare:
        what = f"{len(found):,} pictures, but {count:,} label rows"
        raise AubenchError(what, mend=mend, path=folder)
    return ImageSequence(folder, found, np.arange(1, count + 1), first - 1)
