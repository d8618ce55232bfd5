"""A table of a paper in its own order, with our runs of the same test below each block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from aubench.evaluation.records import Record
from aubench.metrics import METRICS
from aubench.protocol import Protocol
from aubench.published import AVERAGE, Paper, PaperTable, Value
from aubench.registry import find
from aubench.report.leaderboard import run_groups, run_sections
from aubench.report.model import Row, Section, Table
from aubench.report.papers.published_rows import cells_with_doubts
from aubench.report.run_rows import View
from aubench.report.sections import HEADINGS


def paper_table(paper: Paper, number: str, records: Sequence[Record], view: View) -> Table:
    """Table ``number`` of ``paper`` with our runs.

    Args:
        paper: The paper.
        number: Of the table.
        records: Our runs.
        view: How to show them; its metric is replaced by that of each block.

    Raises:
        AubenchError: If the paper has no such table.
    """
    layout = paper.table(number)
    blocks: dict[tuple[str, ...], list[Value]] = {}
    for value in paper.values(number):
        blocks.setdefault(tuple(getattr(value, f) for f in layout.sections), []).append(value)
    sections: list[Section] = []
    for names, block in blocks.items():
        sections.append(_printed(names, block, layout))
        sections += _runs(block, layout, records, view)
    return Table(
        f"{paper.name}, Table {number}: {layout.caption}",
        tuple(sections),
        (*layout.notes, paper.reference),
    )


def _printed(names: tuple[str, ...], block: list[Value], layout: PaperTable) -> Section:
    """A block of the paper's table, cell by cell."""
    cells = {(getattr(v, layout.rows), _column(v, layout)): v for v in block}
    rows = dict.fromkeys(row for row, _ in cells)
    columns = dict.fromkeys(column for _, column in cells)
    lines = []
    for row in rows:
        notes, line = cells_with_doubts([cells.get((row, column)) for column in columns])
        lines.append(Row((_label(layout.rows, row),), line, notes))
    return Section(
        title=", ".join(name.replace("_", " ") for name in names) or layout.caption,
        heads=("AU" if layout.rows == "au" else layout.rows,),
        columns=tuple(columns),
        rows=tuple(lines),
        higher=tuple(
            _higher({v.metric for v in block if _column(v, layout) == column}) for column in columns
        ),
        transposed=layout.transposed,
    )


def _runs(
    block: list[Value], layout: PaperTable, records: Sequence[Record], view: View
) -> Iterator[Section]:
    """Yield our runs of the test that a block shows, by section; none if it shows several tests."""
    tests = {(value.protocol, value.metric.lower()) for value in block}
    name, metric = tests.pop()
    if tests or metric not in METRICS or all(record.protocol != name for record in records):
        return
    protocol: Protocol = find("protocols", name)
    view = replace(view, metric=metric)
    runs = run_groups(protocol, view, records)
    for heading in HEADINGS:
        title = f"Our {heading.name} runs, {name}, {METRICS[metric].title}"
        for place in runs:
            if place.name == heading.name:
                for found in run_sections(heading, place, runs, protocol, view, title=title):
                    yield replace(found, transposed=layout.transposed)


def _column(value: Value, layout: PaperTable) -> str:
    """The heading of the column of a value."""
    return " ".join(filter(None, (_label(f, getattr(value, f)) for f in layout.columns)))


def _label(field: str, text: str) -> str:
    """A field's value as a heading: ``6`` → ``AU6``."""
    if field == "au":
        return "Avg." if text == AVERAGE else f"AU{text}" if text.isdecimal() else text
    return text


def _higher(metrics: set[str]) -> bool | None:
    """Return whether more is better in all of ``metrics``; None if they differ or are unknown."""
    found = {METRICS[m.lower()].higher if m.lower() in METRICS else None for m in metrics}
    return found.pop() if len(found) == 1 else None
