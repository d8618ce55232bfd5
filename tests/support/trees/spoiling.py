"""Ways to spoil a corpus on disk."""

from collections.abc import Callable
from pathlib import Path


def replace(name: str, old: str, new: str) -> Callable[[Path], None]:
    def spoil(root: Path) -> None:
        text = (root / name).read_text()
        assert old in text
        (root / name).write_text(text.replace(old, new))

    return spoil


def cut(name: str, share: float) -> Callable[[Path], None]:
    def spoil(root: Path) -> None:
        data = (root / name).read_bytes()
        (root / name).write_bytes(data[: int(len(data) * share)])

    return spoil
