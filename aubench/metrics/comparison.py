"""Comparisons of two systems on the same subjects, and of many with the best of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from aubench.errors import AubenchError
from aubench.metrics.groups import GroupedMoments
from aubench.metrics.intervals import LEVEL, RESAMPLES, percentiles, resample, tail, weighted
from aubench.metrics.moments import Array, Moments
from aubench.metrics.scores import METRICS

SIGNIFICANT = 1 - LEVEL
"""A difference is called only where its p-value is below this."""

_TIED = 1e-12
"""Differences that are equal but for rounding."""


@dataclass(frozen=True)
class Comparison:
    """The difference a − b of a metric; NaN where undefined.

    Attributes:
        metric: Name of the metric.
        a: (A,) values of system a.
        b: (A,) values of system b.
        interval: (A, 2) 95 % subject-cluster bootstrap interval of a − b.
        p: (A,) of the paired test.
        holm: (A,) p-values after Holm's correction over the AUs.
        mean_interval: (2,) interval of the difference of the means over the AUs.
        mean_p: p-value of that difference; it is one test and needs no correction.
        subjects: Number of subjects.
    """

    metric: str
    a: Array
    b: Array
    interval: Array
    p: Array
    holm: Array
    mean_interval: Array
    mean_p: float
    subjects: int

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


def compare(
    a: GroupedMoments,
    b: GroupedMoments,
    metric: str,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Comparison:
    """Compare two systems that were scored on the same frames of the same subjects.

    The interval resamples subjects, the same for both systems. The p-value is that of the paired
    randomisation test: were the systems the same, each subject's two sets of predictions could as
    well be swapped, so the difference is compared with those of random swaps (Fisher 1935; for
    pooled scores of two systems: Noreen, Computer-Intensive Methods for Testing Hypotheses, 1989).
    All 2^S swaps are tried where that is no more than ``resamples``.

    One system is right on three subjects, the other wrong by 1 on each. Of the 2³ swaps, two give
    a mean absolute error as far apart: to swap nobody and to swap everybody, so p is 2/8:

    >>> from aubench.metrics.moments import grouped
    >>> groups = tuple(("0", f"disfa/SN00{n}", 0) for n in (1, 2, 3))
    >>> labels, rows = np.array([[0.0], [1.0], [2.0]]), np.arange(3)
    >>> right = GroupedMoments(groups, grouped(labels, labels, rows, 3))
    >>> wrong = GroupedMoments(groups, grouped(labels, labels + 1, rows, 3))
    >>> compare(right, wrong, "mae").mean_p
    0.25

    Args:
        a: Moments of one system.
        b: Moments of the other.
        metric: A name out of `METRICS`.
        resamples: Number of bootstrap draws, and of swaps.
        seed: Of both.

    Raises:
        AubenchError: If the subjects, or the labels that were scored, differ.
    """
    first, second = _paired(a, b)
    count = first.values.shape[1]
    of = METRICS[metric].of
    values = of(first.sum()), of(second.sum())
    found = values[0] - values[1]
    every = np.append(found, found.mean())

    draws = resample(count, resamples, seed)
    drawn = _differences(metric, weighted(first, draws), weighted(second, draws))
    swaps = _swaps(count, resamples, seed)
    swapped = _differences(metric, _mixed(first, second, swaps), _mixed(second, first, swaps))

    far = ~(np.abs(swapped) < np.abs(every)[:, None] - _TIED)  # an undefined one counts as far
    exact = len(swaps) == 2**count
    p = far.mean(axis=1) if exact else (1 + far.sum(axis=1)) / (1 + len(swaps))
    p[np.isnan(every)] = np.nan
    ends = percentiles(drawn, tail(count)) if count > 1 else np.full((len(every), 2), np.nan)
    return Comparison(
        metric, *values, ends[:-1], p[:-1], holm(p[:-1]), ends[-1], float(p[-1]), count
    )


def ties_with_best(
    systems: Sequence[GroupedMoments], metric: str, *, resamples: int = RESAMPLES, seed: int = 0
) -> tuple[bool | None, ...]:
    """Which systems are not distinguishable from the best by their mean over the AUs.

    Args:
        systems: Moments of each row of a table.
        metric: A name out of `METRICS`.
        resamples: As in `compare`.
        seed: As in `compare`.

    Returns:
        One entry per system: True for the best and for those whose difference from it is not
        significant after Holm's correction over the rows; None where the mean is undefined or the
        test frames are not the best one's.
    """
    of, higher = METRICS[metric].of, METRICS[metric].higher
    means = np.array([of(system.pooled()).mean() for system in systems])
    if np.isnan(means).all():
        return (None,) * len(systems)
    best = int(np.nanargmax(means) if higher else np.nanargmin(means))
    p = np.full(len(systems), np.nan)
    for place, system in enumerate(systems):
        if place == best or np.isnan(means[place]):
            continue
        try:
            found = compare(systems[best], system, metric, resamples=resamples, seed=seed)
        except AubenchError:
            continue
        p[place] = found.mean_p
    corrected = holm(p)
    return tuple(
        True if place == best else None if np.isnan(value) else bool(value >= SIGNIFICANT)
        for place, value in enumerate(corrected)
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


def _paired(a: GroupedMoments, b: GroupedMoments) -> tuple[Moments, Moments]:
    """Moments of each subject, (K, S, A) of both, in one order."""
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


def _swaps(count: int, resamples: int, seed: int) -> Array:
    """(R, S) 1 where a subject's systems keep their places, 0 where they swap."""
    if 2**count <= resamples:
        bits: npt.NDArray[np.int64] = np.arange(2**count)[:, None] >> np.arange(count) & 1
        return bits.astype(np.float64)
    rng = np.random.default_rng(seed)
    return rng.integers(0, 2, size=(resamples, count)).astype(np.float64)


def _mixed(kept: Moments, other: Moments, swaps: Array) -> Iterator[Moments]:
    """Moments of a system under each swap: its own subjects, and the other's where swapped."""
    pairs = zip(weighted(kept, swaps), weighted(other, 1 - swaps), strict=True)
    return (own + exchanged for own, exchanged in pairs)


def _differences(metric: str, a: Iterable[Moments], b: Iterable[Moments]) -> Array:
    """(A + 1, R) differences of each AU, then of their mean."""
    of = METRICS[metric].of
    parts = [of(one) - of(two) for one, two in zip(a, b, strict=True)]
    differences = np.concatenate(parts, axis=-1)
    return np.vstack([differences, differences.mean(axis=0)])
