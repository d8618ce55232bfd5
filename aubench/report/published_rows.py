"""Published rows of one protocol and metric, gathered from every paper."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from aubench.published import AVERAGE, Paper, Value, all_papers
from aubench.report.model import HOLE, Cell, Row


@dataclass(frozen=True)
class Printed:
    """One row of a paper's table.

    Attributes:
        method: As printed.
        sources: Paper → tables that print it.
        values: AU (or ``avg``) → number, as printed.
        differs: How the paper's test may differ from the protocol's; mostly empty.
        notes: What else must be known of the whole row.
    """

    method: str
    sources: dict[str, list[str]]
    values: dict[str, Value]
    differs: str = ""
    notes: tuple[str, ...] = ()

    @property
    def numbers(self) -> dict[str, str]:
        """AU (or ``avg``) → number, to compare rows by."""
        return {au: value.value for au, value in self.values.items()}

    @property
    def source(self) -> str:
        """``ntinou2020:2,4``."""
        return ", ".join(f"{paper}:{','.join(tables)}" for paper, tables in self.sources.items())


def printed_rows(protocol: str, metric: str) -> list[Printed]:
    """Every published row with at least one AU, newest paper first; a row printed twice is one."""
    rows: list[Printed] = []
    for paper in reversed(all_papers()):
        for table in paper.tables:
            for row in _rows_of(paper, table, protocol, metric):
                _add(row, rows)
    return rows


def _rows_of(paper: Paper, table: str, protocol: str, metric: str) -> Iterable[Printed]:
    found: dict[str, dict[str, Value]] = {}
    for value in paper.values(table):
        if value.protocol == protocol and value.metric.lower() == metric:
            found.setdefault(value.method, {})[value.au] = value
    for method, values in found.items():
        if set(values) - {AVERAGE}:
            differs = paper.differs.get(protocol, "")
            yield Printed(method, {paper.name: [table]}, values, differs)


def _add(row: Printed, rows: list[Printed]) -> None:
    """Append ``row``, or name its source in an equal one of another table."""
    ((paper, (table,)),) = row.sources.items()
    for i, other in enumerate(rows):
        equal = (other.numbers, other.differs) == (row.numbers, row.differs)
        tables = other.sources.get(paper, [])
        if equal and table not in tables:
            sources = other.sources | {paper: [*tables, table]}
            renamed = (f"{row.source} prints this row as {row.method}",)
            notes = other.notes + (renamed if other.method != row.method else ())
            rows[i] = replace(other, sources=sources, notes=notes)
            return
    rows.append(row)


def as_row(printed: Printed, aus: tuple[int, ...]) -> Row:
    """As a row of a table: source beside the method, no average where an AU is missing."""
    columns = [*map(str, aus), AVERAGE]
    complete = all(column in printed.values for column in columns)
    held = [
        None if column == AVERAGE and not complete else printed.values.get(column)
        for column in columns
    ]
    common, cells = with_doubts(held)
    notes = (printed.differs, *printed.notes, *common)
    return Row((printed.method, printed.source), cells, tuple(filter(None, notes)))


def with_doubts(
    values: Iterable[Value | None],
) -> tuple[tuple[str, ...], tuple[Cell, ...]]:
    """The doubts that all of a row's numbers share, and its cells with their own."""
    values = list(values)
    every = [value.doubts for value in values if value]
    common = tuple(doubt for doubt in every[0] if all(doubt in doubts for doubts in every))
    return common, tuple(
        Cell(value.value, notes=tuple(d for d in value.doubts if d not in common))
        if value
        else Cell(HOLE)
        for value in values
    )
