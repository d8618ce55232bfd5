"""Fixtures for tests of ``aubench check-corpus``; a module names this file as a pytest plugin."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from aubench import cli
from aubench.corpora.disfa import facts as disfa_facts
from support.trees.checked_disfa import FRAMES, SUBJECTS, Check, code, face
from support.trees.disfa_tree import AUS, write_disfa, write_mat


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree in which nothing is wrong, of three people with 30 frames each; tests copy it."""
    root = write_disfa(tmp_path_factory.mktemp("whole") / "DISFA", SUBJECTS, FRAMES)
    for subject in SUBJECTS:
        rows = FRAMES - (subject == "SN010")
        for au in AUS:
            lines = [f"{frame},{code(subject, frame, au)}\n" for frame in range(1, rows + 1)]
            (root / f"ActionUnit_Labels/{subject}/{subject}_au{au}.txt").write_text("".join(lines))
        for frame in range(1, FRAMES + 1):
            name = f"tmp_frame_lm/{subject}_{frame - 1:04d}_lm.mat"
            write_mat(root / "Landmark_Points" / subject / name, face(subject, frame))
    return root


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """As if DISFA were these three people; the folder in which the test runs."""
    monkeypatch.setattr(disfa_facts, "SUBJECTS", SUBJECTS)
    monkeypatch.setattr(disfa_facts, "FRAMES", FRAMES)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def tree(whole: Path, small: Path) -> Path:
    """A copy of `whole` to spoil, called ``DISFA``."""
    shutil.copytree(whole, small / "DISFA")
    return Path("DISFA")


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Check:
    """Runs the command; gives its exit status and what it printed."""

    def call(*arguments: object) -> tuple[int, str]:
        words = ["aubench", "check-corpus", "--workers", "1", *map(str, arguments)]
        monkeypatch.setattr(sys, "argv", words)
        with pytest.raises(SystemExit) as left:
            cli.main()
        out, error = capfd.readouterr()
        return int(left.value.code or 0), out + error

    return call
