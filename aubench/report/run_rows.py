"""Rows of our runs: every number is computed anew from the moments of the records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from aubench.evaluation.records import PREDICTED
from aubench.metrics import METRICS
from aubench.metrics.groups import GroupedMoments
from aubench.protocol import Protocol
from aubench.report.model import HOLE, Cell, Row
from aubench.report.runs.method_runs import MethodRuns
from aubench.report.runs.row_score import RowScore, interval, repetitions, row_score

PERCENT = frozenset({"f1", "acc"})
"""Metrics that papers print in percent with one decimal; the others get two decimals."""

UNDEFINED = "undef."
ONE_SEED = "one seed"

USES = {
    "window": "predicts a frame from frames around it",
    "person": "predicts a frame from all test frames of the person",
    "all": "predicts a frame from all test frames",
}
"""What a row says of a method that uses more than the frame that it predicts."""

SHOWN = 3
"""Number of problems of a run that a table prints; its record has all of them."""


@dataclass(frozen=True)
class View:
    """How runs are shown.

    Attributes:
        metric: Name of a metric.
        variant: Of the predictions: ``raw``, ``clamped``, ``rounded``, ``calibrated``.
        intervals: True to show the ends of intervals under a row.
    """

    metric: str
    variant: str = "raw"
    intervals: bool = False


@dataclass(frozen=True)
class RowGroup:
    """A row and the lines that belong to it.

    Attributes:
        rows: The row, then the ends of its intervals.
        beside: Columns right of the average → the cell of the row.
        repeated: The scores of single repetitions, of a protocol that repeats whole splits.
        moments: Of each seed that the row is of.
    """

    rows: list[Row]
    beside: dict[str, Cell] = field(default_factory=dict)
    repeated: Row | None = None
    moments: Sequence[GroupedMoments] = ()


def run_rows(runs: MethodRuns, title: str, protocol: Protocol, view: View) -> RowGroup | None:
    """The row of a method's runs; None without a score.

    A skipped method gives a row without numbers, with the reason as a footnote.
    """
    record, metric, aus = runs.first, view.metric, protocol.aus
    if record.skipped:
        holes = (Cell(HOLE),) * (len(aus) + 1)
        return RowGroup([Row((title, "skipped"), holes, (record.skipped,), ranked=False)])
    moments = runs.moments(view.variant)
    if not moments or METRICS[metric].task != protocol.task:
        return None
    score = row_score(moments, metric)
    place = {au: i for i, au in enumerate(record.aus)}
    complete = set(aus) <= set(place)
    cells = [
        _cell(score.values[place[au]], metric, UNDEFINED) if au in place else Cell(HOLE)
        for au in aus
    ]
    average = _cell(score.mean, metric) if complete else Cell(HOLE)
    rows = [Row((title, runs.source), (*cells, average), tuple(_notes(runs, metric)))]
    if view.intervals:
        ends = interval(moments, metric)
        for end, name in enumerate(("from", "to")):
            line = [
                _cell(ends[place[au], end], metric) if au in place else Cell(HOLE) for au in aus
            ]
            line.append(_cell(ends[-1, end], metric) if complete else Cell(HOLE))
            rows.append(Row((title, f"95 % {name}"), tuple(line), ranked=False))
    beside = dict(_beside(runs, score, protocol, metric)) if complete else {}
    repeated = None
    if protocol.repeated and complete:
        repeated = _repeated((title, runs.source), moments, protocol, metric)
    return RowGroup(rows, beside, repeated, moments)


def _beside(
    runs: MethodRuns, score: RowScore, protocol: Protocol, metric: str
) -> Iterator[tuple[str, Cell]]:
    """Yield the columns that stand beside the average, with their cells."""
    if len(protocol.folds) > 1:
        yield "mean of folds", _cell(float(score.folds.mean()), metric)
    if runs.seeds > 1:
        yield "sd of seeds", _spread(score.spread, metric)
    if runs.seeds:
        yield "seeds", Cell(str(runs.seeds))


def _repeated(
    heads: tuple[str, ...], moments: Sequence[GroupedMoments], protocol: Protocol, metric: str
) -> Row:
    """The scores of single repetitions, their mean and their standard deviation."""
    scores = repetitions(moments, metric, protocol)
    spread = float(scores.std(ddof=1)) if len(scores) > 1 else float("nan")
    cells = [_cell(value, metric, UNDEFINED) for value in (*scores, float(scores.mean()))]
    return Row(heads, (*cells, _spread(spread, metric)))


def _cell(value: float, metric: str, otherwise: str = HOLE) -> Cell:
    """A number as papers print it, or the text ``otherwise`` where it is NaN."""
    if np.isnan(value):
        return Cell(otherwise)
    scale, digits = (100, 1) if metric in PERCENT else (1, 2)
    return Cell(f"{scale * value:z.{digits}f}", exact=f"{scale * value:.6g}")


def _spread(value: float, metric: str) -> Cell:
    """A standard deviation, with one digit more than the score."""
    if np.isnan(value):
        return Cell(HOLE)
    scale, digits = (100, 2) if metric in PERCENT else (1, 3)
    return Cell(f"±{scale * value:.{digits}f}", exact=f"{scale * value:.6g}")


def _notes(runs: MethodRuns, metric: str) -> Iterator[str]:
    """Yield the footnotes of a row."""
    record = runs.first
    if len(runs.records) > 1:
        yield runs.every_run
    elif runs.seeds:
        yield ONE_SEED
    if record.status != "synthetic" and any(pack.synthetic for pack in record.packs):
        yield "trained on synthetic faces"
    for part in record.method.synthetic:
        yield f"its {part} was trained on synthetic pictures"
    if runs.departing:
        yield runs.departing
    if record.method.context != "frame":
        yield USES[record.method.context]
    if own := runs.moments(PREDICTED):
        shown = _cell(row_score(own, metric).mean, metric).text
        title = METRICS[metric].title
        yield f"{record.coverage.fill_note}; {title} of predicted frames only {shown}"
    yield from record.coverage.notes
    if record.status == "partial":
        more = len(record.problems) - SHOWN
        yield "; ".join(record.problems[:SHOWN]) + (f"; and {more} more" if more > 0 else "")
