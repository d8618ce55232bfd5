"""Performances of synthetic faces: how often, how strongly and how smoothly the units show."""

from functools import cache

import numpy as np
import pytest

from aubench.corpora.disfa import facts
from aubench.synthetic.dynamics import FRAMES, RATE, Performance, perform
from aubench.synthetic.face.expression import AUS

CROWD = range(12)


@cache
def performances() -> tuple[Performance, ...]:
    return tuple(perform(seed) for seed in CROWD)


def labels(au: int) -> np.ndarray:
    """(people, frames) of one AU."""
    return np.stack([r.labels[:, AUS.index(au)] for r in performances()])


def test_a_performance_is_as_long_as_disfas_recordings() -> None:
    assert (FRAMES, RATE) == (facts.FRAMES, 20)
    assert performances()[0].intensities.shape == (4845, 17)


@pytest.mark.parametrize("au", facts.AUS)
def test_most_frames_show_nothing_of_a_unit(au: int) -> None:
    low = 0.5 if au == 25 else 0.7  # lips are parted in 35 % of DISFA's frames
    assert low <= (labels(au) == 0).mean() <= 0.96


@pytest.mark.parametrize("au", facts.AUS)
def test_nearly_everybody_shows_every_unit_and_most_show_it_strongly(au: int) -> None:
    shown = labels(au).max(axis=1)
    assert (shown >= 1).mean() > 0.9
    assert (shown >= 3).mean() > 0.75
    assert set(np.unique(labels(au))) == {0, 1, 2, 3, 4, 5}


@pytest.mark.parametrize(("unit", "company"), [(6, 12), (26, 25), (2, 1), (17, 15)])
def test_units_keep_company(unit: int, company: int) -> None:
    with_it, alone = labels(unit)[labels(company) >= 2], labels(unit)[labels(company) == 0]
    assert (with_it > 0).mean() > 2 * (alone > 0).mean()


def test_labels_are_the_intensities_rounded_with_a_little_error() -> None:
    truth = np.concatenate([r.intensities for r in performances()])
    found = np.concatenate([r.labels for r in performances()])
    assert found.dtype.kind == "i"
    assert found.min() == 0
    assert found.max() == 5
    assert np.abs(found - truth).mean() < 0.15
    assert np.abs(found - truth).max() < 2
    assert 0.005 < (found != np.rint(truth)).mean() < 0.1


def test_expressions_come_and_go_over_several_frames() -> None:
    for r in performances():
        steps = np.abs(np.diff(r.intensities, axis=0))
        # the fastest onset, 5 units in 0.3 s, rises at most 1.5 times its mean speed
        assert steps.max() < 1.5 * 5 / (0.3 * RATE) * 1.3
        assert np.abs(np.diff(r.turn, axis=0)).max() < 4  # degrees per frame


def test_a_seed_is_a_performance() -> None:
    np.testing.assert_array_equal(perform(3).intensities, perform(3).intensities)
    assert (perform(3).labels != perform(4).labels).any()
