"""The files of a study: a figure as PNG and PDF, and its numbers as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from aubench.errors import AubenchError
from aubench.io.atomic import atomic
from aubench.io.text import inert

ENDINGS = (".png", ".pdf", ".csv")

Value = str | int | float | None


@dataclass(frozen=True)
class FigureFiles:
    """Three files with one name: a figure as PNG and PDF, and the numbers in it as CSV.

    Attributes:
        stem: Their path without the ending.
    """

    stem: Path

    @classmethod
    def named(cls, path: Path) -> FigureFiles:
        """The files that the user named, with or without one of the endings.

        Raises:
            AubenchError: If ``path`` is a folder.
        """
        if path.is_dir():
            raise AubenchError("is a folder", mend="name a file in it, without ending", path=path)
        return cls(path.with_suffix("") if path.suffix in ENDINGS else path)

    @property
    def drawings(self) -> tuple[Path, Path]:
        """The PNG and the PDF."""
        return self._ending(".png"), self._ending(".pdf")

    @property
    def data(self) -> Path:
        """The CSV."""
        return self._ending(".csv")

    def write(self, head: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
        """Write the CSV; None (undefined) becomes an empty cell."""
        self.data.parent.mkdir(parents=True, exist_ok=True)
        with atomic(self.data) as partial, partial.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(map(inert, head))
            writer.writerows([inert(v) if isinstance(v, str) else v for v in row] for row in rows)

    def __str__(self) -> str:
        return ", ".join(map(str, (*self.drawings, self.data)))

    def _ending(self, ending: str) -> Path:
        return self.stem.with_name(self.stem.name + ending)
