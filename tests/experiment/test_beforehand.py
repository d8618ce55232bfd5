"""What ``aubench run`` says before, during and after it computes."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from support.command import Aubench

MEAN = ("run", "--method", "mean", "--protocol", "disfa3fold", "--device", "cpu")
SCRATCH = ("run", "--method", "scratch", "--protocol", "disfa3fold", "--device", "cpu")
TINY = ("--twin-size", 64, "--twin-frames", 6)


def test_a_dry_run_without_a_pack_renders_nothing_and_says_what_it_would(
    aubench: Aubench, tmp_path: Path
) -> None:
    empty = str(tmp_path / "empty-cache")
    run = ("run", "--method", "hr2018", "--protocol", "fera2015", "--dry-run")
    done = aubench(*run, AUBENCH_CACHE=empty)
    assert done.returncode == 0, done.stderr
    assert "twin would be made first" in done.stdout
    assert "1,640 frames of 41 subjects, 128×128 pixels" in done.stdout
    assert "recipe: quick" in done.stdout
    assert "fold development: 16 train, 5 valid, 20 test subjects; to do" in done.stdout
    assert not (tmp_path / "empty-cache" / "twins").exists()


def test_a_dry_sensitivity_study_renders_nothing(aubench: Aubench, tmp_path: Path) -> None:
    study = ("study", "sensitivity", "lr", "--values", "1e-4,1e-3", "--method", "scratch")
    empty = str(tmp_path / "empty-cache")
    done = aubench(*study, "--protocol", "disfa3fold", "--dry-run", AUBENCH_CACHE=empty)
    assert done.returncode == 0, done.stderr
    assert "1,080 frames of 27 subjects" in done.stdout
    assert "lr of scratch would be 1e-4, 1e-3" in done.stdout
    assert not (tmp_path / "empty-cache" / "twins").exists()


@pytest.mark.parametrize(
    ("arguments", "what", "mend"),
    [
        ((*SCRATCH, "--twin-size", 100), "pictures of 100 pixels", "another --twin-size"),
        (
            ("run", "--method", "adapt", "--protocol", "fera2015", "--twin-size", 96),
            "pictures of 96 pixels",
            "multiple of 64",
        ),
        ((*MEAN, "--fold", "7"), "no fold '7'", "choose one of 0, 1, 2"),
        ((*MEAN[:-1], "warp"), "device 'warp'", "this machine has cpu"),
        ((*MEAN, "--results", "file/runs"), "a file stands where", "name a folder"),
    ],
)
def test_what_cannot_go_well_is_refused_before_a_twin_is_rendered(
    aubench: Aubench, tmp_path: Path, arguments: tuple[object, ...], what: str, mend: str
) -> None:
    (tmp_path / "file").touch()
    done = aubench(*arguments, AUBENCH_CACHE=str(tmp_path / "empty-cache"))
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert what in done.stderr
    assert mend in done.stderr
    assert not (tmp_path / "empty-cache" / "twins").exists()


def test_tensorboard_without_the_extra_is_told_with_the_extra(
    aubench: Aubench, tmp_path: Path
) -> None:
    hidden = tmp_path / "site" / "sitecustomize.py"
    hidden.parent.mkdir()
    hidden.write_text("import sys\nsys.modules['tensorboard'] = None\n")
    path = os.pathsep.join(filter(None, (str(hidden.parent), os.environ.get("PYTHONPATH"))))
    done = aubench(*MEAN, "--tensorboard", PYTHONPATH=path)
    assert done.returncode == 2
    assert "pip install 'aubench[tensorboard]'" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_dead_pack_of_the_configuration_names_the_configuration(
    aubench: Aubench, tmp_path: Path
) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[packs]\ndisfa = "/gone/disfa.pack"\n')
    done = aubench(*MEAN, AUBENCH_CONFIG=str(config))
    assert done.returncode == 2
    assert done.stderr.startswith("error: /gone/disfa.pack: no pack: no such folder")
    assert f"named for disfa in {config}" in done.stderr
    assert "mend or remove that line" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_timm_weights_that_cannot_be_had_are_told_within_seconds(
    aubench: Aubench, tmp_path: Path
) -> None:
    dead = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(tmp_path / "hub")}
    run = ("run", "--method", "timm/resnet10t", "--protocol", "disfa3fold", "--device", "cpu")
    done = aubench(*run, AUBENCH_CACHE=str(tmp_path / "empty-cache"), **dead)
    assert done.returncode == 2
    assert "no pre-trained weights of resnet10t" in done.stderr
    assert "--set weights=none" in done.stderr
    assert not (tmp_path / "empty-cache" / "twins").exists()


@pytest.mark.slow
def test_ctrl_c_says_what_is_kept_and_the_next_call_goes_on_from_there(
    aubench: Aubench, tmp_path: Path, cache: Path
) -> None:
    assert aubench(*MEAN, *TINY).returncode == 0  # makes the twin
    run = (*SCRATCH, *TINY, "--fold", 0, "--epochs", 6)
    place = {"AUBENCH_CACHE": str(cache), "AUBENCH_CONFIG": str(tmp_path / "none.toml")}
    begun = subprocess.Popen(
        [sys.executable, "-m", "aubench", *map(str, run)],
        cwd=tmp_path,
        env=os.environ | place,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert begun.stdout is not None
    for line in begun.stdout:
        if re.search(r"epoch +1/6", line):
            break
    begun.send_signal(signal.SIGINT)
    said = begun.communicate(timeout=120)[0]
    kept = re.search(r"fold 0 up to epoch (\d+)", said)
    assert kept, said
    assert "stopped by SIGINT" in said
    assert f"to go on: aubench {shlex.join(map(str, run))}" in said
    again = aubench(*run)
    assert again.returncode == 0, again.stderr
    assert f"fold 0  goes on after epoch {kept[1]}/6\n" in again.stdout


@pytest.mark.slow
def test_a_run_says_what_was_done_before_and_the_time_of_all_folds(aubench: Aubench) -> None:
    assert "fold 0" in aubench(*MEAN, *TINY, "--fold", "0").stdout
    rest = aubench(*MEAN, *TINY)
    assert "done before: fold 0\n" in rest.stdout
    assert re.search(r"3 folds took \d", rest.stdout)
