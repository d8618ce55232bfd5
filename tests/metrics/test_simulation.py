"""The referee is right at its rate, on people drawn at random (`support.random_people`).

The full-size simulation is `benchmarks/bench_coverage.py`. Bounds allow for twice the standard
error of as many trials.
"""

from __future__ import annotations

import numpy as np
import pytest

from aubench.metrics import METRICS, Moments
from aubench.metrics.best import against_best
from aubench.metrics.groups import GroupedMoments
from support import random_people as people
from support.simulated import (
    Equals,
    coverage,
    error,
    false_difference,
    false_worse,
    systems,
)

PEOPLE = (9, 27, 41)


def test_the_truth_is_that_of_many_people() -> None:
    rng = np.random.default_rng(0)
    frames = people.counts(rng, 4000, "moderate")
    for drawn, truth, names in (
        (people.predicted(rng, frames), people.predicted_truth(), ("icc", "mse", "pcc", "ccc")),
        (people.called(rng, frames), people.called_truth(), ("f1", "acc")),
    ):
        for name in names:
            of = METRICS[name].of
            np.testing.assert_allclose(of(drawn.sum()), of(truth), atol=0.03)


@pytest.mark.slow
def test_intervals_of_the_mean_cover_at_their_rate() -> None:
    trials = 150
    found = {(k, n): coverage(k, n, trials) for k in people.KINDS for n in PEOPLE}
    rates = [rate for each in found.values() for rate in each.values()]
    assert len(rates) == 4 * 3 * 5
    assert min(rates) >= 0.90 - error(0.90, trials), found
    assert 0.93 <= np.mean(rates) <= 0.97, found


@pytest.mark.parametrize("count", PEOPLE)
def test_equal_systems_are_called_different_at_the_rate_of_the_test(count: int) -> None:
    trials = 150
    assert false_difference(Equals("strong", count), trials) <= 0.05 + error(0.05, trials)


@pytest.mark.slow
@pytest.mark.parametrize("count", PEOPLE)
def test_equal_systems_are_seldom_called_worse_however_many(count: int) -> None:
    trials = 80
    found = false_worse(Equals("moderate", count), trials)
    assert max(found) <= 0.06 + error(0.06, trials), found
    assert np.mean(found) <= 0.06 + error(0.06, trials) / 2, found


@pytest.mark.slow
@pytest.mark.parametrize("count", PEOPLE)
@pytest.mark.parametrize("seeds", [2, 5])
def test_seeds_that_differ_make_no_difference_of_methods(seeds: int, count: int) -> None:
    """One run each is called different in half of these trials."""
    trials = 150
    found = false_difference(Equals("moderate", count, seeds=seeds, spread=0.06), trials)
    assert found <= 0.06 + error(0.06, trials)


@pytest.mark.slow
def test_seeds_that_differ_make_no_method_of_a_table_worse() -> None:
    trials = 80
    found = false_worse(Equals("moderate", 9, seeds=3, spread=0.06), trials, (2, 10))
    assert max(found) <= 0.06 + error(0.06, trials), found


@pytest.mark.parametrize("count", PEOPLE)
@pytest.mark.parametrize("metric", ["icc", "mse"])
def test_copies_of_a_poor_row_change_nothing(count: int, metric: str) -> None:
    rng = np.random.default_rng(count)
    frames = people.counts(rng, count, "moderate")
    best, near = systems(rng, frames, [0.9, 0.8])
    values = best.moments.values.copy()  # as `mean` predicts: the same everywhere
    n, mean = values[0], values[2].sum(axis=0) / values[0].sum(axis=0)
    values[3], values[5], values[6] = n * mean, n * mean**2, values[2] * mean
    poor = GroupedMoments(best.groups, Moments(values))
    alone = against_best([[best], [near], [poor]], metric)
    many = against_best([[best], [near], *[[poor]] * 20], metric)
    assert alone.best == 0
    assert alone.tied[2] is False
    assert many.tied[2:] == (False,) * 20
    np.testing.assert_array_equal(alone.p, many.p[:3])
    np.testing.assert_array_equal(alone.detectable, many.detectable[:3])


def test_about_the_smallest_detectable_difference_is_called() -> None:
    """Squared errors that are larger by the same on everybody change the mean, not the scatter."""
    rng = np.random.default_rng(1)
    a, b = systems(rng, people.counts(rng, 27, "moderate"), [0.6, 0.6])
    found = against_best([[a], [b]], "mse")
    gap = found.means.max() - found.means.min()
    for more, tied in ((0.97, True), (1.03, False)):
        values = (b if found.best == 0 else a).moments.values.copy()
        values[5] += (more * np.nanmin(found.detectable) - gap) * values[0]
        worse = GroupedMoments(a.groups, Moments(values))
        best = a if found.best == 0 else b
        assert against_best([[best], [worse]], "mse").tied == (True, tied)
