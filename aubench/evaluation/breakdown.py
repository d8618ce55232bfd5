"""Scores of parts of the frames: of every fold, subject or view, or at each labelled intensity."""

from __future__ import annotations

import numpy as np

from aubench.action_units import MAX_INTENSITY
from aubench.evaluation.records import LevelTable
from aubench.frames import FloatArray
from aubench.metrics.groups import GroupedMoments, GroupField
from aubench.metrics.moments import INTENSITY, Array, Moments
from aubench.metrics.scores import METRICS

_BATCH = 1 << 17
"""Rows that are summed at once, so that little is held beside the data."""


def breakdown(moments: GroupedMoments, field: GroupField, metric: str) -> dict[str, Array]:
    """A metric of every fold, subject or view by itself: name → (A,), NaN = undefined."""
    names, cells = moments.by(field)
    values = METRICS[metric].of(cells)
    return dict(zip(names, values, strict=True))


def levels_of(table: LevelTable, metric: str) -> dict[str, Array]:
    """A metric at each labelled intensity: ``"0"`` … ``"5"`` → (A,), NaN = no such frame."""
    cells = np.moveaxis(np.asarray(table.values, dtype=np.float64), 2, 0)
    return {str(level): row for level, row in enumerate(METRICS[metric].of(Moments(cells)))}


def by_level(labels: FloatArray, values: FloatArray) -> Moments:
    """Moments (K, 6, A) of the frames at each labelled intensity, 0 to 5.

    Errors per level say what an average over zero-heavy labels hides.

    Args:
        labels: (N, A) intensity 0–5, whole numbers; NaN = not coded.
        values: (N, A) predictions; NaN = nothing predicted.
    """
    levels = int(MAX_INTENSITY) + 1
    total = np.zeros((len(INTENSITY), levels, labels.shape[1]))
    for start in range(0, len(labels), _BATCH):
        rows = slice(start, start + _BATCH)
        for au in range(labels.shape[1]):
            total[:, :, au] += _sums(labels[rows, au], values[rows, au], levels)
    return Moments(total)


def level_table(moments: Moments) -> LevelTable:
    """The moments of `by_level` as a record keeps them."""
    return LevelTable(columns=INTENSITY, values=np.moveaxis(moments.values, 0, 2).tolist())


def _sums(labels: FloatArray, values: FloatArray, levels: int) -> Array:
    """(K, levels) moments of one AU."""
    scored = ~(np.isnan(labels) | np.isnan(values))
    y, p = (side[scored].astype(np.float64) for side in (labels, values))
    level = np.rint(y).astype(np.int64)
    sums = {"y": y, "p": p, "yy": y * y, "pp": p * p, "yp": y * p, "abs": np.abs(y - p)}
    total = np.zeros((len(INTENSITY), levels))
    total[INTENSITY.index("n")] = np.bincount(level, minlength=levels)
    for name, terms in sums.items():
        total[INTENSITY.index(name)] = np.bincount(level, terms, minlength=levels)
    return total
