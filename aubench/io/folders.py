"""Going through the folders that a laboratory holds a corpus in."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from aubench.errors import AubenchError

DEPTH = 3
"""How many folders below the source are searched for a corpus's own."""

K = TypeVar("K")

Report = Callable[[AubenchError], None]
"""Is told a mistake; if it returns, the work goes on without what was wrong."""


def stop(error: AubenchError) -> None:
    """The strict `Report`: raise ``error``."""
    raise error


def below(folder: Path, depth: int = DEPTH, stop: re.Pattern[str] | None = None) -> Iterator[Path]:
    """Folders down to ``depth`` levels, parents first; not below one whose name matches ``stop``.

    ``stop`` keeps it from listing folders of frames, with thousands of files each.
    """
    for entry in entries(folder):
        if entry.is_dir():
            yield Path(entry.path)
            if depth > 1 and not (stop and stop.fullmatch(entry.name)):
                yield from below(Path(entry.path), depth - 1, stop)


def within(folders: Iterable[Path], depth: int = DEPTH) -> Iterator[Path]:
    """Every file in ``folders``, down to ``depth`` levels below."""
    for folder in folders:
        for entry in entries(folder):
            if not entry.is_dir():
                yield Path(entry.path)
            elif depth > 0:
                yield from within([Path(entry.path)], depth - 1)


def entries(folder: Path) -> list[os.DirEntry[str]]:
    """Files and folders in ``folder``, sorted; links are followed, hence the limits of depth.

    Not pipes and devices, which an archive may bring: reading them need not end.
    """
    with os.scandir(folder) as found:
        here = [entry for entry in found if entry.is_file() or entry.is_dir()]
    return sorted(here, key=lambda entry: entry.name)


def claim(slots: dict[K, Path], key: K, path: Path, report: Report = stop) -> None:
    """Put ``path`` in its place, unless another path has it: that is reported."""
    if slots.setdefault(key, path) is not path:
        mend = "keep one of the two under the source"
        report(AubenchError(f"a second copy of {slots[key]}", mend=mend, path=path))
