"""Slurm's commands on the path, or the variables of a job around, change nothing."""

import os
from pathlib import Path

import pytest

from support.command import Aubench


@pytest.mark.slow
@pytest.mark.parametrize("job", [{}, {"SLURM_NTASKS": "2", "SLURM_JOB_NAME": "sweep"}])
def test_slurm_nearby_prints_nothing_that_nobody_asked_for(
    tmp_path: Path, aubench: Aubench, job: dict[str, str]
) -> None:
    srun = tmp_path / "bin" / "srun"
    srun.parent.mkdir()
    srun.write_text("#!/bin/sh\nexit 1\n")
    srun.chmod(0o755)
    path = f"{srun.parent}{os.pathsep}{os.environ['PATH']}"
    tiny = ("--twin-size", 64, "--twin-frames", 6, "--epochs", 1, "--fold", 0, "--device", "cpu")
    run = ("run", "--method", "scratch", "--protocol", "disfa3fold", *tiny)
    done = aubench(*run, PATH=path, **job)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "srun" not in done.stdout
