"""Searching the folders that hold a corpus."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from aubench.errors import AubenchError

DEPTH = 3
"""How many folders below the source are searched for a corpus's own."""

_CLUTTER = re.compile(r"(eh)?thumbs\.db|desktop\.ini|\.ds_store|\.directory|\._.*", re.IGNORECASE)
LONGEST_NAME = 200
"""Bytes of the longest name of a folder that is made after something; systems stop at 255."""

K = TypeVar("K")

Report = Callable[[AubenchError], None]
"""Called with each error; if it returns, the faulty file is skipped."""


def stop(error: AubenchError) -> None:
    """The strict `Report`: raise ``error``."""
    raise error


def entries(folder: Path, *, dangling: bool = False) -> list[os.DirEntry[str]]:
    """Return files and folders in ``folder``, sorted by name; links are followed.

    Pipes and devices, which an archive may bring, are left out: reading them need not end.

    Args:
        folder: Where to look.
        dangling: Give links that lead nowhere as well.
    """
    with os.scandir(folder) as found:
        here = [e for e in found if e.is_file() or e.is_dir() or (dangling and e.is_symlink())]
    return sorted(here, key=lambda entry: entry.name)


def walk(
    folder: Path,
    depth: float = math.inf,
    enter: Callable[[Path], bool] = lambda _: True,
    *,
    dangling: bool = False,
) -> Iterator[os.DirEntry[str]]:
    """Yield files and folders below ``folder`` by name, each folder before what is in it.

    Args:
        folder: Where to begin.
        depth: Levels to go down; a link may lead in a circle.
        enter: Called with every folder; if False, what is in it is left out.
        dangling: See `entries`.
    """
    for entry in entries(folder, dangling=dangling):
        yield entry
        if entry.is_dir() and enter(Path(entry.path)) and depth > 1:
            yield from walk(Path(entry.path), depth - 1, enter, dangling=dangling)


def is_clutter(name: str) -> bool:
    """Return whether operating systems leave files of this name: ``Thumbs.db``, ``.DS_Store``."""
    return _CLUTTER.fullmatch(name) is not None


def below(folder: Path, stop: re.Pattern[str] | None = None) -> Iterator[Path]:
    """Yield folders down to `DEPTH` levels, parents first; enter none that matches ``stop``.

    ``stop`` keeps it from listing folders of frames, with thousands of files each.
    """
    for entry in walk(folder, DEPTH, lambda found: not (stop and stop.fullmatch(found.name))):
        if entry.is_dir():
            yield Path(entry.path)


def folder_name(name: str) -> str:
    """A name as that of one folder: ``timm/resnet18`` → ``timm-resnet18``.

    Raises:
        AubenchError: If no folder can have that name.
    """
    plain = name.replace("/", "-")
    size = len(os.fsencode(plain))
    if plain in ("", ".", "..") or "\0" in plain or size > LONGEST_NAME:
        what = f"no folder can be called {plain[:40]!r}"
        raise AubenchError(what, mend=f"give a name of up to {LONGEST_NAME} letters")
    return plain


def claim(slots: dict[K, Path], key: K, path: Path, report: Report = stop) -> None:
    """Put ``path`` in its place; report it if another path has the place."""
    if slots.setdefault(key, path) is not path:
        mend = "keep one of the two under the source"
        report(AubenchError(f"a second copy of {slots[key]}", mend=mend, path=path))
