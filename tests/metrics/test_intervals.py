"""Subject-cluster intervals: reproducible, and right at their rate where frames alone are not."""

from __future__ import annotations

import numpy as np
import pytest

from aubench.metrics import METRICS, Moments, grouped, metrics_for
from aubench.metrics.intervals import intervals, resample, tail, weighted


def subjects(seed: int = 0, count: int = 9, frames: int = 40, width: int = 3) -> Moments:
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 6, (count * frames, width)).astype(float)
    p = 0.5 * y + rng.normal(size=y.shape) + np.repeat(rng.normal(size=(count, width)), frames, 0)
    return grouped(y, p, np.repeat(np.arange(count), frames), count)


def test_same_seed_same_interval() -> None:
    m = subjects()
    first, again, other = (intervals(m, ["icc"], seed=s)["icc"] for s in (1, 1, 2))
    np.testing.assert_array_equal(first.aus, again.aus)
    assert not np.array_equal(first.aus, other.aus)
    np.testing.assert_allclose(first.aus, other.aus, atol=0.03)


def test_draws_are_multinomial() -> None:
    drawn = resample(27, 10_000, 0)
    assert drawn.shape == (10_000, 27)
    assert (drawn.sum(axis=1) == 27).all()
    assert drawn.mean(axis=0) == pytest.approx(np.ones(27), abs=0.05)
    assert drawn.var(axis=0) == pytest.approx(np.full(27, 26 / 27), abs=0.1)


def test_a_draw_is_the_pooled_moments_of_its_subjects() -> None:
    m = subjects()
    weights = resample(9, 5, 3)
    (pooled,) = weighted(m, weights)
    for draw in range(5):
        rows = np.repeat(np.arange(9), weights[draw].astype(int))
        by_hand = Moments(m.values[:, rows]).sum()
        np.testing.assert_allclose(pooled.values[..., draw], by_hand.values, rtol=1e-12)


def test_every_metric_has_an_interval_around_its_value() -> None:
    m = subjects()
    found = intervals(m, metrics_for("intensity"), resamples=2000)
    for name, interval in found.items():
        value = METRICS[name].of(m.sum())
        assert (interval.aus[:, 0] <= value).all() and (value <= interval.aus[:, 1]).all()
        low, high = interval.mean
        assert low <= value.mean() <= high
        assert high - low < (interval.aus[:, 1] - interval.aus[:, 0]).max()


def test_occurrence_intervals() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, (400, 2)).astype(float)
    p = (0.4 * y + 0.6 * rng.random(y.shape)).clip(0, 1)
    m = grouped(y, p, np.repeat(np.arange(8), 50), 8, occurrence=True)
    for name, interval in intervals(m, metrics_for("occurrence"), resamples=1000).items():
        value = METRICS[name].of(m.sum())
        assert (interval.aus[:, 0] < value).all() and (value < interval.aus[:, 1]).all()


def test_one_subject_has_no_interval() -> None:
    found = intervals(subjects(count=1), ["icc"])["icc"]
    assert np.isnan(found.aus).all() and np.isnan(found.mean).all()


def test_a_metric_that_most_draws_leave_undefined_has_no_interval() -> None:
    y = np.zeros((40, 1))
    y[0] = 1
    p = y.copy()  # only one subject of four shows the AU: a third of the draws see none
    m = grouped(y, p, np.repeat(np.arange(4), 10), 4)
    assert METRICS["icc"].of(m.sum())[0] == 1
    assert np.isnan(intervals(m, ["icc"])["icc"].aus).all()


def test_tails_reach_further_with_few_subjects() -> None:
    """Against t and normal tables: t(26) at 0.025 is -2.056, times sqrt(27/26) is -2.095."""
    assert tail(27) == pytest.approx(0.0181, abs=1e-4)
    assert tail(100_000) == pytest.approx(0.025, abs=1e-5)


def coverage(by_subject: bool, trials: int = 600) -> float:
    """How often a 95 % interval holds the ICC of the whole population, with a subject effect.

    Labels and predictions share a subject's level, and each has one of its own: the population's
    ICC is 2·cov / (var + var) = 2·1 / (2.75 + 2.75).
    """
    truth = 2 * 1 / (2.75 + 2.75)
    hits, count, frames = 0, 27, 50
    for trial in range(trials):
        rng = np.random.default_rng(trial)
        shared = rng.normal(size=count)
        sides = [shared + rng.normal(size=count) for _ in range(2)]
        y, p = (
            np.repeat(side, frames)[:, None] + rng.normal(0, np.sqrt(0.75), (count * frames, 1))
            for side in sides
        )
        groups = np.repeat(np.arange(count), frames) if by_subject else np.arange(count * frames)
        m = grouped(y, p, groups, groups[-1] + 1)
        low, high = intervals(m, ["icc"], resamples=300, seed=trial)["icc"].aus[0]
        hits += low <= truth <= high
    return hits / trials


def test_intervals_cover_the_truth_at_their_rate() -> None:
    assert 0.92 <= coverage(by_subject=True) <= 0.97


def test_a_bootstrap_of_frames_does_not() -> None:
    assert coverage(by_subject=False, trials=60) < 0.6
