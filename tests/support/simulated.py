"""Simulations of the referee: how often it is right about people drawn at random."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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
    return [_system(people.predicted(rng, frames, slope)) for slope in slopes]


@dataclass(frozen=True)
class Equals:
    """What equal methods are drawn as.

    Attributes:
        kind: How much people differ, out of `support.random_people.KINDS`.
        count: Number of people.
        metric: Name of a metric.
        seeds: Of each method; 1 for F1.
        spread: Standard deviation over seeds of the slope, which is 0.6 on average.
        steady: Number of methods whose seeds have no such spread.
        seed: Of all draws.
    """

    kind: str
    count: int
    metric: str = "icc"
    seeds: int = 1
    spread: float = 0.0
    steady: int = 0
    seed: int = 0

    def tables(self, rows: int, trials: int) -> Iterator[list[list[GroupedMoments]]]:
        """Yield the runs of each of ``rows`` equal methods, on new people every time."""
        rng = np.random.default_rng([self.seed, self.count, people.KINDS.index(self.kind)])
        for _ in range(trials):
            frames = people.counts(rng, self.count, self.kind)
            if self.metric == "f1":
                yield [[_system(people.called(rng, frames))] for _ in range(rows)]
            else:
                slopes = 0.6 + self.spread * rng.normal(size=(rows, self.seeds))
                slopes[: self.steady] = 0.6
                yield [systems(rng, frames, each) for each in slopes]


def false_worse(equals: Equals, trials: int, rows: Sequence[int] = ROWS) -> tuple[float, ...]:
    """How often a table of so many equal methods calls one worse than the best."""
    wrong = [
        [False in against_best(drawn[:some], equals.metric).tied for some in rows]
        for drawn in equals.tables(max(rows), trials)
    ]
    return tuple(np.mean(wrong, axis=0))


def false_difference(equals: Equals, trials: int) -> float:
    """How often two equal methods are called different."""
    p = [compare(a, b, equals.metric).mean_p for a, b in equals.tables(2, trials)]
    return float(np.mean(np.array(p) < SIGNIFICANT))


def error(rate: float, trials: int) -> float:
    """Twice the standard error of a rate."""
    return 2 * (rate * (1 - rate) / trials) ** 0.5


def _system(drawn: Moments) -> GroupedMoments:
    count = drawn.values.shape[1]
    return GroupedMoments(tuple(("0", f"disfa/SN{n:03d}", 0) for n in range(count)), drawn)
