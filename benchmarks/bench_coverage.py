"""How often the referee is right: ``pytest -s benchmarks/bench_coverage.py``, minutes on one core.

Prints the tables behind `tests/metrics/test_simulation.py`, with more trials: coverage of the 95 %
interval of the mean over 12 AUs, and how often equal systems are called different or worse.
"""

from __future__ import annotations

import numpy as np
import pytest
from tabulate import tabulate

from support.random_people import KINDS
from support.simulated import ROWS, coverage, false_difference, false_worse

PEOPLE = (9, 27, 41)


def test_coverage() -> None:
    found = {(kind, count): coverage(kind, count, 1000) for kind in KINDS for count in PEOPLE}
    shown = [[*place, *rates.values()] for place, rates in found.items()]
    print("\n" + tabulate(shown, ["differences", "people", *next(iter(found.values()))]))
    rates = np.array([[*each.values()] for each in found.values()])
    print(f"average {rates.mean():.3f}, least {rates.min():.3f}")
    assert rates.min() >= 0.89
    assert 0.93 <= rates.mean() <= 0.97


@pytest.mark.parametrize("count", PEOPLE)
@pytest.mark.parametrize("metric", ["icc", "mse", "pcc"])
def test_equal_systems(metric: str, count: int) -> None:
    shown = []
    for kind in KINDS:
        pair = false_difference(kind, count, metric, 200)
        shown.append([kind, pair, *false_worse(kind, count, metric, 100)])
    head = [f"{metric}, {count} people", "pair", *(f"{rows} rows" for rows in ROWS)]
    print("\n" + tabulate(shown, head, floatfmt=".3f"))
    rates = np.array([row[1:] for row in shown], dtype=float)
    print(f"average {rates.mean():.3f}, most {rates.max():.3f}")
    assert rates.mean() <= 0.06 + 0.01
