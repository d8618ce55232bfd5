"""Many methods against the best of them, by one joint test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.special import stdtr, stdtrit

from aubench.errors import AubenchError
from aubench.metrics.groups import GroupedMoments
from aubench.metrics.moments import Array
from aubench.metrics.paired import TIED, Side, ahead, side
from aubench.metrics.scores import METRICS
from aubench.metrics.seeds import Variance, of_mean, shared
from aubench.metrics.sign_flips import SIGNIFICANT, needed, sign_flips

_AT_ONCE = 200_000
"""Flipped differences that are held at once: 1.6 MB, which stay in the processor's cache."""


@dataclass(frozen=True)
class AgainstBest:
    """R methods against the best of them, by their mean over the AUs; NaN where undefined.

    Attributes:
        best: Which method is the best; None if no mean is defined.
        means: (R,) means over the AUs, and over the seeds.
        p: (R,) of the difference from the best, corrected for all pairs of methods; 1 for the best.
            NaN also where the test frames are not the best one's.
        behind: (R,) the share of subjects for whom the best is better; ties count half.
        detectable: (R,) about the smallest difference from the best that would be called, given how
            much the subjects differ; NaN for the best and for systems that predict the same.
        subjects: Number of subjects.
    """

    best: int | None
    means: Array
    p: Array
    behind: Array
    detectable: Array
    subjects: int

    @property
    def tied(self) -> tuple[bool | None, ...]:
        """Per method: whether it is not distinguishable from the best; None where undefined."""
        return tuple(None if np.isnan(p) else bool(p >= SIGNIFICANT) for p in self.p)


def against_best(methods: Sequence[Sequence[GroupedMoments]], metric: str) -> AgainstBest:
    """Compare every method with the best by one test that knows that the data chose the best.

    Westfall & Young's max-T (Resampling-Based Multiple Testing, 1993): each pattern of signs flips
    the same subjects in the differences of all pairs of methods, and the largest studentised
    difference of all pairs is what a difference from the best is measured against. So about one
    table in twenty calls any of equal methods worse, however many they are. Methods that predict
    the same have no difference, so copies of a row change nothing.

    The studentised mean of a pair's differences d, t = d̄ / (sd/√S), grows with Σd / √Σd², which
    is computed in its stead: flips change its numerator only, and it is bounded, so a pair that
    truly differs does not raise what another pair is measured against.

    Where a method has several seeds, a variance over seeds (`aubench.metrics.seeds.shared`) is
    added to that over people, and what is measured is the difference over people alone that would
    be as unlikely.

    Args:
        methods: Moments of each method, of each of its seeds.
        metric: A name out of `METRICS`.
    """
    kind, rows = METRICS[metric], len(methods)
    means = np.array([np.mean([kind.of(run.pooled()) for run in runs]) for runs in methods])
    p, behind, detectable = (np.full(rows, np.nan) for _ in range(3))
    if np.isnan(means).all():
        return AgainstBest(None, means, p, behind, detectable, 0)
    best = int(np.nanargmax(means) if kind.higher else np.nanargmin(means))
    sides: dict[int, Side] = {}
    for place, runs in enumerate(methods):
        if np.isnan(means[place]):
            continue
        try:
            sides[place] = side(runs, methods[best][0], kind)
        except AubenchError:
            continue
    count = len(sides[best].shares)
    signs = sign_flips(count)
    largest = _largest(np.array([each.shares[:, -1] for each in sides.values()]), signs)
    limit = _limit(largest, signs)
    values, freedom = shared([each.scores[:, -1] for each in sides.values()])
    spreads = dict(zip(sides, values, strict=True))
    for place, other in sides.items():
        parts = sides[best].shares[:, -1] - other.shares[:, -1]
        behind[place], p[place] = ahead(parts, kind.higher), 1
        if not _differ(parts):
            continue
        seeds = Variance(spreads[best] + spreads[place], np.array(float(freedom)))
        p[place] = (largest >= _as_of_people(parts, seeds) - TIED).mean()
        detectable[place] = _detectable(parts, seeds, limit)
    return AgainstBest(best, means, p, behind, detectable, count)


def _as_of_people(parts: Array, seeds: Variance) -> float:
    """|Σd| / √Σd² of a difference over people alone that is as unlikely as this one with seeds."""
    if not seeds.value or len(parts) < 2:
        return float(abs(_studentised(parts).sum()))
    total = of_mean(parts) + seeds
    p = stdtr(total.freedom, -abs(parts.mean()) / total.value**0.5)
    t = -stdtrit(len(parts) - 1, p)
    return float(len(parts) ** 0.5 / np.hypot(1, (len(parts) - 1) ** 0.5 / t)) if t > 0 else 0.0


def _detectable(parts: Array, seeds: Variance, limit: float) -> float:
    """The difference, with this variance, that is as unlikely as |Σd| / √Σd² of ``limit``."""
    free = len(parts) - limit**2
    if free <= TIED:
        return float("inf")
    total = of_mean(parts) + seeds
    p = stdtr(len(parts) - 1, -limit * ((len(parts) - 1) / free) ** 0.5)
    return float(-stdtrit(total.freedom, p) * total.value**0.5)


def _largest(sides: Array, signs: Array) -> Array:
    """(R,) the largest |Σd| / √Σd² over all pairs of (C, S) sides, under each of (R, S) signs."""
    pairs = combinations(range(len(sides)), 2)
    differences = [sides[a] - sides[b] for a, b in pairs]
    units = np.array([_studentised(parts) for parts in differences if _differ(parts)])
    largest = np.zeros(len(signs))
    if not len(units):
        return largest
    step = max(1, _AT_ONCE // len(units))
    for start in range(0, len(signs), step):
        flipped = signs[start : start + step] @ units.T
        largest[start : start + step] = np.abs(flipped).max(axis=1)
    return largest


def _limit(largest: Array, signs: Array) -> float:
    """The value that |Σd| / √Σd² must exceed to call a difference; √S can never be exceeded.

    To flip nobody or everybody leaves every difference as large as it is, so these patterns count
    against any.
    """
    same = np.abs(signs.sum(axis=1)) == signs.shape[1]
    place = needed(len(signs)) - int(same.sum())
    return float(np.sort(largest[~same])[-place]) if place > 0 else signs.shape[1] ** 0.5


def _differ(parts: Array) -> bool:
    """True if two systems differ on any subject."""
    return bool((np.abs(parts) > TIED).any())


def _studentised(parts: Array) -> Array:
    """(S,) differences divided by √Σd²."""
    return np.asarray(parts / np.sqrt((parts**2).sum()))
