"""Speed of scoring: ``pytest benchmarks/bench_metrics.py``, one process.

Targets on two cores: 130,814 × 12 predictions to all metrics with intervals in 0.15 s; 100 results
of 27 subjects × 12 AUs against the best of them in 1 s; 700,000 × 7 scored with intervals in
1 s and 500 MB; 20 times faster than pingouin on the same ICCs.
"""

from __future__ import annotations

import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from pytest_benchmark.fixture import BenchmarkFixture

from aubench.evaluation.records import Score
from aubench.evaluation.scoring import compute_scores
from aubench.metrics import METRICS, grouped, metrics_for, moments
from aubench.metrics.best import against_best
from aubench.metrics.groups import GroupedMoments

SUBJECTS, FRAMES, AUS = 27, 130_814, 12
PEOPLE = tuple(("0", f"disfa/SN{place:03d}", 0) for place in range(SUBJECTS))


def disfa_sized() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 6, (FRAMES, AUS)).astype(np.float32)
    p = (0.7 * y + rng.normal(0.5, 1, y.shape)).astype(np.float32)
    return y, p, np.sort(rng.integers(0, SUBJECTS, FRAMES))


def test_all_metrics_of_disfa(benchmark: BenchmarkFixture) -> None:
    y, p, groups = disfa_sized()

    def score() -> dict[str, Score]:
        return compute_scores(GroupedMoments(PEOPLE, grouped(y, p, groups, SUBJECTS)), "intensity")

    benchmark(score)
    assert benchmark.stats["median"] <= 0.15


def test_all_occurrence_metrics_of_disfa(benchmark: BenchmarkFixture) -> None:
    y, p, groups = disfa_sized()
    present, probability = (y >= 2).astype(np.float32), (p / 6).clip(0, 1)

    def score() -> list[np.ndarray]:
        pooled = grouped(present, probability, groups, SUBJECTS, occurrence=True).sum()
        return [METRICS[name].of(pooled) for name in metrics_for("occurrence")]

    benchmark(score)
    assert benchmark.stats["median"] <= 0.5


def test_a_table_of_100_results(benchmark: BenchmarkFixture) -> None:
    rng = np.random.default_rng(0)
    y, _, groups = disfa_sized()
    systems = []
    for _ in range(100):
        p = y[::20] + rng.normal(size=y[::20].shape).astype(np.float32)
        systems.append([GroupedMoments(PEOPLE, grouped(y[::20], p, groups[::20], SUBJECTS))])
    benchmark(against_best, systems, "icc")
    assert benchmark.stats["median"] <= 1


SCORE_FERA = """
import resource, sys, time
import numpy as np, pandas as pd
from aubench.evaluation.predictions import read_predictions
from aubench.protocol import Fold, Protocol
from aubench.evaluation.scoring import score

folder = sys.argv[1]
index = pd.read_parquet(f"{folder}/index.parquet")
labels = np.load(f"{folder}/labels.npy", mmap_mode="r")
aus = (1, 4, 6, 10, 12, 14, 17)
fold = Fold(name="test", train=(), valid=(), test=tuple(index["subject"].unique()))
protocol = Protocol(
    name="fera2017", title="", task="intensity", corpora=("fera2017",), aus=aus, folds=(fold,),
    source="", confidence="H",
)
table = read_predictions(f"{folder}/predictions.parquet")
start = time.perf_counter()
score(table, index, labels, aus, protocol)
seconds = time.perf_counter() - start
print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def fera_sized(folder: Path) -> None:
    """20 people, nine views, 700,000 frames, 7 AUs: an index, labels and predictions."""
    views, frames = 9, 3889
    index = pd.DataFrame(
        {
            "subject": pd.Categorical(
                np.repeat([f"fera2017/VA-F{i:03d}" for i in range(20)], views * frames)
            ),
            "session": pd.Categorical(["T1"] * (20 * views * frames)),
            "view": np.tile(np.repeat(np.arange(1, views + 1), frames), 20),
            "frame": np.tile(np.arange(1, frames + 1), 20 * views),
            "logged": False,
        }
    )
    rng = np.random.default_rng(0)
    y = rng.integers(0, 6, (len(index), 7)).astype(np.float32)
    p = (y + rng.normal(size=y.shape)).astype(np.float32)
    columns = {f"AU{au:02d}": p[:, i] for i, au in enumerate((1, 4, 6, 10, 12, 14, 17))}
    index.to_parquet(folder / "index.parquet")
    np.save(folder / "labels.npy", y)
    index.drop(columns="logged").assign(fold="test", **columns).to_parquet(
        folder / "predictions.parquet"
    )


def test_fera_2017_scored_with_intervals(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    fera_sized(tmp_path)

    def score() -> tuple[float, float]:
        done = subprocess.run(
            [sys.executable, "-c", SCORE_FERA, str(tmp_path)],
            capture_output=True,
            text=True,
            check=True,
        )
        seconds, megabytes = map(float, done.stdout.split())
        return seconds, megabytes

    runs = [score() for _ in range(2)]
    seconds, megabytes = benchmark.pedantic(score, rounds=1)
    seconds = min(seconds, *(run[0] for run in runs))
    benchmark.extra_info.update(seconds=seconds, megabytes=megabytes)
    print(f"\n700,000 x 7 scored in {seconds:.2f} s, {megabytes:.0f} MB")
    assert seconds <= 1.0
    assert megabytes <= 500


def test_faster_than_pingouin(benchmark: BenchmarkFixture) -> None:
    y, p, _ = (side[:20_000] for side in disfa_sized())
    start = time.perf_counter()
    theirs = [pingouin_icc(y[:, au], p[:, au]) for au in range(AUS)]
    their_seconds = time.perf_counter() - start
    ours = benchmark(lambda: METRICS["icc"].of(moments(y, p)))
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)
    ratio = their_seconds / benchmark.stats["median"]
    benchmark.extra_info.update(times_faster_than_pingouin=ratio)
    print(f"\n{ratio:.0f} times faster than pingouin")
    assert ratio >= 20


def pingouin_icc(y: np.ndarray, p: np.ndarray) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pingouin  # noqa: PLC0415  # it warns when it is imported

        long = pd.DataFrame(
            {
                "frame": np.tile(np.arange(len(y)), 2),
                "rater": np.repeat(["coder", "method"], len(y)),
                "value": np.concatenate([y, p]).astype(np.float64),
            }
        )
        table = pingouin.intraclass_corr(
            long, targets="frame", raters="rater", ratings="value"
        ).set_index("Type")
    return float(table.loc["ICC3" if "ICC3" in table.index else "ICC(C,1)", "ICC"])
