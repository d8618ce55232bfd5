"""Scores against printed tables, other libraries, definitions and properties."""

from __future__ import annotations

import itertools
import subprocess
import sys
import warnings
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import scipy.stats
import sklearn.metrics
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from aubench.metrics import METRICS, Moments, grouped, icc31, mean_icc, metrics_for, moments
from aubench.metrics.groups import GroupedMoments, MomentTable, from_table, to_table
from aubench.metrics.moments import BINS
from aubench.metrics.scores import auc_error

SHROUT_FLEISS = [
    [9, 2, 5, 8],
    [6, 1, 3, 2],
    [8, 4, 6, 8],
    [7, 1, 2, 6],
    [10, 5, 6, 9],
    [6, 2, 4, 7],
]


def score(name: str, y: np.ndarray, p: np.ndarray) -> np.ndarray:
    occurrence = METRICS[name].task == "occurrence"
    return METRICS[name].of(moments(y, p, occurrence=occurrence))


def one(name: str, y: object, p: object) -> float:
    columns = [np.asarray(side, dtype=float)[:, None] for side in (y, p)]
    return float(score(name, *columns)[0])


def ratings(seed: int, n: int = 200, width: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 6, (n, width)).astype(float)
    return y, 0.6 * y + rng.normal(0.4, 0.8, y.shape)


# Printed values and other libraries


def test_shrout_and_fleiss_table_2() -> None:
    assert icc31(SHROUT_FLEISS) == pytest.approx(float(Fraction(920, 1287)), abs=1e-15)


@pytest.mark.parametrize("seed", range(3))
def test_icc_is_pingouins(seed: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pingouin

        y, p = ratings(seed)
        for column in range(y.shape[1]):
            long = pd.DataFrame(
                {
                    "frame": np.tile(np.arange(len(y)), 2),
                    "rater": np.repeat(["coder", "method"], len(y)),
                    "value": np.concatenate([y[:, column], p[:, column]]),
                }
            )
            table = pingouin.intraclass_corr(
                long, targets="frame", raters="rater", ratings="value"
            ).set_index("Type")
            row = "ICC3" if "ICC3" in table.index else "ICC(C,1)"
            theirs = float(table.loc[row, "ICC"])
            assert score("icc", y, p)[column] == pytest.approx(theirs, abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_two_rater_form_is_the_general_one(seed: int) -> None:
    y, p = ratings(seed, width=1)
    assert score("icc", y, p)[0] == pytest.approx(icc31(np.hstack([y, p])), abs=1e-12)


def test_errors_by_hand() -> None:
    y, p = [0, 1, 2, 5], [1, 1, 0, 4.5]
    assert one("mse", y, p) == (1 + 0 + 4 + 0.25) / 4
    assert one("rmse", y, p) == pytest.approx(np.sqrt(5.25 / 4), abs=1e-15)
    assert one("mae", y, p) == (1 + 0 + 2 + 0.5) / 4


def test_correlations() -> None:
    y, p = ratings(7)
    for column in range(3):
        theirs = scipy.stats.pearsonr(y[:, column], p[:, column]).statistic
        assert score("pcc", y, p)[column] == pytest.approx(theirs, abs=1e-12)
        a, b = y[:, column], p[:, column]  # Lin 1989, equation 2
        lin = 2 * np.cov(a, b, ddof=0)[0, 1] / (a.var() + b.var() + (a.mean() - b.mean()) ** 2)
        assert score("ccc", y, p)[column] == pytest.approx(lin, abs=1e-12)


def test_occurrence_is_scikit_learns() -> None:
    rng = np.random.default_rng(3)
    y = rng.integers(0, 2, (500, 4)).astype(float)
    p = (0.3 * y + rng.random(y.shape) * 0.7).clip(0, 1)
    y[::7, 0] = np.nan
    m = moments(y, p, occurrence=True)
    for column in range(4):
        kept = ~np.isnan(y[:, column])
        a, b = y[kept, column], p[kept, column]
        assert METRICS["f1"].of(m)[column] == pytest.approx(sklearn.metrics.f1_score(a, b >= 0.5))
        assert METRICS["acc"].of(m)[column] == pytest.approx(
            sklearn.metrics.accuracy_score(a, b >= 0.5)
        )
        exact = sklearn.metrics.roc_auc_score(a, b)
        assert abs(METRICS["auc"].of(m)[column] - exact) <= auc_error(m)[column] <= 0.005


@pytest.mark.parametrize("spread", [0.3, 1, 5, 10, 20])
@pytest.mark.parametrize("bias", [-1.5, 0])
def test_auc_is_exact_to_a_thousandth_for_any_confidence(spread: float, bias: float) -> None:
    """Against scikit-learn; ``spread`` is the standard deviation of the logits."""
    rng = np.random.default_rng(0)
    y = (rng.random((60_000, 3)) < 0.1).astype(float)
    logits = spread * (rng.normal(size=y.shape) + y * [0.3, 1, 2.5] + bias)
    p = (1 / (1 + np.exp(-logits))).astype(np.float32)
    found = METRICS["auc"].of(moments(y, p, occurrence=True))
    exact = [sklearn.metrics.roc_auc_score(y[:, k], p[:, k]) for k in range(3)]
    np.testing.assert_allclose(found, exact, rtol=0, atol=1e-3)


def test_auc_is_exact_for_scores_in_bins_of_their_own() -> None:
    y, p = [0, 1, 0, 1, 1, 0], [0.0, 0.2, 0.2, 0.7, 1.0, 0.9]
    assert one("auc", y, p) == sklearn.metrics.roc_auc_score(y, p)


@pytest.mark.parametrize("crowd", [1e-6, 1e-3, 0.5, 0.999999])
def test_auc_bound_holds_for_crowded_scores(crowd: float) -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, (2000, 1)).astype(float)
    p = (crowd + rng.normal(0, 0.01, y.shape) * y).clip(0, 1)
    m = moments(y, p, occurrence=True)
    exact = sklearn.metrics.roc_auc_score(y[:, 0], p[:, 0])
    assert abs(METRICS["auc"].of(m)[0] - exact) <= auc_error(m)[0] + 1e-15


# Edges


def test_one_side_constant_is_zero_both_undefined() -> None:
    varied, flat = np.arange(6.0), np.full(6, 0.1)
    assert one("icc", varied, flat) == 0.0 == one("icc", flat, varied)
    assert one("ccc", varied, flat) == 0.0
    assert np.isnan(one("pcc", varied, flat))
    for name in ("icc", "pcc", "ccc"):
        assert np.isnan(one(name, flat, flat + 1))
    assert one("mse", flat, flat + 1) == pytest.approx(1)


@pytest.mark.parametrize("constant", [0.1, 1 / 3, 4.999, 1e-8, 1e6])
def test_a_constant_over_many_chunks_is_still_constant(constant: float) -> None:
    y = np.random.default_rng(0).integers(0, 6, (200_000, 1)).astype(float)
    p = np.full(y.shape, constant, dtype=np.float32)
    assert score("icc", y, p)[0] == 0.0
    parts = [moments(y[i : i + 100], p[i : i + 100]) for i in range(0, len(y), 100)]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    assert METRICS["icc"].of(total)[0] == 0.0


def test_a_faint_spread_is_not_a_constant() -> None:
    y = np.array([0, 1, 2, 3, 4, 5.0])
    p = 3 + 1e-3 * y
    assert one("pcc", y, p) == pytest.approx(1, abs=1e-6)
    assert 0 < one("icc", y, p) < 0.01


def test_no_frames_and_one_frame_are_undefined() -> None:
    for name in metrics_for("intensity"):
        assert np.isnan(score(name, np.full((3, 1), np.nan), np.ones((3, 1))))
    assert np.isnan(one("icc", [2.0], [3.0]))
    for name in metrics_for("occurrence"):
        assert np.isnan(score(name, np.full((3, 1), np.nan), np.ones((3, 1))))


def test_missing_labels_are_masked_per_au_and_counted() -> None:
    y, p = ratings(1)
    y[:50, 1] = np.nan
    p[190:, 2] = np.nan
    m = moments(y, p)
    assert m["missing"].tolist() == [0, 50, 10]
    assert m["n"].tolist() == [200, 150, 190]
    clean = moments(y[50:, 1:2], p[50:, 1:2])
    np.testing.assert_allclose(m.values[2:, 1], clean.values[2:, 0], rtol=1e-13)


def test_f1_of_an_au_that_nobody_shows() -> None:
    never, called = np.zeros(4), np.array([0, 0, 0, 0.9])
    assert np.isnan(one("f1", never, never))
    assert one("f1", never, called) == 0
    assert np.isnan(one("auc", never, called))


def test_the_epoch_is_chosen_over_the_aus_whose_labels_vary_whatever_is_predicted() -> None:
    """The second AU has one label. The first, predicted as a constant, counts as 0."""
    y, p = ratings(2)
    y[:, 1] = 0
    varied = score("icc", y, p)[[0, 2]]
    assert mean_icc(y, p) == pytest.approx(varied.mean())
    p[:, 1] = 0
    assert mean_icc(y, p) == pytest.approx(varied.mean())
    p[:, 0] = 3
    assert mean_icc(y, p) == pytest.approx(varied[1] / 2)
    assert np.isnan(mean_icc(np.zeros((5, 2)), np.arange(10.0).reshape(5, 2)))


def test_a_prediction_that_is_not_finite_leaves_no_score_to_choose_by() -> None:
    y, p = ratings(2)
    y[0, 0] = p[0, 0] = np.nan  # not coded: what is predicted there does not count
    assert np.isfinite(mean_icc(y, p))
    p[1, 0] = np.nan
    assert np.isnan(mean_icc(y, p))


# Properties

sides = arrays(np.float64, st.integers(2, 40), elements=st.floats(-10, 10, width=16))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    y = draw(sides)
    return y, draw(arrays(np.float64, len(y), elements=st.floats(-10, 10, width=16)))


@given(pairs())
def test_icc_is_symmetric(pair: tuple[np.ndarray, np.ndarray]) -> None:
    np.testing.assert_array_equal(one("icc", *pair), one("icc", *pair[::-1]))


@given(pairs(), st.integers(-20, 20))
def test_icc_ignores_an_offset(pair: tuple[np.ndarray, np.ndarray], offset: int) -> None:
    y, p = pair
    if min(y.std(), p.std()) > 1e-2:
        assert one("icc", y, p + offset) == pytest.approx(one("icc", y, p), abs=1e-6)


@given(sides)
def test_icc_of_a_copy_is_one(y: np.ndarray) -> None:
    if y.std() > 1e-3:
        assert one("icc", y, y) == 1.0


@given(sides, st.floats(-10, 10))
def test_icc_of_a_constant_is_zero(y: np.ndarray, constant: float) -> None:
    if y.std() > 1e-3:
        assert one("icc", y, np.full_like(y, constant)) == 0.0


@given(pairs())
def test_icc_is_between_minus_one_and_one_and_below_pcc(pair: tuple) -> None:
    icc, pcc, ccc = (one(name, *pair) for name in ("icc", "pcc", "ccc"))
    if not np.isnan(pcc):
        assert abs(ccc) <= abs(icc) + 1e-9 <= abs(pcc) + 2e-9 <= 1 + 3e-9


# Additivity


def big(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 6, (20_000, 5)).astype(np.float32)
    y[rng.random(y.shape) < 0.05] = np.nan
    p = rng.normal(2, 1, y.shape).astype(np.float32)
    return y, p, rng.integers(0, 9, len(y))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 20_000), max_size=12), st.booleans())
def test_chunks_of_any_size_add_up(cuts: list[int], occurrence: bool) -> None:
    y, p, groups = big()
    if occurrence:
        y, p = np.where(np.isnan(y), y, y >= 2), p.clip(0, 1)
    whole = grouped(y, p, groups, 9, occurrence=occurrence)
    edges = [0, *sorted(cuts), len(y)]
    total = Moments(np.zeros_like(whole.values))
    for start, stop in itertools.pairwise(edges):
        rows = slice(start, stop)
        total = total + grouped(y[rows], p[rows], groups[rows], 9, occurrence=occurrence)
    np.testing.assert_allclose(total.values, whole.values, rtol=1e-12, atol=1e-12)


def part(rows: range) -> Moments:
    y, p, groups = big()
    index = np.asarray(rows)
    return grouped(y[index], p[index], groups[index], 9)


def test_eight_processes_add_up() -> None:
    whole = part(range(20_000))
    with ProcessPoolExecutor(8) as pool:
        total = sum(
            pool.map(part, [range(i, 20_000, 8) for i in range(8)]),
            start=Moments(np.zeros_like(whole.values)),
        )
    np.testing.assert_allclose(total.values, whole.values, rtol=1e-12, atol=1e-12)
    for name in metrics_for("intensity"):
        np.testing.assert_allclose(
            METRICS[name].of(total), METRICS[name].of(whole), rtol=0, atol=1e-12
        )


def test_order_of_rows_does_not_matter() -> None:
    y, p, groups = big()
    order = np.random.default_rng(1).permutation(len(y))
    np.testing.assert_allclose(
        grouped(y[order], p[order], groups[order], 9).values,
        grouped(y, p, groups, 9).values,
        rtol=1e-12,
    )


# Groups


@pytest.mark.parametrize("occurrence", [False, True])
def test_groups_pool_split_and_survive_a_record(occurrence: bool) -> None:
    rng = np.random.default_rng(5)
    y, p = rng.integers(0, 2, (60, 2)).astype(float), rng.random((60, 2))
    codes = np.repeat(np.arange(4), 15)
    names = (("0", "c/a", 6), ("0", "c/b", 6), ("1", "c/a", 6), ("1", "c/b", 7))
    whole = GroupedMoments(names, grouped(y, p, codes, 4, occurrence=occurrence))
    everything = moments(y, p, occurrence=occurrence)
    np.testing.assert_allclose(whole.pooled().values, everything.values, rtol=1e-12)
    folds, by_fold = whole.by("fold")
    assert folds == ("0", "1")
    first = moments(y[:30], p[:30], occurrence=occurrence)
    np.testing.assert_allclose(by_fold.values[:, 0], first.values, rtol=1e-12)
    assert whole.by("view")[0] == ("6", "7")
    twice = whole + whole
    assert twice.groups == names
    np.testing.assert_array_equal(twice.moments.values, 2 * whole.moments.values)
    table = MomentTable.model_validate_json(to_table(whole).model_dump_json())
    back = from_table(table)
    assert back.groups == names
    np.testing.assert_array_equal(back.moments.values, whole.moments.values)
    assert (table.histogram is not None) == occurrence


def test_histogram_holds_every_frame() -> None:
    y = np.array([[0.0], [1], [1], [np.nan]])
    m = moments(y, np.array([[0.0], [1.0], [-3.0], [0.5]]), occurrence=True)
    assert m.histogram.shape == (2, BINS, 1)
    assert m.histogram.sum(axis=(1, 2)).tolist() == [2, 1]


def test_metrics_import_light() -> None:
    code = (
        "import sys, aubench.metrics; print([m for m in ('torch', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
