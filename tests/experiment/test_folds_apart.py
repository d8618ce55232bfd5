"""Folds of one run in several processes at once, and what a finished fold leaves."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from support.plugins import install
from support.small_pack import make

LAB = '''
import os
import time
from pathlib import Path

from aubench_methods.label_method import LabelMethod
from aubench.protocol import Fold, Protocol
from torch import nn


class Meets(LabelMethod):
    """Begins to learn when as many folds as MEET says have come so far, wherever they run."""

    summary = "Waits for others."

    def build(self, aus, size):
        return nn.Sequential(nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(48, len(aus)))

    def fit(self, train, valid, run):
        here = Path(os.environ["PLACE"])
        (here / run.folder.parent.name).touch()
        until = time.monotonic() + 300
        while len(list(here.iterdir())) < int(os.environ["MEET"]):
            assert time.monotonic() < until, "nobody came"
            time.sleep(0.05)
        return super().fit(train, valid, run)


test = Protocol(
    name="lab", title="Four people", task="intensity", corpora=("small",), aus=(6, 12),
    folds=(
        Fold(name="A", train=("small/A", "small/B"), valid=("small/C",), test=("small/D",)),
        Fold(name="B", train=("small/B", "small/D"), valid=("small/A",), test=("small/C",)),
    ),
    source="tests", confidence="H",
)
'''
ENTRIES = "[aubench.methods]\nmeets = lab:Meets\n\n[aubench.protocols]\nlab = lab:test\n"


class Lab:
    """A pack, a method, a protocol of two folds, and processes that run them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        install(folder / "site", "lab", ENTRIES, {"lab": LAB})
        make(folder / "pack")
        (folder / "place").mkdir()

    def start(self, *options: str, meet: int = 0) -> subprocess.Popen[str]:
        run = ("run", "--method", "meets", "--protocol", "lab", "--pack", "pack", "--epochs", "2")
        path = os.pathsep.join(
            filter(None, (str(self.folder / "site"), os.environ.get("PYTHONPATH")))
        )
        return subprocess.Popen(
            [sys.executable, "-m", "aubench", *run, "--device", "cpu", *options],
            cwd=self.folder,
            env=os.environ
            | {"PYTHONPATH": path, "MEET": str(meet), "PLACE": str(self.folder / "place")}
            | {"AUBENCH_CONFIG": str(self.folder / "none.toml"), "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def done(self, *options: str) -> str:
        """What a run prints that ends well."""
        process = self.start(*options)
        out, error = process.communicate(timeout=300)
        assert process.returncode == 0, error
        return out

    def files(self, pattern: str) -> list[Path]:
        return sorted((self.folder / "runs").rglob(pattern))


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


@pytest.mark.slow
def test_two_folds_of_one_run_at_once_make_one_record(lab: Lab) -> None:
    """Each waits for the other before it learns, so they are at it at the same time."""
    both = [lab.start("--fold", name, meet=2) for name in "AB"]
    for process in both:
        _, error = process.communicate(timeout=300)
        assert process.returncode == 0, error
    (path,) = lab.files("record.json")
    record = json.loads(path.read_text())
    assert [fold["name"] for fold in record["folds"]] == ["A", "B"]
    assert len(pd.read_parquet(path.with_name("predictions.parquet"))) == 40
    assert "done before" in lab.done()


@pytest.mark.slow
def test_a_run_says_which_fold_another_process_is_at_and_later_makes_the_record(lab: Lab) -> None:
    first = lab.start("--fold", "A", meet=2)
    until = time.monotonic() + 300
    while not list((lab.folder / "place").iterdir()):
        assert time.monotonic() < until
        time.sleep(0.1)
    for options in ((), ("--fold", "B", "--fold", "A")):
        other = lab.start(*options)
        _, error = other.communicate(timeout=300)
        assert other.returncode == 2
        assert "another process is at fold A of this run" in error
        assert len(error.splitlines()) == 1
    (lab.folder / "place" / "go").touch()
    out, error = first.communicate(timeout=300)
    assert first.returncode == 0, error
    assert "others are still missing" in out
    assert "done (" in lab.done()
    assert len(lab.files("record.json")) == 1


@pytest.mark.slow
def test_a_finished_fold_keeps_what_prediction_needs_and_no_checkpoint(lab: Lab) -> None:
    lab.done("--fold", "A")
    (left,) = lab.files("fold-A")
    kept = {path.name for path in left.iterdir()} - {"lock"}
    assert kept == {"fold.json", "log.jsonl", "predictions.parquet", "predictor.safetensors"}
    (left / "checkpoints").mkdir()  # as if it was killed before they were gone
    (left / "checkpoints" / "checkpoint.safetensors").write_bytes(bytes(1000))
    lab.done()
    assert not lab.files("checkpoints")
    assert len(lab.files("log.jsonl")) == 2


@pytest.mark.slow
def test_the_version_of_a_methods_package_is_part_of_the_run_id(lab: Lab) -> None:
    first = lab.done("--dry-run")
    assert lab.done("--dry-run") == first
    metadata = lab.folder / "site" / "lab-1.0.dist-info" / "METADATA"
    metadata.write_text(metadata.read_text().replace("Version: 1.0", "Version: 1.1"))
    ids = [re.search(r"meets/([0-9a-f]{12})", out) for out in (first, lab.done("--dry-run"))]
    assert ids[0] and ids[1] and ids[0][1] != ids[1][1]
