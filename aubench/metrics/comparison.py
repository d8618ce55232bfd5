"""The comparison of two methods on the same subjects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aubench.metrics.groups import GroupedMoments
from aubench.metrics.moments import Array
from aubench.metrics.paired import TIED, ahead, side
from aubench.metrics.scores import METRICS
from aubench.metrics.seeds import student_test
from aubench.metrics.sign_flips import SIGNIFICANT, flip_test


@dataclass(frozen=True)
class Comparison:
    """The difference a − b of a metric; NaN where undefined.

    Attributes:
        metric: Name of the metric.
        a: (A,) values of method a, the mean over its seeds.
        b: (A,) values of method b.
        interval: (A, 2) 95 % interval of a − b; it excludes 0 just where ``p`` is below 0.05.
        p: (A,) of the test over subjects, and over seeds where a method has several.
        holm: (A,) p-values after Holm's correction over the AUs.
        ahead: (A,) P(a > b), the share of subjects for whom a is better; ties count half.
        mean_interval: (2,) interval of the difference of the means over the AUs.
        mean_p: p-value of that difference; it is one test and needs no correction.
        mean_ahead: P(a > b) by the mean over the AUs.
        subjects: Number of subjects.
    """

    metric: str
    a: Array
    b: Array
    interval: Array
    p: Array
    holm: Array
    ahead: Array
    mean_interval: Array
    mean_p: float
    mean_ahead: float
    subjects: int

    @property
    def detectable(self) -> float:
        """The smallest difference of the means that so many subjects show.

        Half the width of its interval: a difference as large is just about called, a smaller one
        is not.
        """
        low, high = self.mean_interval
        return float(high - low) / 2

    @property
    def better(self) -> str | None:
        """``a`` or ``b`` by the mean over the AUs; None if they are not distinguishable."""
        return self._winner(float(self.a.mean() - self.b.mean()), self.mean_p)

    def better_at(self, place: int) -> str | None:
        """``a`` or ``b`` on one AU, after correction; None if they are not distinguishable."""
        return self._winner(float(self.a[place] - self.b[place]), float(self.holm[place]))

    def _winner(self, difference: float, p: float) -> str | None:
        if not p < SIGNIFICANT:  # NaN is not
            return None
        return "a" if (difference > 0) == METRICS[self.metric].higher else "b"


def compare(a: Sequence[GroupedMoments], b: Sequence[GroupedMoments], metric: str) -> Comparison:
    """Compare two methods that were scored on the same frames of the same subjects.

    The difference a − b is the mean of the subjects' parts in it (`aubench.metrics.paired.shares`).
    With one run each, the p-value says how often the parts have a mean as far from 0 if their signs
    are flipped, as swapping the two runs' predictions of a subject does; the interval holds every
    difference that the same test does not reject (`aubench.metrics.sign_flips`). Where a method has
    several seeds, p-value and interval are of Student's t, with the variances over people and over
    seeds added (`aubench.metrics.seeds`).

    One system is right on three subjects, the other wrong by 1 on each. Of the 2³ flips, two give
    a mean absolute error as far apart: to flip nobody and to flip everybody, so p is 2/8:

    >>> from aubench.metrics.moments import grouped
    >>> groups = tuple(("0", f"disfa/SN00{n}", 0) for n in (1, 2, 3))
    >>> labels, rows = np.array([[0.0], [1.0], [2.0]]), np.arange(3)
    >>> right = GroupedMoments(groups, grouped(labels, labels, rows, 3))
    >>> wrong = GroupedMoments(groups, grouped(labels, labels + 1, rows, 3))
    >>> compare([right], [wrong], "mae").mean_p
    0.25

    Args:
        a: Moments of one method, of each of its seeds.
        b: Moments of the other.
        metric: A name out of `METRICS`.

    Raises:
        AubenchError: If the subjects, or the labels that were scored, differ.
    """
    kind = METRICS[metric]
    first, second = side(a, a[0], kind), side(b, a[0], kind)
    parts = first.shares - second.shares
    parts[np.abs(parts) <= TIED] = 0
    if len(a) == len(b) == 1:
        p, interval = flip_test(parts)
    else:
        p, interval = student_test(parts, [first.scores, second.scores])
    better = ahead(parts, kind.higher)
    return Comparison(
        metric=metric,
        a=first.scores[:, :-1].mean(axis=0),
        b=second.scores[:, :-1].mean(axis=0),
        interval=interval[:-1],
        p=p[:-1],
        holm=holm(p[:-1]),
        ahead=better[:-1],
        mean_interval=interval[-1],
        mean_p=float(p[-1]),
        mean_ahead=float(better[-1]),
        subjects=len(parts),
    )


def holm(p: Array) -> Array:
    """Holm's step-down correction (Scandinavian Journal of Statistics 6(2), 1979).

    The smallest of four is multiplied by 4, the next by 3 …, and none falls below one before it:

    >>> holm(np.array([0.01, 0.04, 0.03, 0.005])).round(6).tolist()
    [0.03, 0.06, 0.06, 0.02]

    Args:
        p: (m,) p-values; NaN = no test was made, and none is counted.

    Returns:
        (m,) corrected p-values: the chance of one false difference or more stays below the level.
    """
    tests = np.flatnonzero(~np.isnan(p))
    order = tests[np.argsort(p[tests], kind="stable")]
    steps = p[order] * np.arange(len(order), 0, -1)
    corrected = np.full(len(p), np.nan)
    corrected[order] = np.maximum.accumulate(steps).clip(max=1) if len(order) else steps
    return corrected
