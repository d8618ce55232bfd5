"""Published rows of one protocol and metric, from all papers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from aubench.published import AVERAGE, Paper, Value, all_papers
from aubench.report.model import HOLE, Cell, Row


@dataclass(frozen=True)
class PublishedRow:
    """One row of a table of a paper.

    Attributes:
        method: As printed.
        sources: Paper → tables that print it.
        values: AU (or ``avg``) → number, as printed.
        notes: Footnotes of the whole row, beside the doubts of its values.
        original: True if a paper prints the row as its own result, not as that of another.
    """

    method: str
    sources: dict[str, list[str]]
    values: dict[str, Value]
    notes: tuple[str, ...] = ()
    original: bool = True

    @property
    def numbers(self) -> dict[str, str]:
        """AU (or ``avg``) → number as text, to compare rows."""
        return {au: value.value for au, value in self.values.items()}

    @property
    def differs(self) -> str:
        """Why it is not the protocol's test; mostly empty."""
        return next(iter(self.values.values())).differs

    @property
    def heading(self) -> str:
        """The name of the heading that it stands under."""
        return "elsewhere" if self.differs else "official" if self.original else "quoted"

    @property
    def source(self) -> str:
        """Papers and tables as text: ``ntinou2020:2,4``."""
        return ", ".join(f"{paper}:{','.join(tables)}" for paper, tables in self.sources.items())


def published_rows(protocol: str, metric: str) -> list[PublishedRow]:
    """Every published row with at least one AU, newest paper first; equal rows are joined."""
    rows: list[PublishedRow] = []
    for paper in reversed(all_papers()):
        for table in paper.tables:
            for row in _rows_of(paper, table, protocol, metric):
                _add(row, rows)
    return rows


def _rows_of(paper: Paper, table: str, protocol: str, metric: str) -> Iterable[PublishedRow]:
    found: dict[str, dict[str, Value]] = {}
    for value in paper.values(table):
        if value.protocol == protocol and value.metric.lower() == metric:
            found.setdefault(value.method, {})[value.au] = value
    for method, values in found.items():
        if set(values) - {AVERAGE}:
            original = not any(value.quoted for value in values.values())
            yield PublishedRow(method, {paper.name: [table]}, values, original=original)


def _add(row: PublishedRow, rows: list[PublishedRow]) -> None:
    """Append ``row``, or add its source to an equal row of another table."""
    ((paper, (table,)),) = row.sources.items()
    for i, other in enumerate(rows):
        equal = (other.numbers, other.differs) == (row.numbers, row.differs)
        tables = other.sources.get(paper, [])
        if equal and table not in tables:
            sources = other.sources | {paper: [*tables, table]}
            renamed = (f"{row.source} prints this row as {row.method}",)
            notes = other.notes + (renamed if other.method != row.method else ())
            original = other.original or row.original
            rows[i] = replace(other, sources=sources, notes=notes, original=original)
            return
    rows.append(row)


def table_row(printed: PublishedRow, aus: tuple[int, ...]) -> Row:
    """The row of our table: method and source; no average if an AU is missing."""
    columns = [*map(str, aus), AVERAGE]
    complete = all(column in printed.values for column in columns)
    held = [
        None if column == AVERAGE and not complete else printed.values.get(column)
        for column in columns
    ]
    common, cells = cells_with_doubts(held)
    return Row((printed.method, printed.source), cells, (*printed.notes, *common))


def cells_with_doubts(
    values: Iterable[Value | None],
) -> tuple[tuple[str, ...], tuple[Cell, ...]]:
    """The doubts that all numbers of a row share, and its cells with their other doubts."""
    values = list(values)
    every = [value.doubts for value in values if value]
    common = tuple(doubt for doubt in every[0] if all(doubt in doubts for doubts in every))
    return common, tuple(
        Cell(value.value, notes=tuple(d for d in value.doubts if d not in common))
        if value
        else Cell(HOLE)
        for value in values
    )
