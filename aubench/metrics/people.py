"""Scores of single people: a pooled score hangs on the few who show an AU."""

from __future__ import annotations

import warnings

import numpy as np

from aubench.metrics.moments import Array, Moments
from aubench.metrics.scores import Metric

SUMMARIES = ("median", "worst tenth")


def person_summaries(subjects: Moments, metric: Metric) -> dict[str, Array]:
    """The median of the people's own scores, and the score that a tenth of them fall short of.

    >>> from aubench.metrics.moments import grouped
    >>> from aubench.metrics.scores import METRICS
    >>> labels, errors = np.zeros((11, 1)), np.arange(11.0)[:, None]
    >>> people = person_summaries(grouped(labels, errors, np.arange(11), 11), METRICS["mae"])
    >>> {name: values.tolist() for name, values in people.items()}
    {'median': [5.0, 5.0], 'worst tenth': [9.0, 9.0]}

    Args:
        subjects: (K, S, A) moments of each subject.
        metric: What to compute.

    Returns:
        ``median`` and ``worst tenth`` → (A + 1,): every AU over the people for whom it is defined,
        then a person's mean over the AUs that are defined for them; NaN if there are none.
    """
    own = metric.of(subjects)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # NaN only: the answer is NaN
        own = np.column_stack([own, np.nanmean(own, axis=1)])
        ends = np.nanquantile(own, [0.5, 0.1 if metric.higher else 0.9], axis=0)
    return dict(zip(SUMMARIES, ends, strict=True))
