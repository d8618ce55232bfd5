"""Simulations of the referee: how often it is right about people drawn at random."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aubench.metrics import METRICS, Moments
from aubench.metrics.best import against_best
from aubench.metrics.comparison import compare
from aubench.metrics.groups import GroupedMoments
from aubench.metrics.intervals import intervals
from aubench.metrics.sign_flips import SIGNIFICANT
from support import random_people as people

INTENSITY = ("icc", "mse", "pcc", "ccc")

ROWS = (2, 5, 10, 20)
"""Sizes of tables."""


def coverage(kind: str, count: int, trials: int, seed: int = 0) -> dict[str, float]:
    """Metric → how often the interval of the mean over 12 AUs holds the population's mean.

    Tests in which nobody shows some AU have no PCC, and do not count for it.
    """
    rng = np.random.default_rng([seed, count, people.KINDS.index(kind)])
    truth = {
        **{name: METRICS[name].of(people.predicted_truth()).mean() for name in INTENSITY},
        "f1": METRICS["f1"].of(people.called_truth()).mean(),
    }
    hits: dict[str, list[bool]] = {name: [] for name in truth}
    for _ in range(trials):
        frames = people.counts(rng, count, kind)
        found = {
            **intervals(people.predicted(rng, frames), INTENSITY),
            **intervals(people.called(rng, frames), ["f1"]),
        }
        for name, interval in found.items():
            low, high = interval.mean
            if not np.isnan(low):
                hits[name].append(bool(low <= truth[name] <= high))
    return {name: float(np.mean(each)) for name, each in hits.items()}


def systems(
    rng: np.random.Generator, frames: np.ndarray, slopes: Sequence[float]
) -> list[GroupedMoments]:
    """Systems that predict the same frames, each with its slope."""
    groups = tuple(("0", f"disfa/SN{place:03d}", 0) for place in range(len(frames)))
    drawn = [people.predicted(rng, frames, slope).values for slope in slopes]
    return [GroupedMoments(groups, Moments(values)) for values in drawn]


def false_worse(
    kind: str, count: int, metric: str, trials: int, seed: int = 0
) -> tuple[float, ...]:
    """How often a table of `ROWS` equal systems calls one worse than the best."""
    rng = np.random.default_rng([seed, count, people.KINDS.index(kind)])
    wrong = []
    for _ in range(trials):
        drawn = systems(rng, people.counts(rng, count, kind), [0.6] * max(ROWS))
        wrong.append([False in against_best(drawn[:rows], metric).tied for rows in ROWS])
    return tuple(np.mean(wrong, axis=0))


def false_difference(kind: str, count: int, metric: str, trials: int, seed: int = 0) -> float:
    """How often two equal systems are called different."""
    rng = np.random.default_rng([seed, count, people.KINDS.index(kind)])
    wrong = 0
    for _ in range(trials):
        a, b = systems(rng, people.counts(rng, count, kind), [0.6, 0.6])
        wrong += compare(a, b, metric).mean_p < SIGNIFICANT
    return wrong / trials
