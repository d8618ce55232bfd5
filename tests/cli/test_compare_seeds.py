"""``aubench compare`` of seeds: a method's own spread is never a difference of methods."""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.stats import t as student

from aubench.cli import cli
from aubench.metrics import Moments, grouped
from aubench.metrics.groups import GroupedMoments, to_table
from aubench.protocol import Protocol
from aubench.registry import find
from support.make_records import make_record

SHIFTS = np.random.default_rng(0).normal(0, 0.02, (2, 3, 27))
"""What is added to the squared error of method, seed and person."""


@pytest.fixture
def protocol() -> Protocol:
    found: Protocol = find("protocols", "disfa3fold")
    return found


def run_id(method: str, seed: int | None) -> str:
    return hashlib.sha256(f"{method} {seed}".encode()).hexdigest()[:12]


def run(
    folder: Path, protocol: Protocol, method: str, seed: int | None, errors: np.ndarray
) -> Path:
    """Write the record of a run with the squared error ``errors[s]`` on all frames of person s."""
    people = [(fold.name, key, 0) for fold in protocol.folds for key in fold.test]
    labels = np.tile(np.arange(4.0), len(people))[:, None] * np.ones(len(protocol.aus))
    codes = np.repeat(np.arange(len(people)), 4)
    drawn = grouped(labels, labels + np.sqrt(errors)[codes, None], codes, len(people))
    table = to_table(GroupedMoments(tuple(people), Moments(drawn.values)))
    place = folder / f"{method}-{seed}"
    changes = {"seed": seed, "run_id": run_id(method, seed), "status": "partial"}
    make_record(place, protocol, method, metric="mse", moments={"raw": table}, **changes)
    (path,) = place.rglob("record.json")
    return path.parent


def compared(*folders: Path) -> str:
    call = ["compare", *map(str, folders), "--metric", "mse"]
    done = CliRunner().invoke(cli, call, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def rows_of(
    folder: Path, protocol: Protocol, of_method: tuple[float, ...], of_seed: tuple[float, ...]
) -> list[Path]:
    """Methods whose squared errors are 1 + theirs + that of a seed + what is added to a person."""
    return [
        run(folder, protocol, f"m{m}", r, 1 + extra + shift + SHIFTS[m, r])
        for (m, extra), (r, shift) in itertools.product(enumerate(of_method), enumerate(of_seed))
    ]


def test_seeds_of_one_method_have_a_spread_and_no_verdict(
    tmp_path: Path, protocol: Protocol
) -> None:
    said = compared(*rows_of(tmp_path, protocol, (0.0,), (0.0, 0.3)))
    scores = 1 + np.array([0.0, 0.3]) + SHIFTS[0, :2].mean(axis=1)
    mean, sd = scores.mean(), abs(scores[1] - scores[0]) / 2**0.5
    runs = (f"{run_id('m0', seed)[:6]} (seed {seed})" for seed in (0, 1))
    assert f"A = m0, runs {', '.join(runs)}, partial" in said
    assert "2 seeds of one method: their differences are the spread of its seeds" in said
    assert f"mean MSE: {mean:.3f}, standard deviation over seeds {sd:.3f}" in said
    (line,) = [line.split() for line in said.splitlines() if line.startswith("AU12")]
    assert line == ["AU12", *(f"{value:.3f}" for value in (*scores, mean, sd))]
    assert "better" not in said
    assert "p =" not in said


def test_two_runs_of_one_seed_each_may_differ_by_the_seed(
    tmp_path: Path, protocol: Protocol
) -> None:
    a = run(tmp_path, protocol, "a", 0, 1 + SHIFTS[0, 0])
    b = run(tmp_path, protocol, "b", 0, 1.3 + SHIFTS[0, 1])
    more = run(tmp_path, protocol, "b", 1, 1.2 + SHIFTS[0, 2])
    tool = run(tmp_path, protocol, "tool", None, 1.4 + SHIFTS[1, 0])
    warning = "a difference may be of the seed, not of the method"
    assert f"one seed each: {warning}" in compared(a, b)
    assert "a (A) is better (p < 0.001)" in compared(a, b)
    assert f"one seed only of A: {warning}" in compared(a, b, more)
    assert f"one seed only of 1: {warning}" in compared(a, b, more, tool)
    assert warning not in compared(b, more, tool)


def test_a_comparison_of_methods_is_over_people_and_seeds(
    tmp_path: Path, protocol: Protocol
) -> None:
    """MSE with as many frames of everybody is the mean of people: Student's t by hand."""
    of_method, of_seed = (0.0, 0.1), (0.00, 0.05, -0.04)
    said = compared(*rows_of(tmp_path, protocol, of_method, of_seed))
    errors = 1 + np.array(of_method)[:, None, None] + np.array(of_seed)[:, None] + SHIFTS
    people = (errors[0] - errors[1]).mean(axis=0).var(ddof=1) / 27
    seeds = errors.mean(axis=2).var(axis=1, ddof=1) / 3
    variance = people + seeds.sum()
    freedom = variance**2 / (people**2 / 26 + (seeds**2 / 2).sum())
    gap = errors[0].mean() - errors[1].mean()
    p = 2 * student.sf(abs(gap) / variance**0.5, freedom)
    half = student.ppf(0.975, freedom) * variance**0.5
    assert p > 0.05
    assert f"mean MSE: not distinguishable (p = {p:.3f})" in said
    assert f"{gap - half:+.3f} … {gap + half:+.3f}" in said
    assert f"smallest detectable difference: {half:.3f}" in said
    assert "one seed" not in said


def test_a_difference_beyond_the_spread_of_seeds_is_called(
    tmp_path: Path, protocol: Protocol
) -> None:
    of_seed = (0.00, 0.05, -0.04)
    assert "m0 (A) is better" in compared(*rows_of(tmp_path, protocol, (0.0, 0.3), of_seed))


def test_one_run_of_each_calls_what_their_seeds_do_not(tmp_path: Path, protocol: Protocol) -> None:
    """Seeds differ on everybody alike: one run against one other looks like a sure difference."""
    folders = rows_of(tmp_path, protocol, (0.0, 0.0), (0.00, 0.05, -0.04))
    assert "m1 (B) is better (p < 0.001)" in compared(folders[1], folders[5])
    assert "not distinguishable" in compared(*folders)


def test_more_than_two_methods_are_tested_over_people_and_seeds(
    tmp_path: Path, protocol: Protocol
) -> None:
    folders = rows_of(tmp_path, protocol, (0.0, 0.1), (0.00, 0.05, -0.04))
    poor = run(tmp_path, protocol, "poor", 0, 3 + SHIFTS[1, 1])
    alone, both = compared(folders[0], folders[3], poor), compared(*folders, poor)
    assert re.search(r"m0 .* best\n", alone)
    assert re.search(r"m1 .* worse\n", alone)
    assert re.search(r"m0 .* best\n", both)
    assert re.search(r"m1 .* not distinguishable\n", both)
    assert re.search(r"poor .* worse\n", both)


def test_ties_of_a_table_are_over_people_and_seeds(tmp_path: Path, protocol: Protocol) -> None:
    call = ["table", "--results", str(tmp_path), "--metric", "mse", "--format", "csv"]
    notes = []
    for of_seed in ((0.00,), (0.00, 0.05, -0.04)):
        rows_of(tmp_path, protocol, (0.0, 0.1), of_seed)
        text = CliRunner().invoke(cli, call, catch_exceptions=False).stdout
        lines = {line["method"]: line for line in csv.DictReader(io.StringIO(text))}
        assert float(lines["m0"]["Avg."]) < float(lines["m1"]["Avg."])
        notes.append(lines["m1"]["notes"])
    assert "not distinguishable" not in notes[0]
    assert "swaps their predictions person by person, with the spread of their seeds" in notes[1]
