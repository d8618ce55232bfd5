"""Tables for a terminal; without colours and bold if the output is no terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import click

from aubench.errors import printable
from aubench.report.fit import GAP, blocks, terminal_width
from aubench.report.grid import TextStyle, grid
from aubench.report.model import Section, Table

SUPERSCRIPT = str.maketrans("abcdefghijklmnoprstuvwxyz", "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ")

MARKS = "".join(map(chr, SUPERSCRIPT.values())) + ","
WIDTH = 110
"""Characters of a line of notes at most."""

STYLE = TextStyle(
    plain=printable,
    bold=lambda text: click.style(text, bold=True),
    mark=lambda letters: letters.translate(SUPERSCRIPT),
)


def render(tables: list[Table]) -> str:
    """Every table as text."""
    return "\n\n".join(map(_table, tables))


def _table(table: Table) -> str:
    letters = table.footnotes()
    notes = [f"{letter.translate(SUPERSCRIPT)} {note}" for note, letter in letters.items()]
    width = min(WIDTH, terminal_width() or WIDTH)
    below = [
        textwrap.fill(printable(note), width, subsequent_indent="  ", break_on_hyphens=False)
        for note in (*notes, *table.notes)
    ]
    blocks = [click.style(printable(table.title), bold=True)]
    blocks += [_section(section, letters) for section in table.sections]
    return "\n\n".join([*blocks, "\n".join(below)])


def _section(section: Section, letters: dict[str, str]) -> str:
    header, *body = grid(section, letters, STYLE)
    above = _stacked(header)
    columns = list(zip(*above, *body, strict=True))
    names = 1 if section.transposed else len(section.heads)
    aligned = [_left(column) for column in columns[:names]]
    aligned += [_right(column) for column in columns[names:]]
    banner = [click.style(printable(section.banner), fg="red", bold=True)] if section.banner else []
    title = click.style(printable(section.title), underline=True)
    widths = [len(click.unstyle(column[0])) for column in aligned]
    parts = blocks(widths, names, terminal_width())
    grids = (_lines([aligned[i] for i in part], len(above)) for part in parts)
    return "\n".join([title, *banner, "\n\n".join(grids)])


def _lines(columns: Sequence[Sequence[str]], above: int) -> str:
    """Aligned columns side by side, with a rule under the ``above`` lines of the header."""
    lines = [(" " * GAP).join(line).rstrip() for line in zip(*columns, strict=True)]
    rule = (" " * GAP).join("─" * len(click.unstyle(column[0])) for column in columns)
    heads = filter(None, lines[:above])  # those of another block are taller
    return "\n".join([*heads, rule, *lines[above:]])


def _stacked(header: list[str]) -> list[list[str]]:
    """The header as several lines with one word of a name each, to keep columns narrow."""
    words = [name.split() for name in header]
    height = max(map(len, words))
    padded = [[""] * (height - len(name)) + name for name in words]
    return [list(line) for line in zip(*padded, strict=True)]


def _left(column: Sequence[str]) -> list[str]:
    width = max(map(len, column))
    return [text.ljust(width) for text in column]


def _right(column: Sequence[str]) -> list[str]:
    """Align a column by the last digit; footnote marks stand to the right of it."""
    marks = [len(text) - len(text.rstrip(MARKS)) for text in column]
    texts = [text + " " * (max(marks) - n) for text, n in zip(column, marks, strict=True)]
    lengths = [len(click.unstyle(text)) for text in texts]
    return [" " * (max(lengths) - n) + text for text, n in zip(texts, lengths, strict=True)]
