"""How often the referee is right: the tables of `docs/statistics.md`.

``pytest -s benchmarks/bench_coverage.py`` draws them anew, an hour on one core; ``-k`` chooses
cells (``-k "worse and icc and 27"``), ``AUBENCH_TRIALS=2000`` the number of trials of each.
`tests/metrics/test_simulation.py` has fewer cells and trials.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import pytest
from tabulate import tabulate

from support.random_people import KINDS
from support.simulated import ROWS, Equals, coverage, error, false_difference, false_worse

PEOPLE = (9, 27, 41)
TRIALS = int(os.environ.get("AUBENCH_TRIALS", "400"))

Tables = dict[tuple[str, ...], list[list[object]]]


@pytest.fixture(scope="module")
def tables() -> Iterator[Tables]:
    """Header → rows; all are printed when the last cell is done."""
    found: Tables = defaultdict(list)
    yield found
    for header, rows in found.items():
        print("\n\n" + tabulate(rows, header, tablefmt="github", floatfmt=".3f"))


@pytest.mark.parametrize("count", PEOPLE)
@pytest.mark.parametrize("kind", KINDS)
def test_coverage(tables: Tables, kind: str, count: int) -> None:
    found = coverage(kind, count, TRIALS)
    tables["coverage", "people", *found].append([kind, count, *found.values()])
    assert min(found.values()) >= 0.90 - error(0.90, TRIALS)
    assert 0.90 <= np.mean(list(found.values())) <= 0.98


@pytest.mark.parametrize("count", PEOPLE)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("metric", ["icc", "mse", "pcc", "ccc", "f1"])
def test_worse(tables: Tables, metric: str, kind: str, count: int) -> None:
    rows = ROWS if metric == "icc" else (10,)
    found = false_worse(Equals(kind, count, metric), TRIALS, rows)
    tables["called worse", "people", "metric", *(f"{k} rows" for k in rows)].append(
        [kind, count, metric, *found]
    )
    assert max(found) <= 0.06 + error(0.06, TRIALS)


@pytest.mark.parametrize("count", PEOPLE)
@pytest.mark.parametrize("spread", [0.03, 0.06, 0.1])
@pytest.mark.parametrize("seeds", [1, 2, 3, 5])
def test_seeds(tables: Tables, seeds: int, spread: float, count: int) -> None:
    """Two methods, equal but for their seeds; with one seed each, that cannot be known."""
    equals = Equals("moderate", count, seeds=seeds, spread=spread)
    found = false_difference(equals, TRIALS)
    tables["called different: sd of slope", "people", "seeds each", "rate"].append(
        [spread, count, seeds, found]
    )
    assert seeds == 1 or found <= 0.06 + error(0.06, TRIALS)


@pytest.mark.parametrize("count", PEOPLE)
@pytest.mark.parametrize("seeds", [2, 5])
def test_seeds_in_a_table(tables: Tables, seeds: int, count: int) -> None:
    equals = Equals("moderate", count, seeds=seeds, spread=0.06)
    found = false_worse(equals, TRIALS, (2, 10))
    tables["called worse, people", "seeds each", "2 rows", "10 rows"].append([count, seeds, *found])
    assert max(found) <= 0.06 + error(0.06, TRIALS)


@pytest.mark.parametrize("count", PEOPLE)
@pytest.mark.parametrize("seeds", [2, 3, 5])
def test_unequal_spreads(tables: Tables, seeds: int, count: int) -> None:
    """One method's seeds differ, the other's hardly do: two seeds are too few to hold the rate."""
    found = false_difference(Equals("moderate", count, seeds=seeds, spread=0.1, steady=1), TRIALS)
    tables["called different, people", "seeds each", "rate"].append([count, seeds, found])
    assert seeds == 2 or found <= 0.06 + error(0.06, TRIALS)
