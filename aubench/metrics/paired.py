"""Two systems on the same subjects: whether they can be compared, and each subject's part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aubench.errors import AubenchError
from aubench.metrics.groups import GroupedMoments
from aubench.metrics.moments import Array, Moments
from aubench.metrics.pseudo_values import pseudo_values, with_mean
from aubench.metrics.scores import Metric

TIED = 1e-12
"""Scores that are equal but for rounding are no further apart."""


def paired(a: GroupedMoments, b: GroupedMoments) -> tuple[Moments, Moments]:
    """Moments of each subject, (K, S, A) of both, in one order.

    Raises:
        AubenchError: If the subjects, or the labels that were scored, differ.
    """
    (names, first), (others, second) = a.by("subject"), b.by("subject")
    if set(names) != set(others):
        lone = sorted(set(names) ^ set(others))
        raise AubenchError(
            f"{', '.join(lone[:3])} {'were' if len(lone) > 1 else 'was'} scored in one only",
            mend="compare results on the same test subjects",
        )
    second = Moments(second.values[:, [others.index(name) for name in names]])
    if first.values.shape != second.values.shape:
        raise AubenchError("the AUs differ", mend="compare results of one protocol")
    for moment in ("n", "y", "yy"):
        apart = ~np.isclose(first[moment], second[moment], rtol=1e-9, atol=1e-9)
        if apart.any():
            subject, _ = np.argwhere(apart)[0]
            raise AubenchError(
                f"the scored labels of {names[subject]} differ",
                mend="compare results on the same frames of the same corpus",
            )
    return first, second


def shares(subjects: Moments, metric: Metric) -> Array:
    """Pseudo-values moved to have the pooled score as their mean: a system's side of a comparison.

    The bias that pseudo-values correct is nearly the same for two systems on the same people, so
    a difference is better off without the correction: it adds noise, and a test that keeps it
    calls equal systems different in up to a tenth of cases (9 people, PCC).

    Args:
        subjects: (K, S, A) moments of each subject.
        metric: What to compute.

    Returns:
        (S, A + 1), as `pseudo_values`.
    """
    values = pseudo_values(subjects, metric)
    moved: Array = values - values.mean(axis=0) + with_mean(metric.of(subjects.sum()))
    return moved


@dataclass(frozen=True)
class Side:
    """One method's side of a comparison; NaN where undefined.

    Attributes:
        shares: (S, A + 1) mean over the seeds of the subjects' `shares`.
        scores: (R, A + 1) of each seed: the AUs, then their mean.
    """

    shares: Array
    scores: Array


def side(runs: Sequence[GroupedMoments], first: GroupedMoments, metric: Metric) -> Side:
    """A method's side of comparisons, with the subjects in the order of ``first``.

    Args:
        runs: Moments of each of the method's seeds.
        first: Moments of any run of the comparison.
        metric: What to compute.

    Raises:
        AubenchError: If the subjects of a run, or the labels that were scored, are not those of
            ``first``.
    """
    each = np.stack([shares(paired(first, run)[1], metric) for run in runs])
    scores = np.stack([with_mean(metric.of(run.pooled())) for run in runs])
    return Side(each.mean(axis=0), scores)


def ahead(parts: Array, higher: bool) -> Array:
    """(...) the share of S subjects for whom the difference is in favour of a, ties counting half.

    >>> ahead(np.array([0.1, 0.2, 0.0, -0.1]), higher=True).tolist()
    0.625

    Args:
        parts: (S, ...) parts of the subjects in a − b; NaN = undefined.
        higher: True if more is better.
    """
    signs = np.where(np.abs(parts) <= TIED, 0, np.sign(parts))
    share: Array = ((1 + (signs if higher else -signs)) / 2).mean(axis=0)
    return share
