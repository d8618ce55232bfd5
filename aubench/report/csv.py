"""Tables as one CSV: one line per row, every number with all its digits, notes in words."""

from __future__ import annotations

import csv
import io

from aubench.io.text import inert
from aubench.report.model import AVERAGE, BESIDE, HOLE, Row, Section, Table


def render(tables: list[Table]) -> str:
    """Every table in one CSV; columns that a section does not have stay empty."""
    sections = [(table, section) for table in tables for section in table.sections]
    heads = dict.fromkeys(head for _, section in sections for head in section.heads)
    columns = dict.fromkeys(column for _, section in sections for column in section.columns)
    out = io.StringIO()
    writer = csv.DictWriter(
        out,
        ["table", "section", *heads, *sorted(columns, key=_place), "notes"],
        lineterminator="\n",
    )
    writer.writeheader()
    for table, section in sections:
        writer.writerows(_line(table, section, row) for row in section.rows)
    return out.getvalue().rstrip("\n")


def _place(column: str) -> tuple[int, int]:
    """Sort key of a column: AUs by number, then averages; others stay in order before them."""
    number = column.removeprefix("AU")
    if column != number and number.isdecimal():
        return 1, int(number)
    averages = (AVERAGE, *BESIDE)
    return (2, averages.index(column)) if column in averages else (0, 0)


def _line(table: Table, section: Section, row: Row) -> dict[str, str]:
    numbers = {
        column: "" if cell.text == HOLE else cell.exact or cell.text
        for column, cell in zip(section.columns, row.cells, strict=True)
    }
    about = [
        f"{column}: {note}"
        for column, cell in zip(section.columns, row.cells, strict=True)
        for note in cell.notes
    ]
    said = filter(None, (section.banner, *row.notes, *about))
    cells = {
        "table": table.title,
        "section": section.title,
        **dict(zip(section.heads, row.heads, strict=True)),
        **numbers,
        "notes": "; ".join(said),
    }
    return {name: inert(text) for name, text in cells.items()}
