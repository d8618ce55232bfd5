"""The numbers of a row, computed anew from the moments of its runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aubench.metrics import METRICS, Moments
from aubench.metrics.groups import GroupedMoments
from aubench.metrics.moments import Array
from aubench.metrics.pseudo_values import pseudo_values, with_mean
from aubench.metrics.seeds import student_test
from aubench.protocol import Protocol


@dataclass(frozen=True)
class RowScore:
    """One metric of one row; NaN where undefined.

    Attributes:
        seeds: (R, A) of each seed and AU, pooled over folds, subjects and views.
        folds: (R,) of each seed: the mean over the AUs and folds of the scores of single folds.
    """

    seeds: Array
    folds: Array

    @property
    def values(self) -> Array:
        """(A,) mean over the seeds of each AU."""
        values: Array = self.seeds.mean(axis=0)
        return values

    @property
    def mean(self) -> float:
        """Mean over the AUs and seeds."""
        return float(self.seeds.mean())

    @property
    def spread(self) -> float:
        """Standard deviation over the seeds of the mean over the AUs; NaN with one seed."""
        averages = self.seeds.mean(axis=1)
        return float(averages.std(ddof=1)) if len(averages) > 1 else float("nan")


def row_score(runs: Sequence[GroupedMoments], metric: str) -> RowScore:
    """The score of a row.

    Args:
        runs: Moments of each seed.
        metric: A name out of `METRICS`.
    """
    of = METRICS[metric].of
    return RowScore(
        seeds=np.stack([of(run.pooled()) for run in runs]),
        folds=np.array([of(run.by("fold")[1]).mean() for run in runs]),
    )


def interval(runs: Sequence[GroupedMoments], metric: str) -> Array:
    """95 % intervals over people and seeds of each AU, then of their mean.

    Over people: the `pseudo_values` of the mean over seeds, whose mean is the centre and whose
    variance over S that of the people. Over seeds: the variance of the R seeds' own
    scores over R, added. Student's t has the degrees of freedom of the sum (Satterthwaite,
    Biometrics Bulletin 2(6), 1946). With one seed the interval is of people only.

    Args:
        runs: Moments of each seed, of the same S subjects.
        metric: A name out of `METRICS`.

    Returns:
        (A + 1, 2) low and high; NaN where the score of all people is undefined.
    """
    kind = METRICS[metric]
    pseudo = np.mean([pseudo_values(_by_name(run), kind) for run in runs], axis=0)
    scores = np.stack([with_mean(kind.of(run.pooled())) for run in runs])
    return student_test(pseudo, [scores])[1]


def repetitions(runs: Sequence[GroupedMoments], metric: str, protocol: Protocol) -> Array:
    """Mean over the AUs and seeds of each repetition of a protocol that repeats whole splits."""
    of = METRICS[metric].of
    parts = _splits(protocol)
    scores = np.array([[of(_of_folds(run, names)).mean() for names in parts] for run in runs])
    means: Array = scores.mean(axis=0)
    return means


def _splits(protocol: Protocol) -> list[set[str]]:
    """The names of the folds of each repetition: a new one begins where a person comes again."""
    parts: list[set[str]] = []
    tested: set[str] = set()
    for fold in protocol.folds:
        if not parts or tested & set(fold.test):
            parts.append(set())
            tested = set()
        parts[-1].add(fold.name)
        tested |= set(fold.test)
    return parts


def _of_folds(run: GroupedMoments, names: set[str]) -> Moments:
    """(K, A) moments of some folds together."""
    held = [fold in names for fold, _, _ in run.groups]
    return Moments(run.moments.values[:, held].sum(axis=1))


def _by_name(run: GroupedMoments) -> Moments:
    """(K, S, A) moments of each person, in the order of their names."""
    names, people = run.by("subject")
    return Moments(people.values[:, np.argsort(names)])
