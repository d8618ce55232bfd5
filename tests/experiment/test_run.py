"""``aubench run`` from the outside: what it writes, repeats, resumes and refuses."""

import csv
import io
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aubench.errors import AubenchError
from aubench.experiment.fold import refuse_leak
from aubench.frames import FloatArray, Frames
from aubench.method import Predictor
from aubench.registry import find
from support.command import Aubench

TINY = ("--twin-size", 64, "--twin-frames", 6, "--device", "cpu")
SCRATCH = ("run", "--method", "scratch", "--protocol", "disfa3fold", "--epochs", 2, *TINY)


def one(folder: Path, pattern: str) -> Path:
    (found,) = folder.rglob(pattern)
    return found


def test_mean_runs_end_to_end_and_says_synthetic_everywhere(
    aubench: Aubench, tmp_path: Path
) -> None:
    done = aubench("run", "--method", "mean", "--protocol", "disfa3fold", *TINY)
    assert done.returncode == 0, done.stderr
    assert "SYNTHETIC" in done.stdout

    record = json.loads(one(tmp_path / "runs", "record.json").read_text())
    assert record["status"] == "synthetic"
    assert record["corpus"]["synthetic"] is True
    # Nine people of six frames; SN010, in fold 1, lacks its last label like the real one.
    assert [fold["test_frames"] for fold in record["folds"]] == [54, 53, 54]

    table = pd.read_parquet(one(tmp_path / "runs", "mean/*/predictions.parquet"))
    assert len(table) == 27 * 6 - 1
    assert not table.duplicated(["subject", "session", "view", "frame"]).any()
    # One constant per fold and AU: within a fold nothing correlates with anything.
    assert (table.groupby("fold", observed=True)["AU12"].nunique() == 1).all()

    again = aubench("run", "--method", "mean", "--protocol", "disfa3fold", *TINY)
    assert "done before" in again.stdout
    table = aubench("table", "--metric", "icc")
    assert table.returncode == 0, table.stderr
    assert "SYNTHETIC" in table.stdout


def test_a_dry_run_says_what_it_would_do_and_writes_nothing(
    aubench: Aubench, tmp_path: Path
) -> None:
    mean = ("run", "--method", "mean", "--protocol", "disfa3fold", *TINY)
    assert aubench(*mean, "--results", "elsewhere").returncode == 0  # makes the twin
    done = aubench(*SCRATCH, "--dry-run")
    assert done.returncode == 0, done.stderr
    # SN010, who lacks a label, trains in fold 0.
    assert "fold 0: 71 train, 36 valid, 54 test" in done.stdout
    assert ["epochs", "2", "--set;", "the", "recipe", "has", "14"] in [
        line.split() for line in done.stdout.splitlines()
    ]
    assert not (tmp_path / "runs").exists()


def test_a_method_that_cannot_do_a_protocol_is_skipped_with_its_reason_in_the_table(
    aubench: Aubench, tmp_path: Path
) -> None:
    skipped = ("run", "--method", "scratch", "--protocol", "disfa3fold-occ", *TINY)
    for _ in range(2):
        done = aubench(*skipped)
        assert done.returncode == 0, done.stderr
        assert (
            "skipped: scratch cannot do disfa3fold-occ: heat maps need intensities" in done.stdout
        )
    assert aubench("run", "--method", "mean", "--protocol", "disfa3fold-occ", *TINY).returncode == 0
    table = aubench("table", "--protocol", "disfa3fold-occ", "--metric", "f1").stdout
    place = table.index("Skipped: methods that cannot do this protocol")
    assert table.index("mean") < place < table.index("scratch")
    assert "heat maps need intensities" in table[place:]

    record = one(tmp_path / "runs", "scratch/*/record.json")
    refused = aubench("verify", record.parent)
    assert refused.returncode == 2
    assert "scratch was skipped (heat maps need intensities)" in refused.stderr


def test_folds_can_run_apart(aubench: Aubench, tmp_path: Path) -> None:
    mean = ("run", "--method", "mean", "--protocol", "disfa3fold", *TINY)
    assert "still missing" in aubench(*mean, "--fold", "2").stdout
    assert not list((tmp_path / "runs").rglob("record.json"))
    done = aubench(*mean, "--fold", "0", "--fold", "1")
    assert "done" in done.stdout
    assert list((tmp_path / "runs").rglob("record.json"))
    assert aubench(*mean, "--fold", "3").returncode == 2


def test_folds_that_are_done_are_scored_as_a_partial_result(
    aubench: Aubench, tmp_path: Path
) -> None:
    mean = ("run", "--method", "mean", "--protocol", "disfa3fold", *TINY)
    done = aubench(*mean, "--fold", 1, "--partial")
    assert done.returncode == 0, done.stderr
    path = one(tmp_path / "runs", "record.json")
    record = json.loads(path.read_text())
    assert record["problems"][-2:] == ["fold 0 was not run", "fold 2 was not run"]
    assert [fold["name"] for fold in record["folds"]] == ["1"]
    assert record["coverage"]["predicted"] == record["folds"][0]["test_frames"]
    assert aubench("verify", path.parent).returncode == 0
    table = aubench("table", "--protocol", "disfa3fold")
    assert "Synthetic and partial runs" in table.stdout
    assert "left out" not in table.stderr

    assert aubench(*mean, "--partial").returncode == 0
    whole = json.loads(path.read_text())
    assert len(whole["folds"]) == 3
    assert not any("was not run" in problem for problem in whole["problems"])
    assert whole["run_id"] == record["run_id"]
    assert aubench("verify", path.parent).returncode == 0


@pytest.mark.slow
def test_one_seed_gives_equal_bytes_even_after_kills(
    aubench: Aubench, tmp_path: Path, cache: Path
) -> None:
    aubench("run", "--method", "mean", "--protocol", "disfa3fold", *TINY)  # makes the twin
    start = time.monotonic()
    done = aubench(*SCRATCH, "--results", "whole")
    assert done.returncode == 0, done.stderr
    seconds = time.monotonic() - start
    whole = one(tmp_path / "whole", "scratch/*/predictions.parquet")

    moments = random.Random(0)
    command = [*map(str, SCRATCH), "--results", "killed"]
    for _ in range(3):
        process = subprocess.Popen(
            [sys.executable, "-m", "aubench", *command],
            cwd=tmp_path,
            env=os.environ | {"AUBENCH_CACHE": str(cache)},
            stdout=subprocess.DEVNULL,
        )
        time.sleep(moments.uniform(0.3, 0.9) * seconds)
        process.send_signal(signal.SIGKILL)
        process.wait()
    done = aubench(*command)
    assert done.returncode == 0, done.stderr
    killed = one(tmp_path / "killed", "scratch/*/predictions.parquet")
    assert killed.read_bytes() == whole.read_bytes()

    other = aubench(*SCRATCH, "--results", "other", "--seed", 1)
    assert other.returncode == 0, other.stderr
    seeded = one(tmp_path / "other", "scratch/*/predictions.parquet")
    assert not pd.read_parquet(seeded)["AU12"].equals(pd.read_parquet(whole)["AU12"])


def test_a_pack_that_lacks_a_subject_is_refused_unless_told(
    aubench: Aubench, tmp_path: Path
) -> None:
    tree, pack = tmp_path / "tree", tmp_path / "pack"
    made = aubench("synth", "disfa", tree, "--frames", 2, "--width", 128, "--height", 96)
    assert made.returncode == 0, made.stderr
    others = [d.name for d in (tree / "ActionUnit_Labels").iterdir() if d.name != "SN003"]
    made = aubench("prepare", "disfa", tree, pack, "--size", 64, "--subjects", ",".join(others))
    assert made.returncode == 0, made.stderr

    run = ("run", "--method", "mean", "--protocol", "disfa3fold", "--device", "cpu")
    refused = aubench(*run, "--pack", pack)
    assert refused.returncode == 2
    assert "no frames of disfa/SN003" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    done = aubench(*run, "--pack", pack, "--partial")
    assert done.returncode == 0, done.stderr
    record = json.loads(one(tmp_path / "runs", "record.json").read_text())
    assert any("SN003" in problem for problem in record["problems"])


def test_a_missing_pack_is_one_line(aubench: Aubench, tmp_path: Path) -> None:
    done = aubench("run", "--method", "mean", "--protocol", "disfa3fold", "--pack", "nowhere")
    assert done.returncode == 2
    assert "nowhere" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_checkpoint_of_another_fold_is_refused(
    aubench: Aubench, tmp_path: Path, cache: Path
) -> None:
    """Fold 0 trains on people that fold 1 tests; it is killed when it has a checkpoint."""
    run = ("run", "--method", "scratch", "--protocol", "disfa3fold", "--epochs", 50, *TINY)
    process = subprocess.Popen(
        [sys.executable, "-m", "aubench", *map(str, run), "--fold", "0"],
        cwd=tmp_path,
        env=os.environ | {"AUBENCH_CACHE": str(cache)},
        stdout=subprocess.DEVNULL,
    )
    while not (found := list(tmp_path.rglob("checkpoint.safetensors"))):
        assert process.poll() is None
        time.sleep(0.1)
    process.kill()
    process.wait()
    planted = found[0].parents[1].with_name("fold-1") / "checkpoints"
    planted.mkdir(parents=True)
    for path in found[0].parent.glob("*.safetensors"):
        (planted / path.name).write_bytes(path.read_bytes())
    done = aubench(*run, "--fold", "1")
    assert done.returncode == 2
    assert "fold-1/checkpoints/checkpoint.safetensors: a checkpoint for another" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_predictor_may_not_be_tested_on_whom_it_learned_from() -> None:
    protocol = find("protocols", "disfa3fold")
    predictor = Constant()
    predictor.train_subjects = ("disfa/SN001",)
    with pytest.raises(AubenchError, match="trained on disfa/SN001, which fold 0 tests"):
        refuse_leak(predictor, protocol.fold("0"))
    refuse_leak(predictor, protocol.fold("1"))


class Constant(Predictor):
    aus = (1,)

    def estimate(self, frames: Frames) -> FloatArray:
        return np.zeros((len(frames), 1), dtype=np.float32)

    def save(self, folder: Path) -> None: ...


def test_a_full_disk_is_one_line_and_loses_nothing(aubench: Aubench, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ("mount", "-t", "tmpfs", "-o")
    if subprocess.run([*mount, "size=4m", "tmpfs", disk], check=False).returncode:
        pytest.skip("no right to mount a small disk here")
    run = ("run", "--method", "scratch", "--protocol", "disfa3fold", "--epochs", 1, *TINY)
    try:
        full = aubench(*run, "--fold", "0", "--results", disk / "runs")
        assert full.returncode == 2
        assert "No space left on device; free some space" in full.stderr
        assert len(full.stderr.splitlines()) == 1
        subprocess.run([*mount, "remount,size=200m", "tmpfs", disk], check=True)
        again = aubench(*run, "--fold", "0", "--results", disk / "runs")
        assert again.returncode == 0, again.stderr
    finally:
        subprocess.run(["umount", disk], check=True)


def test_seeds_are_runs_of_their_own_and_are_not_done_again(
    aubench: Aubench, tmp_path: Path
) -> None:
    mean = ("run", "--method", "mean", "--protocol", "disfa3fold", *TINY)
    alone = aubench(*mean, "--seed", 2)
    assert alone.returncode == 0, alone.stderr
    kept = one(tmp_path / "runs", "record.json")
    before = kept.read_bytes()

    done = aubench(*mean, "--seeds", "0-2,5")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("done before") == 1
    records = [json.loads(path.read_text()) for path in (tmp_path / "runs").rglob("record.json")]
    assert sorted(record["seed"] for record in records) == [0, 1, 2, 5]
    assert len({record["run_id"] for record in records}) == 4
    assert kept.read_bytes() == before

    table = aubench("table", "--protocol", "disfa3fold", "--format", "csv").stdout
    (row,) = [line for line in csv.DictReader(io.StringIO(table)) if line["method"] == "mean"]
    assert row["seeds"] == "4"
    assert float(row["sd of seeds"]) == 0  # nothing is drawn in training it


@pytest.mark.parametrize("seeds", ["4-0", "1,b", "-3", "1.5", ",", "0-999999999"])
def test_seeds_that_cannot_be_read_are_one_line(aubench: Aubench, seeds: str) -> None:
    done = aubench("run", "--method", "mean", "--protocol", "disfa3fold", "--seeds", seeds)
    assert done.returncode == 2
    assert f"--seeds {seeds}" in done.stderr
    assert "Traceback" not in done.stderr


def test_seed_and_seeds_together_are_refused(aubench: Aubench) -> None:
    mean = ("run", "--method", "mean", "--protocol", "disfa3fold")
    done = aubench(*mean, "--seed", 0, "--seeds", "0-4")
    assert done.returncode == 2
    assert "both --seed and --seeds" in done.stderr
