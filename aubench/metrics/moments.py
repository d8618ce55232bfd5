"""Moments: the sums from which every score, interval and comparison is computed.

Moments are additive: those of two sets of frames together are the sum of those of each. So a
result can be pooled over folds, resampled over subjects and published without a licensed label.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

INTENSITY = ("n", "missing", "y", "p", "yy", "pp", "yp", "abs")
"""Names of the first moments.

``n`` frames with both a label y and a prediction p; ``missing`` frames that lack one of them; then
Σy, Σp, Σy², Σp², Σyp and Σ|y-p| over the n frames.
"""

OCCURRENCE = (*INTENSITY, "tp", "fp", "fn", "tn")
"""The moments of occurrence (y is 0 or 1, p a probability): then the counts at `CUTOFF`."""

CUTOFF = 0.5
"""A probability at or above this counts as present in F1 and accuracy."""

BINS = 256
"""Bins of the score histogram behind the AUC, of equal width in asinh(logit p).

Such bins are 0.04 logits wide at p = 0.5 and stay narrow beside the distance from there, so that
scores of a confident network do not crowd into a few: AUC is exact to 1e-3 up to a standard
deviation of 20 logits (`tests/metrics/test_metrics.py`).
"""

_LOGITS = (-104.0, 24.0)
"""Logits of the first and the last bin: those of the least float32 above 0 and beyond the largest
below 1, so that 1 has a bin of its own.
"""

_BLOCK = 8192
"""Rows that are summed at once: their arrays stay in the processor's cache."""


@dataclass(frozen=True)
class Moments:
    """Moments of any number of sets of frames.

    Attributes:
        values: (K, ...) float64, the K moments first. K is 8 for intensity (`INTENSITY`) and
            12 + 2 × `BINS` for occurrence (`OCCURRENCE`, then the score histogram of the positive
            and of the negative frames).
    """

    values: Array

    @property
    def occurrence(self) -> bool:
        """True if there are counts and a histogram."""
        return len(self.values) > len(INTENSITY)

    @property
    def histogram(self) -> Array:
        """(2, `BINS`, ...), scores of the positive and of the negative frames."""
        return self.values[len(OCCURRENCE) :].reshape(2, BINS, *self.values.shape[1:])

    def __getitem__(self, name: str) -> Array:
        """The moment called ``name``: (...)."""
        moment: Array = self.values[OCCURRENCE.index(name)]
        return moment

    def __add__(self, other: Moments) -> Moments:
        return Moments(self.values + other.values)

    def sum(self, axis: int = 0) -> Moments:
        """Pooled over one of the axes after the first."""
        return Moments(self.values.sum(axis=axis + 1))


def columns(occurrence: bool) -> int:
    """K, the number of moments."""
    return len(OCCURRENCE) + 2 * BINS if occurrence else len(INTENSITY)


def moments(
    labels: npt.NDArray[np.floating],
    predictions: npt.NDArray[np.floating],
    *,
    occurrence: bool = False,
) -> Moments:
    """Moments of N frames.

    >>> m = moments(np.array([[1.0], [2.0], [np.nan]]), np.array([[3.0], [5.0], [4.0]]))
    >>> {name: m[name].item() for name in ("n", "missing", "y", "pp", "yp", "abs")}
    {'n': 2.0, 'missing': 1.0, 'y': 3.0, 'pp': 34.0, 'yp': 13.0, 'abs': 5.0}

    Args:
        labels: (N, A), intensity 0–5, or 0 and 1 for occurrence; NaN = not coded.
        predictions: (N, A) on the scale of the labels (probabilities for occurrence); NaN =
            nothing predicted.
        occurrence: Whether to count decisions and fill the score histogram too.

    Returns:
        Moments of shape (K, A).
    """
    groups = np.zeros(len(labels), dtype=np.int64)
    return grouped(labels, predictions, groups, 1, occurrence=occurrence).sum()


def grouped(
    labels: npt.NDArray[np.floating],
    predictions: npt.NDArray[np.floating],
    groups: npt.NDArray[np.int64],
    count: int,
    *,
    occurrence: bool = False,
) -> Moments:
    """Moments of each group of frames, in one pass.

    >>> labels, predictions = np.array([[1.0], [2.0], [4.0]]), np.array([[3.0], [5.0], [4.0]])
    >>> grouped(labels, predictions, np.array([0, 1, 0]), 2)["y"].tolist()
    [[5.0], [2.0]]

    Args:
        labels: (N, A), as in `moments`.
        predictions: (N, A), as in `moments`.
        groups: (N,) group of each frame, 0 … count − 1. Fastest when sorted.
        count: Number of groups, G.
        occurrence: As in `moments`.

    Returns:
        Moments of shape (K, G, A).
    """
    order = None
    if np.any(groups[1:] < groups[:-1]):
        order = np.argsort(groups, kind="stable")
        groups = groups[order]
    total = np.zeros((columns(occurrence), count, labels.shape[1]))
    bounds = np.searchsorted(groups, np.arange(count + 1))
    for group in range(count):
        for start in range(bounds[group], bounds[group + 1], _BLOCK):
            part = slice(start, min(start + _BLOCK, bounds[group + 1]))
            rows = part if order is None else order[part]
            total[:, group] += _block(labels[rows], predictions[rows], occurrence)
    return Moments(total)


def _block(
    labels: npt.NDArray[np.floating], predictions: npt.NDArray[np.floating], occurrence: bool
) -> Array:
    """(K, A) moments of a few rows."""
    y = np.ascontiguousarray(labels.T, dtype=np.float64)
    p = np.ascontiguousarray(predictions.T, dtype=np.float64)
    absent = np.isnan(y) | np.isnan(p)
    missing = absent.sum(axis=1)
    if missing.any():
        y[absent] = p[absent] = 0.0
    sums = [
        y.shape[1] - missing,
        missing,
        y.sum(axis=1),
        p.sum(axis=1),
        np.vecdot(y, y),
        np.vecdot(p, p),
        np.vecdot(y, p),
        np.abs(y - p).sum(axis=1),
    ]
    if not occurrence:
        return np.stack(sums).astype(np.float64)
    coded, positive, called = ~absent, y > 0, p >= CUTOFF
    for decided in (positive & called, ~positive & called, positive & ~called, ~positive & ~called):
        sums.append((decided & coded).sum(axis=1))
    return np.concatenate([np.stack(sums), _histogram(p, positive, coded)]).astype(np.float64)


def _histogram(
    scores: Array, positive: npt.NDArray[np.bool_], coded: npt.NDArray[np.bool_]
) -> Array:
    """(2 × BINS, A) numbers of positive, then of negative frames in each bin."""
    width = scores.shape[0]
    odds = scores.clip(0, 1)
    with np.errstate(divide="ignore"):
        logits = (np.log(odds) - np.log1p(-odds)).clip(*_LOGITS)
    low, high = np.arcsinh(_LOGITS)
    steps = (np.arcsinh(logits) - low) * (BINS / (high - low))
    cells = np.minimum(steps.astype(np.int64), BINS - 1) + np.where(positive, 0, BINS)
    cells = cells * width + np.arange(width)[:, None]
    counts = np.bincount(cells[coded], minlength=2 * BINS * width)
    return counts.reshape(2 * BINS, width).astype(np.float64)
