"""Temporary files of killed processes go; those of living ones stay, and files get the umask."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from aubench.io import atomic as module
from aubench.io.atomic import atomic
from aubench.io.locks import hold
from aubench.synthetic.twin import TwinOptions, twin
from aubench.training.checkpoint import write_tensors

WRITER = """
import pathlib, sys, time
from aubench.io.atomic import atomic
with atomic(pathlib.Path(sys.argv[1])) as temporary:
    temporary.write_text("half")
    print(temporary.name, flush=True)
    time.sleep(60)
"""


def writer(path: Path) -> tuple[subprocess.Popen[str], Path]:
    """A process in the midst of writing, and its temporary file."""
    arguments = [sys.executable, "-c", WRITER, str(path)]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, path.with_name(process.stdout.readline().strip())


def test_what_a_killed_process_left_is_removed_and_what_a_living_one_writes_is_not(
    tmp_path: Path,
) -> None:
    dead, left = writer(tmp_path / "record.json")
    living, kept = writer(tmp_path / "record.json")
    try:
        dead.kill()
        dead.wait()
        assert left.exists()
        module._tidy.cache_clear()
        with atomic(tmp_path / "other.json") as temporary:
            temporary.write_text("whole")
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted([kept.name, "other.json"])
    finally:
        living.kill()
        living.wait()


def test_other_peoples_partial_files_stay(tmp_path: Path) -> None:
    for name in ("film.mkv.partial", "a.1.partial", "x.1-abcdef.partial"):
        (tmp_path / name).touch()
    with atomic(tmp_path / "table.csv") as temporary:
        temporary.write_text("x")
    assert len(list(tmp_path.iterdir())) == 4


def test_two_writers_of_one_file_do_not_share_a_temporary_file(tmp_path: Path) -> None:
    with atomic(tmp_path / "a") as one, atomic(tmp_path / "a") as two:
        assert one != two
        one.write_text("one")
        two.write_text("two")
    assert (tmp_path / "a").read_text() == "one"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("mask", [0o022, 0o002, 0o077, 0o027])
def test_weights_and_every_other_file_have_the_mode_of_the_umask(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        write_tensors(tmp_path / "weights.safetensors", {"x": torch.zeros(2)}, {})
        with atomic(tmp_path / "record.json") as temporary:
            temporary.write_text("{}")
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == dict.fromkeys(["weights.safetensors", "record.json"], 0o666 & ~mask)


def test_the_tree_of_a_twin_killed_at_its_end_goes_with_the_next_command(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUBENCH_CACHE", str(cache))
    options = TwinOptions(size=64, frames=6)
    folder = twin("disfa", options).parent
    left = folder / "tree" / "Videos_LeftCamera"
    left.mkdir(parents=True)
    with hold(folder / "lock"):  # another process is at it
        twin("disfa", options)
        assert left.exists()
    twin("disfa", options)
    assert [path.name for path in folder.iterdir()] == ["pack"]


def test_damaged_compiled_code_is_compiled_again(tmp_path: Path) -> None:
    script = """
import sys
sys.path.insert(0, sys.argv[1])
import mine
print(mine.double(21))
"""
    (tmp_path / "mine.py").write_text(
        "from aubench.synthetic.render.compiled import compiled\n"
        "@compiled\ndef double(x):\n    return 2 * x\n"
    )

    def run() -> str:
        done = subprocess.run(
            [sys.executable, "-c", script, str(tmp_path)],
            env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "numba")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert run() == "42\n"
    code = list((tmp_path / "numba").rglob("*.nb?"))
    assert len(code) == 2
    for path in code:
        path.write_bytes(b"")
    assert run() == "42\n"
    for path in code:
        path.write_bytes(path.read_bytes()[:-9])
    assert run() == "42\n"
