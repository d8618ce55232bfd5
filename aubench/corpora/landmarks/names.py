"""What the files and folders of a recording's landmarks are called."""

from __future__ import annotations

import os
import re
from pathlib import Path

PICTURE = re.compile(r"([0-9]{1,9})\.(pts|mat)", re.IGNORECASE)
"""A file of one picture, by its number."""

_ENDING = re.compile(r"\.(csv|mat)", re.IGNORECASE)
_RECORDING = re.compile(r"(?:.*_)?t[0-9]+(?:_[1-9])?|[a-z _.-]*sn[0-9]{3}[a-z _.-]*", re.IGNORECASE)
"""A recording, by task (and view), or, in DISFA, by subject."""

_TASK = re.compile(r"t[0-9]+", re.IGNORECASE)
_PERSON = re.compile(r"[fm][0-9]{3}", re.IGNORECASE)


def is_folder_of_pictures(folder: Path) -> bool:
    """Return whether a folder is called as a recording and holds files of single pictures."""
    if not _RECORDING.fullmatch(folder.name):
        return False
    with os.scandir(folder) as found:
        return any(PICTURE.fullmatch(entry.name) for entry in found)


def is_series(path: Path) -> bool:
    """Return whether a file is called as one that holds the landmarks of a whole recording."""
    return bool(_ENDING.fullmatch(path.suffix) and _RECORDING.fullmatch(path.stem))


def stem_of(path: Path, *, folder: bool) -> str:
    """Return the recording's name of a file or folder; a bare task gets the person around it."""
    stem = path.name if folder else path.stem
    if not _TASK.fullmatch(stem):
        return stem
    people = (parent.name for parent in path.parents if _PERSON.fullmatch(parent.name))
    return f"{next(people, path.parent.name)}_{stem}"


def key_of(stem: str) -> str:
    """Return what is the same in all ways to write a recording's name."""
    plain = stem.lower().removesuffix("_comp")
    return re.sub(r"((?:^|_)t)0+(?=[0-9])", r"\1", plain)


def forms_of(stem: str) -> list[str]:
    """Return names of files that would hold the landmarks of the recording ``stem``."""
    forms = [f"{stem}.csv", f"{stem}.mat", f"{stem}/2440.pts", f"{stem}/2440.mat"]
    person, _, task = stem.partition("_")
    if _PERSON.fullmatch(person) and _TASK.fullmatch(task):
        forms += [f"{person}/{task}.csv", f"{person}/{task}/2440.pts"]
    return forms
