"""Speed of reading all labels of DISFA: ``pytest benchmarks/bench_labels.py``, one process.

Target: 27 subjects × 12 AUs × 4845 rows, each row checked, in 3 s.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pytest_benchmark.fixture import BenchmarkFixture

from aubench.corpora.disfa.facts import AUS, SUBJECTS
from aubench.corpora.labels import read_labels

ROWS = 4845
LIMIT = 3.0
"""Seconds, for a first reading from a local disk."""


def write(folder: Path) -> list[Path]:
    """Label files as DISFA has them; every other subject's with Windows line ends."""
    rng = np.random.default_rng(0)
    paths = []
    for number, subject in enumerate(SUBJECTS):
        end = ("\n", "\r\n")[number % 2]
        for au in AUS:
            path = folder / subject / f"{subject}_au{au}.txt"
            path.parent.mkdir(exist_ok=True)
            rows = zip(range(1, ROWS + 1), rng.integers(0, 6, ROWS).tolist(), strict=True)
            path.write_bytes("".join(f"{f},{v}{end}" for f, v in rows).encode())
            paths.append(path)
    return paths


def test_all_labels_of_disfa(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    paths = write(tmp_path)
    rows = benchmark.pedantic(lambda: sum(len(read_labels(path)) for path in paths))
    assert rows == 1_569_780
    assert benchmark.stats.stats.max < LIMIT
