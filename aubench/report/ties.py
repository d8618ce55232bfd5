"""Ties: runs of a section that are not distinguishable from its best run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aubench.evaluation.records import Record
from aubench.metrics import METRICS
from aubench.metrics.comparison import ties_with_best
from aubench.metrics.groups import from_table
from aubench.report.model import Row

TIED = "not distinguishable from the best run here (paired test over subjects, Holm over the runs)"


def mark_ties(
    runs: Sequence[tuple[Record, list[Row]]], metric: str, variant: str
) -> list[list[Row]]:
    """The rows of ``runs``; averages of runs that tie with the best run get a footnote.

    Args:
        runs: Records of one section and protocol, each with its rows; the first row has the score.
        metric: Name of a metric.
        variant: Name of the variant of the predictions.
    """
    rows = [rows for _, rows in runs]
    if len(runs) < 2:
        return rows
    tied = ties_with_best([from_table(record.moments[variant]) for record, _ in runs], metric)
    means = [record.scores[variant][metric].mean for record, _ in runs]
    known = [mean for mean in means if mean is not None]
    best = (max if METRICS[metric].higher else min)(known, default=None)
    return [
        _marked(group) if tie and mean != best else group
        for group, tie, mean in zip(rows, tied, means, strict=True)
    ]


def _marked(rows: list[Row]) -> list[Row]:
    """The same rows with a footnote on the average of the first."""
    first, *others = rows
    *cells, average = first.cells
    average = replace(average, notes=(*average.notes, TIED))
    return [replace(first, cells=(*cells, average)), *others]
