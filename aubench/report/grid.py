"""From a section to a grid of strings, in the dress of a format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aubench.report.model import Cell, Row, Section


@dataclass(frozen=True)
class Dress:
    """How a format writes text.

    Attributes:
        plain: Escapes what the format would misread.
        bold: Emphasises escaped text.
        mark: Writes the letters of footnotes behind something.
    """

    plain: Callable[[str], str]
    bold: Callable[[str], str]
    mark: Callable[[str], str]


def grid(section: Section, letters: Mapping[str, str], dress: Dress) -> list[list[str]]:
    """The section as lines of strings, the header first; turned if it is transposed."""
    best = section.best()
    lines = [[dress.plain(name) for name in (*section.heads, *section.columns)]]
    for i, row in enumerate(section.rows):
        cells = [_cell(cell, (i, j) in best, letters, dress) for j, cell in enumerate(row.cells)]
        lines.append([*_heads(row, letters, dress), *cells])
    return [list(line) for line in zip(*lines, strict=True)] if section.transposed else lines


def _cell(cell: Cell, best: bool, letters: Mapping[str, str], dress: Dress) -> str:
    text = dress.plain(cell.text)
    return (dress.bold(text) if best else text) + _marks(cell.notes, letters, dress)


def _heads(row: Row, letters: Mapping[str, str], dress: Dress) -> list[str]:
    first, *others = map(dress.plain, row.heads)
    return [first + _marks(row.notes, letters, dress), *others]


def _marks(notes: tuple[str, ...], letters: Mapping[str, str], dress: Dress) -> str:
    return dress.mark(",".join(letters[note] for note in notes)) if notes else ""
