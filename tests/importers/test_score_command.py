"""Scoring, comparing and verifying from the outside, on a real pack."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from support.command import Aubench

TINY = ("--twin-size", 64, "--twin-frames", 6, "--device", "cpu")
DISFA = ("--protocol", "disfa3fold")


@pytest.fixture
def ran(aubench: Aubench, tmp_path: Path) -> Path:
    """The folder of a finished run of ``mean`` on a synthetic twin."""
    done = aubench("run", "--method", "mean", *DISFA, *TINY)
    assert done.returncode == 0, done.stderr
    (record,) = (tmp_path / "runs").rglob("record.json")
    return record.parent


@pytest.fixture
def pack(ran: Path, cache: Path) -> Path:
    """The pack that it ran on."""
    wanted = json.loads((ran / "record.json").read_text())["corpus"]["fingerprint"]
    for manifest in cache.rglob("manifest.json"):
        if wanted in manifest.read_text():
            return manifest.parent
    raise AssertionError("no such pack")


def test_a_run_is_verified_scored_again_and_compared(
    aubench: Aubench, ran: Path, pack: Path, tmp_path: Path
) -> None:
    done = aubench("verify", ran, "--pack", pack)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "recomputed from moments, predictions and labels" in done.stdout

    table = pd.read_parquet(ran / "predictions.parquet")
    shuffled = table.sample(frac=1, random_state=0).astype({"subject": str, "fold": str})
    shuffled.to_csv(tmp_path / "mine.csv", index=False)
    scoring = ("score", tmp_path / "mine.csv", *DISFA, "--pack", pack, "--intervals")
    done = aubench(*scoring, "--by", "fold")
    assert done.returncode == 0, done.stderr
    assert "SYNTHETIC" in done.stdout
    assert "161 of 161 test frames predicted" in done.stdout
    assert "· 95 % from" in done.stdout

    (again,) = (tmp_path / "runs" / "disfa3fold" / "mine").rglob("record.json")
    kept, made = (json.loads(p.read_text()) for p in (ran / "record.json", again))
    for part in ("scores", "moments"):
        del kept[part]["calibrated"]  # a file of predictions has no validation people
    for part in ("scores", "moments", "levels", "status"):
        assert kept[part] == made[part]

    done = aubench("compare", ran, again.parent, "--metric", "icc")
    assert done.returncode == 0, done.stderr
    assert "mean ICC(3,1): not distinguishable (p = 1.000)" in done.stdout


def test_mistakes_are_one_line_and_exit_2(
    aubench: Aubench, ran: Path, pack: Path, tmp_path: Path
) -> None:
    table = pd.read_parquet(ran / "predictions.parquet").astype({"subject": str, "fold": str})
    table = pd.concat([table, table.iloc[[7]]])
    table.to_csv(tmp_path / "doubled.csv", index=False)
    done = aubench("score", "doubled.csv", *DISFA, "--pack", pack)
    assert done.returncode == 2
    (line,) = done.stderr.strip().split("\n")
    assert line.startswith("error: doubled.csv:163: 1 frame predicted more than once: disfa/SN")

    data = json.loads((ran / "record.json").read_text())
    data["scores"]["raw"]["mse"]["values"][0] = 0.0
    (ran / "record.json").write_text(json.dumps(data))
    done = aubench("verify", ran)
    assert done.returncode == 1
    assert "disagrees: raw scores: mse values" in done.stdout
