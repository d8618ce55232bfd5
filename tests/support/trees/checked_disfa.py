"""A small DISFA to spoil, for tests of ``aubench check-corpus``, and what the command prints."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np

from support.trees.disfa_tree import WIDTH, intensity, points, write_mat

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
