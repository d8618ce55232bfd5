"""Intervals over subjects: against the definition, and where there is little to go by."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from aubench.metrics import METRICS, Moments, grouped, metrics_for
from aubench.metrics.intervals import intervals


def subjects(seed: int = 0, count: int = 9, frames: int = 40, width: int = 3) -> Moments:
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 6, (count * frames, width)).astype(float)
    p = 0.5 * y + rng.normal(size=y.shape) + np.repeat(rng.normal(size=(count, width)), frames, 0)
    return grouped(y, p, np.repeat(np.arange(count), frames), count)


def test_the_interval_of_a_mean_of_people_is_students() -> None:
    """With as many frames of everybody, MSE is the mean of the people's own."""
    m = subjects()
    own = METRICS["mse"].of(m)
    found = intervals(m, ["mse"])["mse"]
    for values, interval in ((own[:, 1], found.aus[1]), (own.mean(axis=1), found.mean)):
        spread = scipy.stats.sem(values)
        expected = scipy.stats.t.interval(0.95, 8, loc=values.mean(), scale=spread)
        assert interval == pytest.approx(expected, rel=1e-9)


def test_pseudo_values_by_leaving_people_out() -> None:
    """From the definition, with frames: S·θ − (S − 1)·θ₋ₛ."""
    rng = np.random.default_rng(4)
    y = rng.integers(0, 6, (90, 1)).astype(float)
    p = y + rng.normal(size=y.shape)
    person = np.sort(rng.integers(0, 4, 90))
    whole = np.corrcoef(y[:, 0], p[:, 0])[0, 1]
    left = [np.corrcoef(y[person != s, 0], p[person != s, 0])[0, 1] for s in range(4)]
    values = 4 * whole - 3 * np.array(left)
    scale = scipy.stats.sem(values)
    expected = scipy.stats.t.interval(0.95, 3, loc=values.mean(), scale=scale)
    found = intervals(grouped(y, p, person, 4), ["pcc"])["pcc"]
    assert found.aus[0] == pytest.approx(expected, rel=1e-9)
    assert found.mean == pytest.approx(expected, rel=1e-9)


def test_every_metric_has_an_interval_around_its_value() -> None:
    m = subjects()
    found = intervals(m, metrics_for("intensity"))
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
    for name, interval in intervals(m, metrics_for("occurrence")).items():
        value = METRICS[name].of(m.sum())
        assert (interval.aus[:, 0] < value).all() and (value < interval.aus[:, 1]).all()


def test_one_subject_has_no_interval() -> None:
    found = intervals(subjects(count=1), ["icc"])["icc"]
    assert np.isnan(found.aus).all() and np.isnan(found.mean).all()


def test_people_without_a_frame_do_not_count() -> None:
    m = subjects()
    more = Moments(np.concatenate([m.values, np.zeros_like(m.values[:, :5])], axis=1))
    for name in ("icc", "mse"):
        one, other = (intervals(each, [name])[name] for each in (m, more))
        np.testing.assert_array_equal(one.aus, other.aus)


def test_an_undefined_score_has_no_interval() -> None:
    y, p = np.zeros((40, 2)), np.zeros((40, 2))
    y[::3, 0] = p[::3, 0] = 1  # the second AU is constant on both sides
    found = intervals(grouped(y, p, np.repeat(np.arange(4), 10), 4), ["icc"])["icc"]
    assert np.isfinite(found.aus[0]).all()
    assert np.isnan(found.aus[1]).all() and np.isnan(found.mean).all()


def test_an_au_that_one_person_shows_is_about_that_person() -> None:
    """Without that person the correlation is undefined and counts as 0.

    So the pseudo-values of S = 4 people are 4·1 − 3·0 and three times 4·1 − 3·1.
    """
    y = np.zeros((40, 1))
    y[:5] = 1
    found = intervals(grouped(y, y, np.repeat(np.arange(4), 10), 4), ["pcc", "icc"])
    values = np.array([4.0, 1, 1, 1])
    expected = scipy.stats.t.interval(0.95, 3, loc=values.mean(), scale=scipy.stats.sem(values))
    for interval in found.values():
        assert interval.aus[0] == pytest.approx(expected)
