"""A row is a method with its settings on a pack, over its seeds, computed from the moments."""

import csv
import io
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.stats import t as student

from aubench.cli import cli
from aubench.evaluation.records import MethodInfo, Record
from aubench.metrics import Moments, grouped
from aubench.metrics.groups import GroupedMoments, MomentTable, to_table
from aubench.protocol import Protocol
from aubench.registry import find
from aubench.report.runs.row_score import interval
from support.make_records import make_record

FORMATS = ("text", "markdown", "latex", "csv", "html")
Rows = Callable[..., list[dict[str, str]]]


@pytest.fixture
def protocol() -> Protocol:
    found: Protocol = find("protocols", "disfa3fold")
    return found


@pytest.fixture
def rows(tmp_path: Path) -> Rows:
    """The lines of ``aubench table`` on the records under ``tmp_path`` that are not of papers."""

    def call(*arguments: str) -> list[dict[str, str]]:
        return [
            line
            for line in csv.DictReader(io.StringIO(show(tmp_path, *arguments, "--format", "csv")))
            if ":" not in line["source"]
        ]

    return call


def show(results: Path, *arguments: str) -> str:
    done = CliRunner().invoke(
        cli, ["table", "--results", str(results), *arguments], catch_exceptions=False
    )
    assert done.exit_code == 0
    return done.stdout


def seeded(
    folder: Path, protocol: Protocol, seed: int | None, icc: float = 0.5, **more: object
) -> Record:
    """Write the record of one seed, under a run id of its own."""
    more = {"run_id": f"{seed}a" * 6, "seed": seed, "values": (icc,) * len(protocol.aus)} | more
    return make_record(folder / str(seed), protocol, **more)


def change(record: Record, folder: Path, **changes: object) -> None:
    """Write ``record`` with changed fields."""
    folder.mkdir(parents=True, exist_ok=True)
    record.model_copy(update=changes).write(folder / "record.json")


def test_seeds_are_one_row_with_their_mean_spread_and_number(
    rows: Rows, tmp_path: Path, protocol: Protocol
) -> None:
    for seed, value in enumerate((0.50, 0.56, 0.53)):
        seeded(tmp_path, protocol, seed, value)
    (row,) = rows("--metric", "icc")
    assert float(row["Avg."]) == pytest.approx(0.53)
    assert float(row["AU12"]) == pytest.approx(0.53)
    assert float(row["sd of seeds"]) == pytest.approx(0.03)  # of 0.50, 0.56 and 0.53
    assert row["seeds"] == "3"
    assert row["source"] == "run 0a0a0a and 2 more"
    assert "runs 0a0a0a (seed 0), 1a1a1a (seed 1), 2a2a2a (seed 2)" in row["notes"]
    assert "one seed" not in row["notes"]
    assert "±0.030" in show(tmp_path, "--metric", "icc")


def test_one_seed_is_said_and_none_is_not(rows: Rows, tmp_path: Path, protocol: Protocol) -> None:
    make_record(tmp_path, protocol, "ours")
    make_record(tmp_path, protocol, "a tool", seed=None)
    notes = {row["method"]: row["notes"] for row in rows("--metric", "icc")}
    assert "one seed" in notes["ours"]
    assert "seed" not in notes["a tool"]


def test_a_copied_record_counts_once(rows: Rows, tmp_path: Path, protocol: Protocol) -> None:
    first = seeded(tmp_path / "first", protocol, 0, 0.4)
    seeded(tmp_path / "first", protocol, 1, 0.6)
    shutil.copytree(tmp_path / "first", tmp_path / "second")
    change(first, tmp_path / "third", created="2027-01-01T00:00:00+00:00")
    (row,) = rows("--metric", "icc")
    assert (row["seeds"], float(row["Avg."])) == ("2", pytest.approx(0.5))


def test_another_run_with_the_same_seed_is_no_other_seed(
    rows: Rows, tmp_path: Path, protocol: Protocol
) -> None:
    seeded(tmp_path / "one", protocol, 0, 0.4, run_id="a" * 12)
    seeded(tmp_path / "two", protocol, 0, 0.6, run_id="b" * 12)
    found = rows("--metric", "icc")
    assert sorted(float(row["Avg."]) for row in found) == pytest.approx([0.4, 0.6])


def test_settings_that_differ_stand_in_the_name(
    rows: Rows, tmp_path: Path, protocol: Protocol
) -> None:
    for name, epochs in (("adapt", 5), ("adapt", 20), ("mean", 7)):
        record = make_record(tmp_path / "drop", protocol, name, (0.5 + epochs / 100,) * 12)
        settings = {"epochs": epochs, "flip": 0.5}
        method = record.method.model_copy(update={"settings": settings})
        change(record, tmp_path / f"{name}-{epochs}", method=method, run_id=f"{epochs:012}")
    shutil.rmtree(tmp_path / "drop")
    assert sorted(row["method"] for row in rows("--metric", "icc")) == [
        "adapt (epochs=20)",
        "adapt (epochs=5)",
        "mean",
    ]


def test_an_importers_notes_stand_with_its_row(
    rows: Rows, tmp_path: Path, protocol: Protocol
) -> None:
    record = make_record(tmp_path / "drop", protocol)
    shutil.rmtree(tmp_path / "drop")
    said = record.coverage.model_copy(update={"notes": ("3 frames with two faces",)})
    change(record, tmp_path, coverage=said)
    assert "3 frames with two faces" in rows("--metric", "icc")[0]["notes"]


@pytest.mark.parametrize("status", ["official", "synthetic"])
def test_runs_on_different_packs_are_never_ranked_together(
    rows: Rows, tmp_path: Path, protocol: Protocol, status: str
) -> None:
    first = make_record(tmp_path, protocol, "one", status=status)
    make_record(tmp_path, protocol, "two", status=status)
    corpus = first.corpus.model_copy(update={"fingerprint": "f" * 16})
    make_record(tmp_path, protocol, "three", status=status, corpus=corpus)
    seeded(tmp_path, protocol, 1, method="one", status=status, corpus=corpus)
    places: dict[str, list[str]] = {}
    for row in rows("--metric", "icc"):
        places.setdefault(row["section"], []).append(row["method"])
    assert sorted(map(sorted, places.values())) == [["one", "three"], ["one", "two"]]
    assert {name.rsplit(", ", 1)[1] for name in places} == {"pack 000000", "pack ffffff"}


def test_partial_runs_on_a_twin_stand_apart_from_complete_ones(
    rows: Rows, tmp_path: Path, protocol: Protocol
) -> None:
    make_record(tmp_path, protocol, "whole", status="synthetic")
    torn = make_record(tmp_path, protocol, "torn", (None, *(0.5,) * 11), status="synthetic")
    holes = {"predictions_missing": torn.coverage.labels_missing, "labels_missing": {}}
    coverage = torn.coverage.model_copy(update=holes)
    change(torn, tmp_path / protocol.name / "torn-synthetic", coverage=coverage)
    fewer = replace(protocol, folds=protocol.folds[:2])
    make_record(tmp_path, fewer, "few", status="synthetic")
    places = {row["method"]: row["section"] for row in rows("--metric", "icc")}
    assert places["whole"].startswith("Synthetic runs")
    assert places["torn"].startswith("Synthetic and partial runs")
    assert places["few"].startswith("Synthetic and partial runs")


def test_tools_that_know_the_people_and_methods_that_see_other_frames_stand_apart(
    rows: Rows, tmp_path: Path, protocol: Protocol
) -> None:
    make_record(tmp_path, protocol, "plain")
    for name, said in {
        "tool": {"learned_from": ("bp4d", "disfa")},
        "stranger": {"learned_from": ("bp4d",)},
        "median": {"context": "person"},
    }.items():
        made = make_record(tmp_path, protocol, name)
        method = MethodInfo(name=name, origin="a test", **said)
        change(made, tmp_path / protocol.name / f"{name}-official", method=method)
    found = {row["method"]: row for row in rows("--metric", "icc")}
    places = {name: row["section"] for name, row in found.items()}
    assert places["plain"] == places["stranger"] == "Published rows and official runs"
    assert places["tool"].startswith("Trained on these people")
    assert places["median"].startswith("Runs that use other test frames")
    assert "from all test frames of the person" in found["median"]["notes"]


def test_numbers_come_from_the_moments_whatever_a_record_says(
    rows: Rows, tmp_path: Path, protocol: Protocol
) -> None:
    honest = make_record(tmp_path, protocol, values=(0.4,) * 12)
    boast = {"icc": honest.scores["raw"]["icc"].model_copy(update={"mean": 0.99})}
    (path,) = tmp_path.rglob("record.json")
    change(honest, path.parent, scores={"raw": boast})
    assert all(float(row["Avg."]) == pytest.approx(0.4) for row in rows("--metric", "icc"))


def frames(icc: float) -> tuple[np.ndarray, np.ndarray]:
    """(8, 1) labels 0 and 2 and predictions whose variance is the labels' and whose ICC is given.

    Labels lie one off their mean, and so does ``z``, which is orthogonal to them.
    """
    y, z = np.repeat([0.0, 2.0], 4), np.tile([-1.0, 1.0], 4)
    return y[:, None], (1 + icc * (y - 1) + (1 - icc**2) ** 0.5 * z)[:, None]


def in_folds(
    protocol: Protocol, icc: Callable[[int], float], shift: tuple[float, ...]
) -> MomentTable:
    """Moments of which fold k has ICC ``icc(k)``; its predictions are shifted by ``shift``."""
    groups, parts = [], []
    for k, fold in enumerate(protocol.folds):
        for subject in fold.test:
            y, p = frames(icc(k))
            wide = np.ones(len(protocol.aus))
            codes = np.zeros(len(y), dtype=np.int64)
            parts.append(grouped(y * wide, (p + shift[k % len(shift)]) * wide, codes, 1).values)
            groups.append((fold.name, subject, 0))
    return to_table(GroupedMoments(tuple(groups), Moments(np.concatenate(parts, axis=1))))


def test_the_mean_of_folds_stands_beside_the_pooled_average(
    rows: Rows, tmp_path: Path, protocol: Protocol
) -> None:
    """ICC ignores an offset, so each fold keeps 0.5; pooled, folds apart by 3 spread more.

    Variances of the nine people a fold: 1 within a fold and, of the shifts 0, 0 and 3, 2 between.
    """
    found = in_folds(protocol, lambda _: 0.5, (0.0, 0.0, 3.0))
    make_record(tmp_path, protocol, moments={"raw": found}, status="partial")
    (row,) = rows("--metric", "icc")
    assert float(row["mean of folds"]) == pytest.approx(0.5)
    assert float(row["Avg."]) == pytest.approx(2 * 0.5 / (1 + 1 + 2))
    assert "mean of folds: the scores of the single folds" in show(tmp_path, "--metric", "icc")


def test_one_fold_has_no_mean_of_folds(rows: Rows, tmp_path: Path) -> None:
    make_record(tmp_path, find("protocols", "disfa-arl"))
    assert "mean of folds" not in rows("--metric", "icc")[0]


def test_repeated_splits_show_each_repetition_and_their_spread(rows: Rows, tmp_path: Path) -> None:
    repeated = find("protocols", "disfa-repeated")
    scores = [0.40, 0.42, 0.44, 0.46, 0.48, 0.50, 0.52, 0.54, 0.56, 0.58]
    found = in_folds(repeated, lambda k: scores[k // 3], (0.0,))
    make_record(tmp_path, repeated, moments={"raw": found}, status="partial")
    (row,) = [line for line in rows("--metric", "icc") if "repetitions" in line["section"]]
    assert [float(row[str(n)]) for n in range(10)] == pytest.approx(scores)
    assert float(row["mean"]) == pytest.approx(np.mean(scores))
    assert float(row["sd"]) == pytest.approx(np.std(scores, ddof=1), rel=1e-5)


def simulated(rng: np.random.Generator, people: int, seeds: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels (people, frames, 2) and each seed's predictions (seeds, people, frames, 2)."""
    y = rng.integers(0, 6, (people, 30, 2)).astype(float)
    slopes = rng.uniform(0.2, 1.0, (people, 1, 2)) + rng.normal(0, 0.1, (seeds, 1, 1, 1))
    return y, slopes * y + rng.normal(0, 1, (seeds, *y.shape))


def direct_icc(y: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Per AU: twice the covariance over the sum of the variances, then their mean."""
    flat = [(y[..., au].ravel(), p[..., au].ravel()) for au in range(y.shape[-1])]
    values = [2 * np.cov(a, b)[0, 1] / (a.var(ddof=1) + b.var(ddof=1)) for a, b in flat]
    return np.array([*values, np.mean(values)])


def as_moments(y: np.ndarray, p: np.ndarray) -> GroupedMoments:
    people, count, aus = y.shape
    codes = np.repeat(np.arange(people), count)
    groups = tuple(("0", f"disfa/SN{n:03d}", 0) for n in range(people))
    cells = grouped(y.reshape(-1, aus), p.reshape(-1, aus), codes, people)
    return GroupedMoments(groups, cells)


@pytest.mark.parametrize("seeds", [1, 4])
def test_an_interval_is_of_pseudo_values_over_people_and_of_seeds(seeds: int) -> None:
    people = 12
    y, p = simulated(np.random.default_rng(seeds), people, seeds)
    each = np.array([direct_icc(y, one) for one in p])
    kept = [np.arange(people) != s for s in range(people)]
    without = np.array([[direct_icc(y[k], one[k]) for k in kept] for one in p]).mean(axis=0)
    pseudo = people * each.mean(axis=0) - (people - 1) * without
    of_people = pseudo.var(axis=0, ddof=1) / people
    of_seeds = each.var(axis=0, ddof=1) / seeds if seeds > 1 else 0 * of_people
    freedom = (of_people + of_seeds) ** 2 / (
        of_people**2 / (people - 1) + of_seeds**2 / max(seeds - 1, 1)
    )
    half = student.ppf(0.975, freedom) * np.sqrt(of_people + of_seeds)
    found = interval([as_moments(y, one) for one in p], "icc")
    assert found == pytest.approx(
        np.stack([pseudo.mean(axis=0) - half, pseudo.mean(axis=0) + half], axis=1), abs=1e-9
    )


def test_intervals_cover_people_and_seeds() -> None:
    """Squared errors 1 + a (of the person) + b (of the seed), of which 1 is to be covered."""
    rng = np.random.default_rng(0)
    groups = tuple(("0", f"disfa/SN{n:03d}", 0) for n in range(20))
    hits = 0
    for _ in range(1000):
        of_people = rng.normal(0, 0.15, (1, 20))
        errors = 1 + of_people + rng.normal(0, 0.05, (5, 1))
        runs = [
            GroupedMoments(
                groups,
                grouped(np.zeros((20, 1)), np.sqrt(one)[:, None], np.arange(20), 20),
            )
            for one in errors
        ]
        low, high = interval(runs, "mse")[-1]
        hits += low <= 1 <= high
    assert 0.92 <= hits / 1000 <= 0.98


@pytest.mark.parametrize("style", FORMATS)
def test_rows_of_seeds_are_drawn_in_every_format(
    tmp_path: Path, protocol: Protocol, style: str
) -> None:
    for seed in range(3):
        seeded(tmp_path, protocol, seed, 0.5 + seed / 100)
    text = show(tmp_path, "--metric", "icc", "--intervals", "--format", style)
    assert "95 % from" in text.replace(r"\%", "%")
    spread = {"csv": "0.01", "latex": r"$\pm$0.010"}.get(style, "±0.010")
    assert spread in text


def test_lines_of_a_terminal_stay_readable(tmp_path: Path, protocol: Protocol) -> None:
    for seed in range(3):
        seeded(tmp_path, protocol, seed, method="random-backbone")
    text = show(tmp_path, "--metric", "icc", "--intervals")
    assert max(map(len, text.splitlines())) <= 160
