"""Ties: runs of a section that are not distinguishable from its best run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from aubench.metrics.best import AgainstBest, against_best
from aubench.metrics.groups import GroupedMoments
from aubench.report.model import Row


def mark_ties(
    methods: Sequence[tuple[Sequence[GroupedMoments], list[Row]]], metric: str
) -> list[list[Row]]:
    """The rows of ``methods``; averages that tie with the best one get a footnote.

    Args:
        methods: Those of one section and protocol: the moments of each seed, and the rows, of which
            the first has the score.
        metric: Name of a metric.
    """
    rows = [rows for _, rows in methods]
    if len(methods) < 2:
        return rows
    found = against_best([runs for runs, _ in methods], metric)
    if found.best is None:
        return rows
    note = _note(found, any(len(runs) > 1 for runs, _ in methods))
    return [
        _marked(group, note) if tie and mean != found.means[found.best] else group
        for group, tie, mean in zip(rows, found.tied, found.means, strict=True)
    ]


def _note(found: AgainstBest, seeds: bool) -> str:
    """The footnote of a tie, with the smallest difference that such a table shows."""
    limits = found.detectable[~np.isnan(found.detectable)]
    if not len(limits):
        shows = "they predict the same"
    elif np.isinf(limits).any():
        shows = f"{found.subjects} people are too few to tell any two runs apart"
    else:
        low, high = limits.min(), limits.max()
        span = f"{low:.2f}" if f"{low:.2f}" == f"{high:.2f}" else f"{low:.2f} to {high:.2f}"
        shows = f"the smallest difference that it can show is {span}, by row"
    spread = ", with the spread of their seeds" if seeds else ""
    return (
        "not distinguishable from the best run here: one test of all pairs of runs, which swaps "
        f"their predictions person by person{spread}; {shows}"
    )


def _marked(rows: list[Row], note: str) -> list[Row]:
    """The same rows with a footnote on the average of the first."""
    first, *others = rows
    *cells, average = first.cells
    average = replace(average, notes=(*average.notes, note))
    return [replace(first, cells=(*cells, average)), *others]
