"""Pseudo-values: one number per subject, of which a pooled score is the mean.

Intervals and comparisons ask how the subjects' numbers vary, because the frames of one person are
not independent.
"""

from __future__ import annotations

import numpy as np

from aubench.metrics.moments import Array, Moments
from aubench.metrics.scores import Metric


def pseudo_values(subjects: Moments, metric: Metric) -> Array:
    """The jackknife's pseudo-values, S·θ − (S − 1)·θ₋ₛ, of every AU and of the mean over the AUs.

    θ is the score of all S subjects pooled, θ₋ₛ that without subject s (Tukey, Annals of
    Mathematical Statistics 29(2), 1958; Miller, Biometrika 61(1), 1974). For a mean of frames, a
    subject's pseudo-value is the subject's own score, if all have as many frames; the mean of
    pseudo-values corrects the bias of a score that is no mean.

    Where leaving out one subject leaves a score undefined (nobody else shows the AU), θ₋ₛ is what
    predictions score that say nothing, `Metric.nothing`: 0 for a correlation and for F1.

    >>> from aubench.metrics.moments import grouped
    >>> from aubench.metrics.scores import METRICS
    >>> labels, errors = np.zeros((4, 1)), np.array([[1.0], [1.0], [3.0], [3.0]])
    >>> subjects = grouped(labels, errors, np.array([0, 0, 1, 1]), 2)
    >>> pseudo_values(subjects, METRICS["mae"])[:, 0].tolist()
    [1.0, 3.0]

    Args:
        subjects: (K, S, A) moments of each subject; those without a frame do not count.
        metric: What to compute.

    Returns:
        (S, A + 1), the mean over the AUs last; NaN where the pooled score is undefined. At least
        one row, of the pooled scores.
    """
    values = subjects.values[:, subjects["n"].any(axis=1)]
    count = values.shape[1]
    pooled = values.sum(axis=1)
    whole = with_mean(metric.of(Moments(pooled)))
    if count < 2:
        return whole[None]
    without = metric.of(Moments(pooled[:, None] - values))
    without = with_mean(np.where(np.isnan(without), metric.nothing, without))
    each: Array = count * whole - (count - 1) * without
    return each


def with_mean(scores: Array) -> Array:
    """(..., A + 1): the scores of the AUs, then their mean."""
    return np.concatenate([scores, scores.mean(axis=-1, keepdims=True)], axis=-1)
