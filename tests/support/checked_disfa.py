"""A small DISFA to spoil, and ``aubench check-corpus`` on it: a plugin of pytest."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from aubench import cli
from aubench.corpora.disfa import facts as disfa_facts
from support.disfa_tree import AUS, WIDTH, intensity, points, write_disfa, write_mat

SUBJECTS = ("SN001", "SN002", "SN010")
FRAMES = 30
LABELS = "ActionUnit_Labels/SN002"
LABEL = f"{LABELS}/SN002_au6.txt"
VIDEO = "Videos_LeftCamera/LeftVideoSN002_comp.avi"
MATS = "Landmark_Points/SN002"

Check = Callable[..., tuple[int, str]]
"""Runs the command with arguments; gives its exit status and what it printed."""


def mat(frame: int) -> str:
    return f"{MATS}/tmp_frame_lm/SN002_{frame - 1:04d}_lm.mat"


def code(subject: str, frame: int, au: int) -> int:
    """A label that differs between subjects."""
    return intensity(frame + SUBJECTS.index(subject), au)


def face(subject: str, frame: int) -> np.ndarray:
    """Landmarks that differ between subjects."""
    return points(frame) + np.array([0, SUBJECTS.index(subject)])


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


def findings(text: str) -> list[str]:
    """The lines that tell a finding."""
    return [line for line in text.splitlines() if re.match("(fault|gap|doubt): ", line)]


def fact(text: str, name: str) -> list[str]:
    """The numbers in the line of the overview that begins with ``name``."""
    (line,) = (line for line in text.splitlines() if line.strip().startswith(f"{name}  "))
    return line.removeprefix(f" {name}").split()


def remove(*names: str) -> Callable[[Path], None]:
    def spoil(root: Path) -> None:
        for name in names:
            path = root / name
            path.unlink() if path.is_file() else shutil.rmtree(path)

    return spoil


def move(change: Callable[[np.ndarray], np.ndarray], *frames: int) -> Callable[[Path], None]:
    """Give frames of SN002 other landmarks."""

    def spoil(root: Path) -> None:
        for frame in frames:
            write_mat(root / mat(frame), change(face("SN002", frame)))

    return spoil


def copy(source: str, target: str) -> Callable[[Path], None]:
    def spoil(root: Path) -> None:
        (root / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / source, root / target)

    return spoil


def one_nan(face: np.ndarray) -> np.ndarray:
    face[40, 1] = np.nan
    return face


def mirrored(face: np.ndarray) -> np.ndarray:
    return np.stack([WIDTH - 1 - face[:, 0], face[:, 1]], axis=1)


def swapped(face: np.ndarray) -> np.ndarray:
    return face[:, ::-1].copy()


def upside_down(face: np.ndarray) -> np.ndarray:
    return 2 * face.mean(axis=0) - face


def on_a_line(face: np.ndarray) -> np.ndarray:
    return np.stack([face[:, 0], 0.3 * face[:, 0] + 20], axis=1)
