"""No home, no name, a disk that may only be read: what is there is used."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.command import Aubench

MEAN = ("run", "--method", "mean", "--protocol", "disfa3fold", "--device", "cpu",
        "--twin-size", 64, "--twin-frames", 6)  # fmt: skip

NOBODY = """
import pwd
def nobody(*_):
    raise KeyError("getpwuid(): uid not found")
pwd.getpwuid = pwd.getpwnam = nobody
"""


def test_without_home_and_name_the_cache_is_among_the_temporary_files(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(NOBODY)
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": path, "TMPDIR": str(tmp_path)}
    script = """
from aubench.experiment.packs import configured_packs
from aubench.io.cache import cache_folder
assert configured_packs() == {}
print(cache_folder())
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    folder = Path(done.stdout.strip())
    assert folder == tmp_path / f"aubench-{os.getuid()}"
    assert folder.stat().st_mode & 0o777 == 0o700

    shutil.rmtree(folder)
    folder.symlink_to(tmp_path)  # another user's trap
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "AUBENCH_CACHE" in done.stderr


def test_where_compiled_code_cannot_be_kept_it_is_compiled_each_time(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    script = """
from aubench.synthetic.render.compiled import compiled

@compiled
def double(x):
    return 2 * x

print(double(21))
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "file" / "below")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout == "42\n", done.stderr


@pytest.mark.slow
def test_a_finished_twin_and_a_finished_run_are_used_where_nothing_can_be_written(
    aubench: Aubench, tmp_path: Path, cache: Path
) -> None:
    assert aubench(*MEAN).returncode == 0
    mounted: list[Path] = []
    try:
        for source, place in ((cache, tmp_path / "c"), (tmp_path / "runs", tmp_path / "r")):
            place.mkdir()
            for options in (("--bind", source), ("-o", "remount,ro,bind")):
                done = subprocess.run(["mount", *options, place], check=False)
                if done.returncode:
                    pytest.skip("no right to mount here")
            mounted.append(place)
        done = aubench(*MEAN, "--results", tmp_path / "r", AUBENCH_CACHE=str(tmp_path / "c"))
        assert done.returncode == 0, done.stderr
        assert "done before" in done.stdout
    finally:
        for place in mounted:
            subprocess.run(["umount", place], check=True)
