"""Paired comparison: right on known cases, honest where there is nothing to find."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from aubench.cli.results.compare import command
from aubench.errors import AubenchError
from aubench.evaluation.records import read_record
from aubench.importers.evaluate import Submission, evaluate
from aubench.importers.tools import TOOLS
from aubench.metrics import METRICS, Moments, comparison, grouped
from aubench.metrics.best import against_best
from aubench.metrics.comparison import Comparison, holm
from aubench.metrics.groups import GroupedMoments
from aubench.metrics.moments import INTENSITY
from support import small_corpus as small


def system(
    seed: int, quality: float = 0.5, count: int = 20, frames: int = 50, labels: int = 0
) -> GroupedMoments:
    """Predictions of one system; what it does to each subject is its own."""
    truth, own = np.random.default_rng(labels), np.random.default_rng([labels, seed])
    y = truth.integers(0, 6, (count * frames, 3)).astype(float)
    habit = np.repeat(own.normal(0, 0.5, (count, 3)), frames, axis=0)
    p = quality * y + habit + own.normal(size=y.shape)
    codes = np.repeat(np.arange(count), frames)
    names = tuple(("0", f"disfa/SN{i:03d}", 0) for i in range(count))
    return GroupedMoments(names, grouped(y, p, codes, count))


def compare(a: GroupedMoments, b: GroupedMoments, metric: str) -> Comparison:
    """Two methods of one run each."""
    return comparison.compare([a], [b], metric)


def test_itself_is_not_distinguishable() -> None:
    found = compare(system(1), system(1), "icc")
    assert (found.p == 1).all() and found.mean_p == 1
    assert (found.interval == 0).all()
    assert found.better is None and found.better_at(0) is None


def test_a_clear_difference_in_both_directions() -> None:
    good, poor = system(1, quality=1.0), system(2, quality=0.3)
    for a, b, winner in ((good, poor, "a"), (poor, good, "b")):
        for metric in ("icc", "mse"):  # more is better, less is better
            found = compare(a, b, metric)
            assert found.mean_p < 0.001
            assert found.better == winner
            assert found.better_at(1) == winner
            assert not found.mean_interval[0] <= 0 <= found.mean_interval[1]


def test_values_and_sign() -> None:
    a, b = system(1), system(2)
    found = compare(a, b, "mae")
    np.testing.assert_array_equal(found.a, METRICS["mae"].of(a.pooled()))
    assert (found.interval[:, 0] < found.a - found.b).all()
    assert (found.a - found.b < found.interval[:, 1]).all()
    assert found.subjects == 20


def test_order_of_groups_is_free() -> None:
    a, b = system(1), system(2)
    order = np.random.default_rng(0).permutation(20)
    shuffled = GroupedMoments(
        tuple(b.groups[i] for i in order), Moments(b.moments.values[:, order])
    )
    first, second = compare(a, b, "icc"), compare(a, shuffled, "icc")
    np.testing.assert_array_equal(first.p, second.p)
    np.testing.assert_allclose(first.interval, second.interval, rtol=1e-9)
    again = compare(b, a, "icc")
    np.testing.assert_array_equal(first.p, again.p)
    np.testing.assert_allclose(first.interval, -again.interval[:, ::-1], rtol=1e-9)
    np.testing.assert_allclose(first.ahead, 1 - again.ahead)


def test_few_subjects_are_tested_exactly() -> None:
    """All 2^5 swaps by hand, from the definition."""
    a, b = system(1, count=5), system(2, count=5)
    found = compare(a, b, "mae")
    observed = abs(found.a - found.b)
    far = np.zeros(3)
    for swap in itertools.product((False, True), repeat=5):
        one, two = a.moments.values.copy(), b.moments.values.copy()
        one[:, swap], two[:, swap] = b.moments.values[:, swap], a.moments.values[:, swap]
        of = METRICS["mae"].of
        difference = abs(of(Moments(one).sum()) - of(Moments(two).sum()))
        far += difference >= observed - 1e-12
    assert found.p == pytest.approx(far / 32)


def test_the_interval_holds_what_the_test_does_not_reject() -> None:
    """Predictions moved so that the difference is δ: rejected just outside the interval only.

    A constant added to every squared error of a system moves its MSE by as much on everybody.
    """
    a, b = system(1, count=9), system(2, count=9)
    low, high = compare(a, b, "mse").mean_interval
    for shift, called in ((low - 1e-6, True), (low, False), (high, False), (high + 1e-6, True)):
        values = b.moments.values.copy()
        values[INTENSITY.index("pp")] += shift * values[INTENSITY.index("n")]
        moved = compare(a, GroupedMoments(b.groups, Moments(values)), "mse")
        assert (moved.mean_p < 0.05) is called


def test_interval_and_p_never_contradict_each_other() -> None:
    for seed in range(40):
        for count in (4, 9, 20):
            quality = 0.5 + 0.02 * seed
            found = compare(system(1, quality, count), system(2, 0.5, count), "icc")
            p = np.append(found.p, found.mean_p)
            low, high = np.vstack([found.interval, found.mean_interval]).T
            np.testing.assert_array_equal(p < 0.05, (low > 0) | (high < 0))
            difference = found.a.mean() - found.b.mean()
            assert low[-1] <= difference <= high[-1]
            assert found.detectable == pytest.approx((high[-1] - low[-1]) / 2)


def test_fewer_than_six_people_exclude_nothing() -> None:
    """Of 2⁵ patterns two are as far at least: p is 2 / 32 or more, whatever the difference."""
    five, six = (compare(system(1, 1.0, n), system(2, 0.1, n), "icc") for n in (5, 6))
    assert five.mean_p == 2 / 32
    assert five.mean_interval.tolist() == [-np.inf, np.inf]
    assert six.mean_p == 2 / 64
    assert np.isfinite(six.mean_interval).all()


def test_the_share_of_people_on_whom_a_is_better() -> None:
    """Three of four people have the smaller error with a, by their own mean absolute errors."""
    errors = np.array([1.0, 2.0, 3.0, 4.0])
    y = np.zeros((4, 1))
    names = tuple(("0", f"disfa/SN{i:03d}", 0) for i in range(4))
    a = GroupedMoments(names, grouped(y, errors[:, None], np.arange(4), 4))
    others = errors + np.array([0.5, 0.1, 0.2, -3.0])
    b = GroupedMoments(names, grouped(y, others[:, None], np.arange(4), 4))
    assert compare(a, b, "mae").mean_ahead == 0.75
    assert compare(b, a, "mae").mean_ahead == 0.25
    assert compare(a, a, "mae").ahead.tolist() == [0.5]


def test_holm_by_hand() -> None:
    corrected = holm(np.array([0.01, 0.04, np.nan, 0.03, 0.005]))
    expected = [0.03, 0.06, np.nan, 0.06, 0.02]  # 4 × .005, 3 × .01, 2 × .03, then its maximum
    np.testing.assert_allclose(corrected, expected)
    assert holm(np.array([0.9, 0.8])).tolist() == [1, 1]
    assert np.isnan(holm(np.array([np.nan]))).all()


def test_an_undefined_au_has_no_test_and_withholds_the_mean() -> None:
    a, b = system(1), system(2)
    values = [m.moments.values.copy() for m in (a, b)]
    for each in values:
        each[:, :, 2] = 0
    a, b = (GroupedMoments(a.groups, Moments(each)) for each in values)
    found = compare(a, b, "icc")
    assert np.isnan(found.p[2]) and np.isnan(found.holm[2]) and np.isnan(found.mean_p)
    assert found.better is None and found.better_at(2) is None
    assert not np.isnan(found.p[:2]).any()


def test_results_without_a_frame_have_no_test() -> None:
    nothing = GroupedMoments(system(1).groups, Moments(np.zeros((8, 20, 3))))
    found = compare(nothing, nothing, "icc")
    assert np.isnan(found.p).all() and np.isnan(found.mean_p) and np.isnan(found.mean_ahead)


def test_other_people_or_other_labels_are_not_compared() -> None:
    a = system(1)
    with pytest.raises(AubenchError, match="disfa/SN019 was scored in one only"):
        compare(a, system(2, count=19), "icc")
    with pytest.raises(AubenchError, match="the scored labels of disfa/SN000 differ"):
        compare(a, system(2, labels=1), "icc")
    with pytest.raises(AubenchError, match="the scored labels of disfa/SN000 differ"):
        compare(a, system(2, frames=49), "icc")


def test_ties_with_the_best_row() -> None:
    best, equal, poor = system(1, quality=0.8), system(2, quality=0.8), system(3, quality=0.2)
    other = system(4, quality=0.2, labels=1)
    rows = ([poor], [best], [equal], [other])
    assert against_best(rows, "icc").tied == (False, True, True, None)
    assert against_best(rows, "mae").tied[0] is False
    assert against_best([[poor]], "icc").tied == (True,)
    nothing = GroupedMoments(poor.groups, Moments(np.zeros_like(poor.moments.values)))
    assert against_best([[nothing], [poor]], "icc").tied == (None, True)
    assert against_best([[nothing]], "icc").tied == (None,)


# The command


def kept(tmp_path: Path, name: str, values: np.ndarray, pack: object = None) -> Path:
    path = tmp_path / f"{name}.parquet"
    small.table(values.astype(np.float32)).to_parquet(path)
    submission = Submission(path, TOOLS["parquet"], name)
    return evaluate(submission, small.PROTOCOL, pack or small.pack(), tmp_path / "runs")[1]


def test_command(tmp_path: Path) -> None:
    good = kept(tmp_path, "good", small.predicted(1, spread=0.2))
    poor = kept(tmp_path, "poor", small.predicted(2, spread=3))
    done = CliRunner().invoke(command, [str(good), str(poor), "--metric", "mae"])
    assert done.exit_code == 0, done.output
    assert "MAE of raw predictions under small\n" in done.output
    for name, label, folder in (("A", "good", good), ("B", "poor", poor)):
        run = read_record(folder / "record.json").run_id
        assert f"{name} = {label}, run {run}, no seed, " in done.output
    assert "pack 0123456789ab (tight, 128 pixels)" in done.output
    assert "not distinguishable" in done.output  # four subjects: no p below 2 / 16
    assert "p = 0.125" in done.output
    assert "P(A > B): A is better on 100 % of 4 subjects" in done.output
    assert "smallest detectable difference: ∞" in done.output


def test_command_says_which_settings_differ(tmp_path: Path) -> None:
    record = read_record(kept(tmp_path, "it", small.predicted()) / "record.json")
    for name, settings in (
        ("a", {"lr": 0.1, "epochs": 3}),
        ("b", {"lr": 0.2, "epochs": 3, "x": 1}),
    ):
        method = record.method.model_copy(update={"name": name, "settings": settings})
        changed = record.model_copy(update={"method": method, "seed": 7})
        changed.write(tmp_path / f"{name}.json")
    done = CliRunner().invoke(command, [str(tmp_path / "a.json"), str(tmp_path / "b.json")])
    first, second = done.output.split("\n")[1:3]
    assert "seed 7" in first
    assert first.endswith("; lr=0.1")
    assert second.endswith("; lr=0.2")


def test_command_compares_many_with_the_best(tmp_path: Path) -> None:
    spreads = {"poor": 3.0, "good": 0.2, "middling": 1.0}
    folders = [
        str(kept(tmp_path, name, small.predicted(place, spread)))
        for place, (name, spread) in enumerate(spreads.items())
    ]
    done = CliRunner().invoke(command, [*folders, "--metric", "mae"])
    assert done.exit_code == 0, done.output
    rows = [line.split() for line in done.output.split("\n") if line[:2] in {" 2", " 3", " 1"}]
    assert [row[:2] for row in rows] == [["2", "good"], ["3", "middling"], ["1", "poor"]]
    assert rows[0][-1] == "best"
    assert all(row[-2:] == ["not", "distinguishable"] for row in rows[1:])  # four subjects
    assert "one test of all pairs of results, over 4 subjects" in done.output


def test_command_wants_two_results(tmp_path: Path) -> None:
    good = kept(tmp_path, "good", small.predicted())
    for given in ([str(good)], [str(good), str(good / "record.json")]):
        done = CliRunner().invoke(command, given)
        assert "one result only; name two or more folders" in str(done.exception)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--metric", "f1"], "no metric 'f1' here; choose icc, mse"),
        (["--variant", "flat"], "no variant 'flat'; choose raw, clamped, rounded"),
    ],
)
def test_command_refuses(tmp_path: Path, options: list[str], said: str) -> None:
    folders = [str(kept(tmp_path, f"{n}", small.predicted(n))) for n in range(2)]
    done = CliRunner().invoke(command, [*folders, *options])
    assert isinstance(done.exception, AubenchError)
    assert said in str(done.exception)


def test_command_refuses_real_against_synthetic(tmp_path: Path) -> None:
    a = kept(tmp_path, "a", small.predicted())
    b = kept(tmp_path, "b", small.predicted(), pack=small.pack(synthetic=True))
    done = CliRunner().invoke(command, [str(a), str(b)])
    assert "one is of real faces, the other of synthetic ones" in str(done.exception)
