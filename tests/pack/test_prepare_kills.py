"""Preparing that is killed again and again ends as if nothing had happened."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aubench.pack.pack import Pack
from aubench.synthetic.corpora.fera2017_tree import Fera2017Tree

SUBJECTS = tuple(f"TR/F{number:03d}" for number in range(1, 6))
KILLS = 10


@pytest.mark.slow
def test_ten_kills_at_random_moments_change_nothing(tmp_path: Path) -> None:
    twin = Fera2017Tree(scale=0.02, size=64, pictures=1)
    twin.write(tmp_path / "tree", SUBJECTS, workers=2)

    def begin(dest: Path) -> subprocess.Popen[bytes]:
        arguments = ("prepare", "fera2017", tmp_path / "tree", dest, "--size", 32, "--workers", 2)
        return subprocess.Popen(
            [sys.executable, "-m", "aubench", *map(str, arguments)], start_new_session=True
        )

    start = time.monotonic()
    assert begin(tmp_path / "whole").wait() == 0
    usual, draw = time.monotonic() - start, random.Random(0)
    for _ in range(KILLS):
        process = begin(tmp_path / "killed")
        time.sleep(draw.uniform(0, usual))
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert begin(tmp_path / "killed").wait() == 0
    whole, killed = (Pack.open(tmp_path / name).manifest for name in ("whole", "killed"))
    assert killed == whole
    names = {p.relative_to(tmp_path / "whole") for p in (tmp_path / "whole").rglob("*")}
    assert {p.relative_to(tmp_path / "killed") for p in (tmp_path / "killed").rglob("*")} == names
