"""A section of a table as a grid of strings, styled for one output format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aubench.report.model import Cell, Row, Section


@dataclass(frozen=True)
class TextStyle:
    """How an output format writes text.

    Attributes:
        plain: Escapes characters that mean something else in the format.
        bold: Makes escaped text bold.
        mark: Formats the letters of footnotes.
    """

    plain: Callable[[str], str]
    bold: Callable[[str], str]
    mark: Callable[[str], str]


def grid(section: Section, letters: Mapping[str, str], style: TextStyle) -> list[list[str]]:
    """The section as lines of strings, header first; transposed if the section asks for it."""
    best = section.best()
    lines = [[style.plain(name) for name in (*section.heads, *section.columns)]]
    for i, row in enumerate(section.rows):
        cells = [_cell(cell, (i, j) in best, letters, style) for j, cell in enumerate(row.cells)]
        lines.append([*_heads(row, letters, style), *cells])
    return [list(line) for line in zip(*lines, strict=True)] if section.transposed else lines


def _cell(cell: Cell, best: bool, letters: Mapping[str, str], style: TextStyle) -> str:
    text = style.plain(cell.text)
    return (style.bold(text) if best else text) + _marks(cell.notes, letters, style)


def _heads(row: Row, letters: Mapping[str, str], style: TextStyle) -> list[str]:
    first, *others = map(style.plain, row.heads)
    return [first + _marks(row.notes, letters, style), *others]


def _marks(notes: tuple[str, ...], letters: Mapping[str, str], style: TextStyle) -> str:
    return style.mark(",".join(letters[note] for note in notes)) if notes else ""
