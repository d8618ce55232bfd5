"""Outputs that would be written over something that the same command reads."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from aubench.errors import AubenchError


def refuse_overwriting(outputs: Sequence[Path], inputs: Iterable[Path]) -> None:
    """Raise unless every output is a file of its own and none of the inputs.

    Files are known by what they are, not by name: through links, and however a path is written.

    Args:
        outputs: Files that will be written.
        inputs: Files that are read; of a folder, every file below it.

    Raises:
        AubenchError: If an output is one of the inputs, or two outputs are one file.
    """
    read = {_identity(file) for path in inputs for file in _files(path)}
    seen = set()
    for path in outputs:
        if path.exists() and _identity(path) in read:
            raise AubenchError(
                "would be written over, and is read", mend="name another output", path=path
            )
        place = os.path.realpath(path)
        if place in seen:
            raise AubenchError("two outputs in one file", mend="name another for one", path=path)
        seen.add(place)


def _files(path: Path) -> Iterator[Path]:
    """The files that ``path`` is or holds; none if it leads nowhere."""
    return (file for file in (path, *path.rglob("*")) if file.is_file())


def _identity(path: Path) -> tuple[int, int]:
    """The number of the disk and of the file on it."""
    found = path.stat()
    return found.st_dev, found.st_ino
