"""The footnote of a tie names the test and the smallest difference that the table can show."""

from __future__ import annotations

import numpy as np
import pytest

from aubench.metrics import METRICS
from aubench.metrics.comparison import compare
from aubench.report.model import Cell, Row
from aubench.report.ties import mark_ties
from support.random_people import counts
from support.simulated import systems


def notes(people: int, slopes: list[float]) -> list[tuple[str, ...]]:
    """The footnotes on the averages of runs with these slopes, by MSE."""
    rng = np.random.default_rng(0)
    runs = []
    for drawn in systems(rng, counts(rng, people, "mild"), slopes):
        values = METRICS["mse"].of(drawn.pooled())
        cells = tuple(Cell(f"{value:.2f}") for value in (*values, values.mean()))
        runs.append(([drawn], [Row((f"m{len(runs)}", "a run"), cells)]))
    return [rows[0].cells[-1].notes for rows in mark_ties(runs, "mse")]


def test_a_tie_says_what_could_have_been_shown() -> None:
    near, best, poor = notes(27, [0.8, 0.81, 0.1])
    assert sorted(map(len, (near, best, poor))) == [0, 0, 1]
    assert not poor
    (note,) = near or best
    assert note.startswith("not distinguishable from the best run here")
    assert "swaps their predictions person by person" in note
    low, high = note.removesuffix(", by row").split("can show is ")[1].split(" to ")
    rng = np.random.default_rng(0)
    drawn = systems(rng, counts(rng, 27, "mild"), [0.8, 0.81, 0.1])
    alone = compare([drawn[0]], [drawn[1]], "mse").detectable
    assert float(low) == pytest.approx(alone, rel=0.6)  # a joint test shows a little less
    assert float(low) >= round(alone, 2)
    assert float(high) > float(low)


def test_too_few_people_show_nothing() -> None:
    near, best = notes(5, [0.8, 0.1])
    (note,) = near or best
    assert note.endswith("5 people are too few to tell any two runs apart")
