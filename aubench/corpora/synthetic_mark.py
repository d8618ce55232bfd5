"""How a synthetic corpus says that its pictures are not of real people."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from aubench.io.folders import walk

SYNTHETIC_MARK = "SYNTHETIC.json"
"""A file of this name in the root of a tree says that its pictures are not of real people."""

SYNTHETIC_NOTE = b"synthetic: no real person"
"""A comment in the pictures, videos and MATLAB files of synthetic corpora, near an end of each."""

_NOTED = frozenset({".avi", ".jpg", ".mat", ".mp4"})
"""Endings of files that can bear `SYNTHETIC_NOTE`."""

_HEAD, _TAIL = 4096, 1 << 17
"""Bytes at the ends of a file where the note can be: MP4 has its comments behind the frames."""


def is_synthetic(tree: Path) -> bool:
    """True if a tree says that its pictures are not of real people.

    It carries `SYNTHETIC_MARK` in its root, just above, or up to two below (readers find a corpus
    in a folder around its root as well), or `SYNTHETIC_NOTE` in the first file of each kind in any
    of its folders, so that deleting the mark makes no corpus real.
    """
    patterns = (SYNTHETIC_MARK, f"*/{SYNTHETIC_MARK}", f"*/*/{SYNTHETIC_MARK}")
    above = (tree.absolute().parent / SYNTHETIC_MARK).is_file()
    return above or any(any(tree.glob(pattern)) for pattern in patterns) or _is_noted(tree)


def _is_noted(tree: Path) -> bool:
    seen: set[tuple[Path, str]] = set()
    for entry in walk(tree, enter=lambda folder: not folder.is_symlink()):
        path = Path(entry.path)
        kind = path.parent, path.suffix
        if path.suffix in _NOTED and kind not in seen and entry.is_file():
            seen.add(kind)
            if _bears_note(path):
                return True
    return False


def _bears_note(path: Path) -> bool:
    with suppress(OSError), path.open("rb") as file:  # the reader says what is unreadable
        head = file.read(_HEAD)
        file.seek(max(0, path.stat().st_size - _TAIL))
        return SYNTHETIC_NOTE in head or SYNTHETIC_NOTE in file.read()
    return False
