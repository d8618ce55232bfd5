"""Where a study goes: one name, three files."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from aubench.errors import AubenchError

ENDINGS = (".png", ".pdf", ".csv")

Value = str | int | float | None


@dataclass(frozen=True)
class Files:
    """A figure as PNG and PDF, and the numbers in it as CSV.

    Attributes:
        stem: Their path without its ending.
    """

    stem: Path

    @classmethod
    def named(cls, path: Path) -> Files:
        """What the user called it, with or without one of the endings.

        Raises:
            AubenchError: If it has another ending, or is a folder.
        """
        if path.is_dir():
            raise AubenchError("is a folder", mend="name a file in it, without ending", path=path)
        return cls(path.with_suffix("") if path.suffix in ENDINGS else path)

    @property
    def drawings(self) -> tuple[Path, Path]:
        """PNG and PDF."""
        return self._ending(".png"), self._ending(".pdf")

    @property
    def data(self) -> Path:
        """CSV."""
        return self._ending(".csv")

    def write(self, head: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
        """Write the CSV; None, undefined, is an empty cell."""
        self.data.parent.mkdir(parents=True, exist_ok=True)
        with self.data.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(head)
            writer.writerows(rows)

    def __str__(self) -> str:
        return ", ".join(map(str, (*self.drawings, self.data)))

    def _ending(self, ending: str) -> Path:
        return self.stem.with_name(self.stem.name + ending)
