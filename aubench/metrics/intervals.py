"""Intervals over subjects, because the frames of one person are not independent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from aubench.metrics.moments import Array, Moments
from aubench.metrics.pseudo_values import pseudo_values
from aubench.metrics.scores import METRICS

LEVEL = 0.95
"""How often an interval holds what the whole population would score."""


@dataclass(frozen=True)
class Interval:
    """Intervals of one metric; NaN where undefined.

    Attributes:
        aus: (A, 2) low and high of each AU.
        mean: (2,) low and high of the mean over the AUs.
    """

    aus: Array
    mean: Array


def intervals(subjects: Moments, metrics: Sequence[str]) -> dict[str, Interval]:
    """The 95 % intervals of each AU and of their mean, from pseudo-values over subjects.

    Mean ± t·sd/√S of the S subjects' `pseudo_values`, t the quantile of Student's distribution with
    S − 1 degrees of freedom (Tukey 1958; Miller, Biometrika 61(1), 1974). A pooled correlation is
    biased downwards with few people, for a rare AU comes from few of them; percentiles of a
    bootstrap double that bias, pseudo-values remove it.

    Predictions that are one too high everywhere have a mean absolute error of 1 on everybody:

    >>> from aubench.metrics.moments import grouped
    >>> labels = np.arange(6.0)[:, None]
    >>> subjects = grouped(labels, labels + 1, np.array([0, 0, 1, 1, 2, 2]), 3)
    >>> intervals(subjects, ["mae"])["mae"].mean.tolist()
    [1.0, 1.0]

    Args:
        subjects: (K, S, A) moments of each subject.
        metrics: Names out of `METRICS`.

    Returns:
        Metric → interval. With fewer than two subjects, all NaN.
    """
    return {name: _interval(pseudo_values(subjects, METRICS[name])) for name in metrics}


def _interval(values: Array) -> Interval:
    """The interval of the mean of (S, A + 1) pseudo-values."""
    count = len(values)
    if count < 2:
        nothing = np.full((values.shape[1], 2), np.nan)
        return Interval(nothing[:-1], nothing[-1])
    centre = values.mean(axis=0)
    half = stdtrit(count - 1, (1 + LEVEL) / 2) * values.std(axis=0, ddof=1) / count**0.5
    ends = np.stack([centre - half, centre + half], axis=-1)
    return Interval(ends[:-1], ends[-1])
