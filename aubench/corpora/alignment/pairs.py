"""Pictures and files of points that share a name, in a folder and the folders below it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from aubench.errors import AubenchError
from aubench.io.folders import walk

PICTURES = (".jpg", ".jpeg", ".png")
"""Endings of picture files, in any case."""


def by_stem(folder: Path, endings: tuple[str, ...]) -> dict[str, Path]:
    """Return the files of these endings by their path below ``folder``, without the ending.

    Links to folders are not followed; folders that may not be read are left out.

    Raises:
        AubenchError: If two have one name, or one is a link that leads out of ``folder``.
    """
    files: dict[str, Path] = {}
    own = walk(folder, enter=lambda f: not f.is_symlink() and _is_readable(f), dangling=True)
    for entry in own if _is_readable(folder) else ():
        path = Path(entry.path)
        if path.suffix.lower() in endings and not entry.is_dir():
            stem = path.relative_to(folder).with_suffix("").as_posix()
            if stem in files:
                raise AubenchError(
                    f"has the name of {files[stem].name}", mend="keep one of the two", path=path
                )
            if path.is_symlink():
                refuse_outside(path, folder)
            files[stem] = path
    return files


def matched(
    pictures: Mapping[str, Path], points: Mapping[str, Path], unlabelled: list[Path]
) -> list[tuple[str, Path, Path]]:
    """Return name, picture and points of every pair, sorted by name.

    Args:
        pictures: By name.
        points: By name.
        unlabelled: Receives the pictures without points.

    Raises:
        AubenchError: If points have no picture.
    """
    for name in sorted(points.keys() - pictures.keys()):
        raise AubenchError(
            "no picture beside it", mend="put the picture back, or remove it", path=points[name]
        )
    unlabelled += [pictures[name] for name in sorted(pictures.keys() - points.keys())]
    return [(name, pictures[name], points[name]) for name in sorted(points)]


def refuse_outside(path: Path, root: Path) -> None:
    """Raise an AubenchError if ``path``, its links followed, is not below ``root``.

    A corpus comes from elsewhere; its lists and links must not fetch other files of this machine.
    """
    if not path.resolve().is_relative_to(root.resolve()):
        raise AubenchError(
            "leads out of the corpus's folder",
            mend="put the file itself in its place",
            path=path,
        )


def _is_readable(folder: Path) -> bool:
    """True if ``folder`` is there and may be listed."""
    return folder.is_dir() and os.access(folder, os.R_OK | os.X_OK)
