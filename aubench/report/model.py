"""The parts of a table: sections of rows; each section is a ranking of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, product
from string import ascii_lowercase

HOLE = "–"
"""Shown where there is no number."""

AVERAGE = "Avg."
"""The column of the mean over the AUs."""

BESIDE = ("mean of folds", "sd of seeds", "seeds")
"""Columns that stand beside the average, in their order."""


@dataclass(frozen=True)
class Cell:
    """One number.

    Attributes:
        text: As shown.
        exact: With all digits, for CSV; empty if ``text`` has them all.
        notes: Footnotes of this number.
    """

    text: str
    exact: str = ""
    notes: tuple[str, ...] = ()

    @property
    def number(self) -> float | None:
        """The value to rank by; None if the text is no number."""
        try:
            return float(self.text)
        except ValueError:
            return None


@dataclass(frozen=True)
class Row:
    """One line of a section.

    Attributes:
        heads: Names of the row: method, source.
        cells: One per column.
        notes: Footnotes of the whole row.
        ranked: False for a row that belongs to the row above (the ends of its intervals).
    """

    heads: tuple[str, ...]
    cells: tuple[Cell, ...]
    notes: tuple[str, ...] = ()
    ranked: bool = True


@dataclass(frozen=True)
class Section:
    """Rows that may be compared with each other, and with no others.

    Attributes:
        title: Heading.
        heads: Names of the columns that name a row.
        columns: Names of the columns of numbers.
        rows: In order.
        higher: Per column: True if more is better, False if less is, None if neither.
        banner: A warning above the section.
        transposed: True to show columns as lines.
    """

    title: str
    heads: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    higher: tuple[bool | None, ...]
    banner: str = ""
    transposed: bool = False

    def best(self) -> frozenset[tuple[int, int]]:
        """Row and column of every number that is the best of its column, as shown."""
        return frozenset(
            place for column in range(len(self.columns)) for place in self._top(column)
        )

    def _top(self, column: int) -> Iterator[tuple[int, int]]:
        shown = [row.cells[column].number if row.ranked else None for row in self.rows]
        numbers = [number for number in shown if number is not None]
        higher = self.higher[column]
        if higher is None or len(numbers) < 2:
            return
        top = max(numbers) if higher else min(numbers)
        yield from ((row, column) for row, number in enumerate(shown) if number == top)


@dataclass(frozen=True)
class Table:
    """Sections under one title, with notes below."""

    title: str
    sections: tuple[Section, ...]
    notes: tuple[str, ...] = ()

    def footnotes(self) -> dict[str, str]:
        """Note → its letter, in reading order."""
        rows = [row for section in self.sections for row in section.rows]
        notes = [
            note
            for row in rows
            for part in (row.notes, *(c.notes for c in row.cells))
            for note in part
        ]
        return dict(zip(dict.fromkeys(notes), _letters(), strict=False))


def _letters() -> Iterator[str]:
    """``a`` … ``z``, ``aa``, ``ab`` …; without ``q``, which Unicode long had no superscript of."""
    for length in count(1):
        yield from map("".join, product(ascii_lowercase.replace("q", ""), repeat=length))
