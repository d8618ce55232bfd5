"""Scoring against definitions, and the mistakes that it must catch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.stats
import sklearn.metrics

from aubench.errors import AubenchError
from aubench.evaluation.breakdown import breakdown, by_level
from aubench.evaluation.scoring import Scored, compute_scores, score
from aubench.metrics.groups import from_table
from support import small_corpus as small


def scored(
    values: np.ndarray | None = None, labels: np.ndarray | None = None, **options: object
) -> Scored:
    protocol = options.pop("protocol", small.PROTOCOL)
    labels = small.labels() if labels is None else labels
    aus = options.pop("aus", small.AUS)
    return score(small.table(values), small.index(), labels, aus, protocol, **options)


def test_scores_of_each_variant_by_definition() -> None:
    y, p = small.labels(), small.predicted(spread=2)
    result = scored(p)
    for variant, change in {
        "raw": lambda x: x,
        "clamped": lambda x: np.clip(x, 0, 5),
        "rounded": lambda x: np.rint(np.clip(x, 0, 5)),
    }.items():
        q = change(p).astype(float)
        found = result.scores[variant]
        assert found["mse"].values == pytest.approx(((y - q) ** 2).mean(axis=0))
        assert found["mae"].values == pytest.approx(np.abs(y - q).mean(axis=0))
        assert found["rmse"].values == pytest.approx(np.sqrt(((y - q) ** 2).mean(axis=0)))
        both = [np.cov(y[:, a], q[:, a]) for a in range(3)]
        icc = [2 * c[0, 1] / (c[0, 0] + c[1, 1]) for c in both]
        assert found["icc"].values == pytest.approx(icc)
        assert found["icc"].mean == pytest.approx(np.mean(icc))
        pcc = [scipy.stats.pearsonr(y[:, a], q[:, a]).statistic for a in range(3)]
        assert found["pcc"].values == pytest.approx(pcc)
        low, high = found["icc"].mean_interval
        assert low < found["icc"].mean < high
    assert result.coverage.expected == result.coverage.predicted == 120
    assert result.problems == ()


def test_pooled_is_not_the_mean_of_folds() -> None:
    """Each fold's constant is ICC 0 by itself, and not exactly 0 pooled."""
    constant = np.where(np.arange(120)[:, None] < 60, 1.0, 2.0).astype(np.float32)
    result = scored(np.repeat(constant, 3, axis=1))
    parts = from_table(result.moments["raw"])
    assert np.array_equal(breakdown(parts, "fold", "icc")["a"], np.zeros(3))
    assert all(0 < abs(value) < 0.2 for value in result.scores["raw"]["icc"].values)


def test_occurrence_by_scikit_learn() -> None:
    rng = np.random.default_rng(4)
    y = small.labels() >= 2
    p = (0.4 * y + 0.6 * rng.random(y.shape)).astype(np.float32)
    result = scored(p, protocol=small.OCCURRENCE)
    assert list(result.scores) == ["raw"]
    found = result.scores["raw"]
    for au in range(3):
        called = p[:, au] >= 0.5
        assert found["f1"].values[au] == pytest.approx(sklearn.metrics.f1_score(y[:, au], called))
        assert found["acc"].values[au] == pytest.approx((y[:, au] == called).mean())
        exact = sklearn.metrics.roc_auc_score(y[:, au], p[:, au])
        assert found["auc"].values[au] == pytest.approx(exact, abs=0.005)
    assert result.levels is None


def test_missing_labels_are_masked_counted_and_can_leave_an_au_undefined() -> None:
    labels = small.labels()
    labels[:10, 0] = np.nan
    labels[:, 2] = np.nan
    result = scored(labels=labels)
    assert result.coverage.labels_missing == {"AU01": 10, "AU12": 120}
    icc = result.scores["raw"]["icc"]
    assert icc.values[2] is None and icc.intervals[2] is None
    assert icc.values[0] is not None
    assert icc.mean is None and icc.mean_interval is None
    kept = slice(10, None)
    by_hand = np.abs(labels - small.predicted())[kept, 0].mean()
    assert result.scores["raw"]["mae"].values[0] == pytest.approx(by_hand)


@pytest.mark.parametrize("wrong", [9, 7, -1, 5.5])
def test_a_label_that_is_not_one(wrong: float) -> None:
    labels = small.labels()
    labels[33, 1] = wrong
    with pytest.raises(AubenchError, match=r"disfa/SN002 left view 0 frame 4 leave 0–5"):
        scored(labels=labels)


def test_an_intensity_read_as_occurrence() -> None:
    protocol = replace(small.OCCURRENCE, threshold=None)
    with pytest.raises(AubenchError, match="leave 0–1"):
        scored(np.zeros((120, 3), dtype=np.float32), protocol=protocol)


def test_label_columns_are_found_by_number() -> None:
    order = [2, 0, 1]
    shuffled = scored(labels=small.labels()[:, order], aus=tuple(small.AUS[i] for i in order))
    assert shuffled == scored()


def test_au_without_labels() -> None:
    with pytest.raises(AubenchError, match="no labels for AU12"):
        scored(labels=small.labels()[:, :2], aus=small.AUS[:2])


def test_pack_of_other_subjects() -> None:
    index = small.index().assign(subject="bp4d/F001")
    with pytest.raises(AubenchError, match="no frame that small tests"):
        score(small.table(), index, small.labels(), small.AUS, small.PROTOCOL)


def test_partial_result_says_so() -> None:
    table = small.table()
    table.loc[5:6, "AU06"] = np.nan
    result = score(
        table.drop(index=[0, 1, 2]),
        small.index(),
        small.labels(),
        small.AUS,
        small.PROTOCOL,
        allow_partial=True,
    )
    assert result.coverage.predicted == 117
    assert result.coverage.predictions_missing == {"AU01": 3, "AU06": 5, "AU12": 3}
    assert result.problems == (
        "3 of 120 test frames not predicted",
        "frames without a prediction: AU01 3, AU06 5, AU12 3",
    )


def test_breakdowns_by_definition() -> None:
    y, p = small.labels(), small.predicted()
    parts = from_table(scored().moments["raw"])
    by_subject = breakdown(parts, "subject", "mae")
    assert list(by_subject) == list(small.SUBJECTS)
    np.testing.assert_allclose(
        by_subject["disfa/SN003"], np.abs(y - p)[60:90].mean(axis=0), rtol=1e-6
    )
    by_fold = breakdown(parts, "fold", "mae")
    np.testing.assert_allclose(by_fold["b"], np.abs(y - p)[60:].mean(axis=0), rtol=1e-6)
    assert list(breakdown(parts, "view", "mae")) == ["0"]


def test_error_of_each_level_by_definition() -> None:
    y, p = small.labels(), small.predicted()
    y[4, 0] = np.nan
    m = by_level(y, p)
    for level in range(6):
        for au in range(3):
            rows = y[:, au] == level
            assert m["n"][level, au] == rows.sum()
            error = np.abs(y[rows, au].astype(float) - p[rows, au])
            assert m["abs"][level, au] / rows.sum() == pytest.approx(error.mean())


def test_scores_come_back_from_the_moments_in_a_record() -> None:
    result = scored()
    for variant, table in result.moments.items():
        assert compute_scores(from_table(table), "intensity") == result.scores[variant]
