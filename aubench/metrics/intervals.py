"""Bootstrap intervals over subjects, because the frames of one person are not independent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, stdtrit

from aubench.metrics.moments import Array, Moments
from aubench.metrics.scores import METRICS

RESAMPLES = 10_000
LEVEL = 0.95

UNDEFINED = 0.05
"""No interval where a metric is undefined in more than this share of the resamples."""

_HELD = 4_000_000
"""Resampled moments that one product of matrices gives (32 MB)."""

_AT_ONCE = 250_000
"""Resampled moments that a metric sees at once: 2 MB, which stay in the processor's cache."""


@dataclass(frozen=True)
class Interval:
    """Intervals of one metric; NaN where undefined.

    Attributes:
        aus: (A, 2) low and high of each AU.
        mean: (2,) low and high of the mean over the AUs.
    """

    aus: Array
    mean: Array


def intervals(
    subjects: Moments,
    metrics: Sequence[str],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = LEVEL,
) -> dict[str, Interval]:
    """Subject-cluster bootstrap intervals of each AU and of their mean.

    Subjects are drawn with replacement, each with all its frames, and the metric is computed on
    the pooled moments of the draw (Efron & Tibshirani, An Introduction to the Bootstrap, 1993,
    chapters 8 and 13). The percentiles are taken a little further out than the level says, as in
    `tail`, for the plain ones are too narrow with few subjects. All AUs and metrics see the same
    draws.

    Predictions that are one too high everywhere have a mean absolute error of 1 in every draw:

    >>> from aubench.metrics.moments import grouped
    >>> labels = np.arange(6.0)[:, None]
    >>> subjects = grouped(labels, labels + 1, np.array([0, 0, 1, 1, 2, 2]), 3)
    >>> intervals(subjects, ["mae"], resamples=100)["mae"].mean.tolist()
    [1.0, 1.0]

    Args:
        subjects: (K, S, A) moments of each subject.
        metrics: Names out of `METRICS`.
        resamples: Number of draws.
        seed: Of the draws: the same seed gives the same intervals.
        level: Coverage, 0–1.

    Returns:
        Metric → interval. With fewer than two subjects, all NaN.
    """
    count, width = subjects.values.shape[1:]
    if count < 2:
        nothing = Interval(np.full((width, 2), np.nan), np.full(2, np.nan))
        return dict.fromkeys(metrics, nothing)
    draws: dict[str, list[Array]] = {name: [] for name in metrics}
    for part in weighted(subjects, resample(count, resamples, seed)):
        for name in metrics:
            draws[name].append(METRICS[name].of(part))
    beyond = tail(count, level)
    return {name: _percentiles(np.concatenate(d, axis=-1), beyond) for name, d in draws.items()}


def tail(subjects: int, level: float = LEVEL) -> float:
    """The share of draws to leave out at each end of an interval.

    Expanded percentiles, Φ(√(n/(n - 1))·t), t the quantile of Student's distribution with n - 1
    degrees of freedom at (1 - level)/2 (Hesterberg, The American Statistician 69(4), 2015,
    section 3.3): plain percentiles are those of a variance divided by n and of a normal quantile.

    >>> round(tail(5), 5)  # from tables: t is 2.7764 with 4 degrees, Φ(−√(5/4)·2.7764) = 0.00095
    0.00095
    """
    quantile = stdtrit(subjects - 1, (1 - level) / 2)
    return float(ndtr((subjects / (subjects - 1)) ** 0.5 * quantile))


def resample(count: int, resamples: int, seed: int) -> Array:
    """(resamples, count) how often each of ``count`` subjects is drawn; rows sum to ``count``."""
    rng = np.random.default_rng(seed)
    drawn = rng.integers(count, size=(resamples, count), dtype=np.int32)
    cells = drawn + np.arange(resamples)[:, None] * count
    weights = np.bincount(cells.ravel(), minlength=resamples * count)
    return weights.reshape(resamples, count).astype(np.float64)


def weighted(subjects: Moments, weights: Array) -> Iterator[Moments]:
    """Moments (K, A, R) of the subjects pooled under each row of ``weights`` (R, S), in parts."""
    names, count, width = subjects.values.shape
    cells = np.moveaxis(subjects.values, 1, 2).reshape(names * width, count)
    held, at_once = (max(1, number // len(cells)) for number in (_HELD, _AT_ONCE))
    for start in range(0, len(weights), held):
        sums = (cells @ weights[start : start + held].T).reshape(names, width, -1)
        for first in range(0, sums.shape[2], at_once):
            yield Moments(sums[..., first : first + at_once])


def percentiles(draws: Array, beyond: float) -> Array:
    """(..., 2) low and high of (..., R) draws, a share ``beyond`` of them outside at each end.

    NaN where more than `UNDEFINED` of the draws are.

    >>> percentiles(np.arange(101.0), 0.05).tolist()
    [5.0, 95.0]
    """
    ends = [beyond, 1 - beyond]
    absent = np.isnan(draws)
    if not absent.any():
        return np.moveaxis(np.quantile(draws, ends, axis=-1), 0, -1)
    out = np.full((*draws.shape[:-1], 2), np.nan)
    for place in np.ndindex(draws.shape[:-1]):
        if absent[place].mean() <= UNDEFINED:
            out[place] = np.quantile(draws[place][~absent[place]], ends)
    return out


def _percentiles(draws: Array, beyond: float) -> Interval:
    """The interval of (A, R) draws."""
    return Interval(percentiles(draws, beyond), percentiles(draws.mean(axis=0), beyond))
