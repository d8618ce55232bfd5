"""The table of one protocol and one metric: published rows and official runs in one ranking."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from aubench.evaluation.records import Record
from aubench.metrics import METRICS
from aubench.protocol import Protocol
from aubench.published import find_paper
from aubench.report.model import Row, Section, Table
from aubench.report.published_rows import PublishedRow, published_rows, table_row
from aubench.report.run_rows import UNDEFINED, run_rows
from aubench.report.sections import HEADINGS, Heading, section_of
from aubench.report.ties import mark_ties

HEADS = ("method", "source")


@dataclass(frozen=True)
class View:
    """How runs are shown.

    Attributes:
        metric: Name of a metric.
        variant: Of the predictions: ``raw``, ``clamped``, ``rounded``.
        intervals: True to show the ends of intervals under a row.
    """

    metric: str
    variant: str = "raw"
    intervals: bool = False


def leaderboard(protocol: Protocol, view: View, records: Sequence[Record]) -> Table | None:
    """The table of ``protocol``; None if nothing is known under it in this metric."""
    printed = published_rows(protocol.name, view.metric)
    groups: dict[str, list[list[Row]]] = {}
    for row in printed:
        name = "elsewhere" if row.differs else "official"
        groups.setdefault(name, []).append([table_row(row, protocol.aus)])
    for name, rows in run_sections(protocol, view, records).items():
        groups.setdefault(name, []).extend(rows)
    sections = tuple(
        section(heading, groups[heading.name], protocol, view)
        for heading in HEADINGS
        if heading.name in groups
    )
    if not sections:
        return None
    return Table(_title(protocol, view), sections, tuple(_notes(protocol, view, printed, sections)))


def run_sections(
    protocol: Protocol, view: View, records: Iterable[Record]
) -> dict[str, list[list[Row]]]:
    """Section → rows of each run of ``protocol``; ties with the best run are marked."""
    groups: dict[str, list[tuple[Record, list[Row]]]] = {}
    for record in records:
        if record.protocol == protocol.name:
            rows = list(run_rows(record, protocol.aus, view.metric, view.variant, view.intervals))
            if rows:
                groups.setdefault(section_of(record, protocol), []).append((record, rows))
    return {
        name: [rows for _, rows in runs]
        if name == "skipped"
        else mark_ties(runs, view.metric, view.variant)
        for name, runs in groups.items()
    }


def section(heading: Heading, groups: list[list[Row]], protocol: Protocol, view: View) -> Section:
    """A section of rows, best average first, rows without an average last."""
    higher = METRICS[view.metric].higher

    def place(rows: list[Row]) -> tuple[bool, float]:
        mean = rows[0].cells[-1].exact or rows[0].cells[-1].text
        try:
            return (False, -float(mean) if higher else float(mean))
        except ValueError:
            return (True, 0.0)

    columns = (*(f"AU{au}" for au in protocol.aus), "Avg.")
    corpora = " and ".join(corpus.upper() for corpus in protocol.corpora)
    return Section(
        title=heading.title,
        heads=HEADS,
        columns=columns,
        rows=tuple(row for rows in sorted(groups, key=place) for row in rows),
        higher=(higher,) * len(columns),
        banner=heading.banner.format(corpus=corpora),
    )


def _title(protocol: Protocol, view: View) -> str:
    metric = METRICS[view.metric]
    doubt = " (unconfirmed)" if protocol.confidence == "L" else ""
    variant = "" if view.variant == "raw" else f" of {view.variant} predictions"
    better = "higher" if metric.higher else "lower"
    return f"{protocol.name}{doubt}: {metric.title}{variant}, {better} is better"


def _notes(
    protocol: Protocol, view: View, printed: list[PublishedRow], sections: tuple[Section, ...]
) -> Iterator[str]:
    yield from protocol.notes
    if view.intervals:
        yield "From and to: 95 % bootstrap interval over subjects."
    if any(c.text == UNDEFINED for s in sections for row in s.rows for c in row.cells):
        yield f"{UNDEFINED}: undefined for this AU, which withholds the average."
    for name in dict.fromkeys(name for row in printed for name in row.sources):
        yield f"{name}: {find_paper(name).reference}"
