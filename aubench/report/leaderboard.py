"""The table of one protocol and one metric: published rows and official runs in one ranking."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from aubench.evaluation.calibration import CALIBRATED
from aubench.evaluation.records import Record
from aubench.metrics import METRICS
from aubench.protocol import Protocol
from aubench.published import find_paper
from aubench.report.model import AVERAGE, BESIDE, HOLE, Cell, Row, Section, Table
from aubench.report.papers.published_rows import PublishedRow, published_rows, table_row
from aubench.report.run_rows import UNDEFINED, RowGroup, View, run_rows
from aubench.report.runs.method_runs import method_runs, titles
from aubench.report.sections import HEADINGS, Heading, Place, place_of
from aubench.report.ties import mark_ties

HEADS = ("method", "source")

INTERVALS = (
    "From and to: 95 % interval over people, and over seeds where a row has several (Student's t "
    "of jackknife pseudo-values, the variance of the seeds added)."
)
FOLDS = (
    "Avg.: one score over all folds pooled; mean of folds: the scores of the single folds, "
    "averaged, as many papers print it."
)
ALONE = "Official runs"
"""Title of the first section where it holds no published rows."""

CALIBRATION = (
    "Calibrated: of every fold and AU taken along a line that is fitted on the validation people. "
    "Never ranked with raw predictions, nor with published rows: raw is the result."
)
SEEDS = "sd of seeds: standard deviation over seeds of the average; a row is the mean of its seeds."


def leaderboard(protocol: Protocol, view: View, records: Sequence[Record]) -> Table | None:
    """The table of ``protocol``; None if nothing is known under it in this metric."""
    ranked = view.variant != CALIBRATED
    printed = published_rows(protocol.name, view.metric) if ranked else []
    papers: dict[str, list[RowGroup]] = {}
    for row in printed:
        papers.setdefault(row.heading, []).append(RowGroup([table_row(row, protocol.aus)]))
    sections = tuple(_sections(protocol, view, papers, run_groups(protocol, view, records)))
    if not sections:
        return None
    return Table(_title(protocol, view), sections, tuple(_notes(protocol, view, printed, sections)))


def run_groups(
    protocol: Protocol, view: View, records: Iterable[Record]
) -> dict[Place, list[RowGroup]]:
    """Place → rows of the methods that ran there; ties with the best of them are marked."""
    places: dict[Place, list[Record]] = {}
    for record in records:
        if record.protocol == protocol.name:
            places.setdefault(place_of(record, protocol), []).append(record)
    found = {place: _groups(place, held, protocol, view) for place, held in places.items()}
    return {place: groups for place, groups in found.items() if groups}


def _groups(
    place: Place, records: Sequence[Record], protocol: Protocol, view: View
) -> list[RowGroup]:
    """The rows of one place."""
    runs = method_runs(records)
    found = [
        run_rows(row, title, protocol, view) for row, title in zip(runs, titles(runs), strict=True)
    ]
    groups = [group for group in found if group is not None]
    if place.name == "skipped":
        return groups
    marked = mark_ties([(group.moments, group.rows) for group in groups], view.metric)
    return [replace(group, rows=rows) for group, rows in zip(groups, marked, strict=True)]


def _sections(
    protocol: Protocol,
    view: View,
    papers: Mapping[str, list[RowGroup]],
    runs: Mapping[Place, list[RowGroup]],
) -> Iterator[Section]:
    """Yield sections in the order of their headings; published rows stand with every pack."""
    for heading in HEADINGS:
        printed = papers.get(heading.name, [])
        places = [place for place in runs if place.name == heading.name]
        if printed and not places:
            yield section(heading.title, heading, printed, protocol, view)
        for place in places:
            alone = view.variant == CALIBRATED and heading.name == "official"
            title = ALONE if alone else ""
            yield from run_sections(
                heading, place, runs, protocol, view, printed=printed, title=title
            )


def run_sections(
    heading: Heading,
    place: Place,
    runs: Mapping[Place, list[RowGroup]],
    protocol: Protocol,
    view: View,
    *,
    printed: Sequence[RowGroup] = (),
    title: str = "",
) -> Iterator[Section]:
    """Yield the section of a place, and that of its repetitions where the protocol has some."""
    groups = [*printed, *runs[place]]
    title = (title or heading.title) + _which(place, runs)
    yield section(title, heading, groups, protocol, view)
    repeated = [group.repeated for group in groups if group.repeated]
    if repeated:
        number = len(repeated[0].cells) - 2
        yield Section(
            title=f"{title}: {AVERAGE} of each of {number} repetitions",
            heads=HEADS,
            columns=(*map(str, range(number)), "mean", "sd"),
            rows=tuple(repeated),
            higher=(METRICS[view.metric].higher,) * (number + 1) + (None,),
            banner=_banner(heading, protocol),
        )


def _which(place: Place, runs: Mapping[Place, list[RowGroup]]) -> str:
    """What tells the sections of one heading apart; empty if there is one."""
    others = [other.test for other in runs if other.name == place.name]
    protocols, packs = ({test[i] for test in others if test} for i in (0, 1))
    parts = []
    if len(protocols) > 1:
        parts.append(f"protocol {place.test[0][:6]}")
    if len(packs) > 1:
        parts.append(f"pack {place.test[1][:6]}")
    return "".join(f", {part}" for part in parts)


def section(
    title: str, heading: Heading, groups: Sequence[RowGroup], protocol: Protocol, view: View
) -> Section:
    """A section of rows, best average first, rows without an average last."""
    higher = METRICS[view.metric].higher

    def rank(group: RowGroup) -> tuple[bool, float]:
        mean = group.rows[0].cells[-1].exact or group.rows[0].cells[-1].text
        try:
            return (False, -float(mean) if higher else float(mean))
        except ValueError:
            return (True, 0.0)

    beside = [name for name in BESIDE if any(name in group.beside for group in groups)]
    if "sd of seeds" not in beside and "seeds" in beside:
        beside.remove("seeds")  # one each, which footnotes say
    scores = (*(f"AU{au}" for au in protocol.aus), AVERAGE)
    ranked = [higher if name == "mean of folds" else None for name in beside]
    return Section(
        title=title,
        heads=HEADS,
        columns=(*scores, *beside),
        rows=tuple(row for group in sorted(groups, key=rank) for row in _widened(group, beside)),
        higher=(*(higher,) * len(scores), *ranked),
        banner=_banner(heading, protocol),
    )


def _widened(group: RowGroup, beside: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of a group with the cells beside the average; only the first has any."""
    first, *others = group.rows
    hole = Cell(HOLE)
    yield replace(first, cells=(*first.cells, *(group.beside.get(name, hole) for name in beside)))
    for row in others:
        yield replace(row, cells=(*row.cells, *(hole for _ in beside)))


def _banner(heading: Heading, protocol: Protocol) -> str:
    return heading.banner.format(corpus=" and ".join(c.upper() for c in protocol.corpora))


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
    if view.variant == CALIBRATED:
        yield CALIBRATION
    columns = {column for s in sections for column in s.columns}
    if "mean of folds" in columns:
        yield FOLDS
    if "sd of seeds" in columns:
        yield SEEDS
    if view.intervals:
        yield INTERVALS
    if any(c.text == UNDEFINED for s in sections for row in s.rows for c in row.cells):
        yield f"{UNDEFINED}: undefined for this AU, which withholds the average."
    for name in dict.fromkeys(name for row in printed for name in row.sources):
        yield f"{name}: {find_paper(name).reference}"
