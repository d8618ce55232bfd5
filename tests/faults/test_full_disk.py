"""A disk that is full at the first write of a synthetic corpus: later, the same command works."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from aubench.errors import AubenchError
from aubench.synthetic.corpora.disfa_tree import DisfaTree

TREE = DisfaTree(0, 1, 64, 64)


def test_a_disk_that_is_full_at_the_first_write_is_no_strangers_folder_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").readlink().suffix == ".partial":
            raise OSError(errno.ENOSPC, "No space left on device")

    def stuck(path: Path, missing_ok: bool = False) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        patch.setattr(Path, "unlink", stuck)  # some file systems need space to remove a file
        with pytest.raises(OSError, match="No space left"):
            TREE.write(tmp_path / "tree", ["SN001"])
    assert any(path.suffix == ".partial" for path in (tmp_path / "tree").iterdir())
    TREE.write(tmp_path / "tree", ["SN001"])
    assert (tmp_path / "tree/ActionUnit_Labels/SN001").is_dir()


def test_a_kill_at_the_first_write_is_no_strangers_folder_later(tmp_path: Path) -> None:
    script = """
import os, signal, sys
from aubench.synthetic.corpora.disfa_tree import DisfaTree
os.fsync = lambda descriptor: os.kill(os.getpid(), signal.SIGKILL)
DisfaTree(0, 1, 64, 64).write(sys.argv[1], ["SN001"])
"""
    killed = subprocess.run([sys.executable, "-c", script, str(tmp_path / "tree")], check=False)
    assert killed.returncode == -9
    TREE.write(tmp_path / "tree", ["SN001"])
    assert not list((tmp_path / "tree").glob("*.partial"))
    assert not list((tmp_path / "tree").glob(".lock"))


def test_a_folder_of_anything_else_is_still_refused(tmp_path: Path) -> None:
    (tmp_path / "film.partial").touch()
    with pytest.raises(AubenchError, match="is not a synthetic corpus"):
        TREE.write(tmp_path, ["SN001"])
