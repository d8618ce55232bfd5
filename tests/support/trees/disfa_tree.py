"""Tiny trees in DISFA's layout, in the variants that laboratories have."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from scipy.io import savemat

from support.drawn import face_points

AUS = (1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26)
WIDTH, HEIGHT = 96, 72
SUBJECTS = ("SN001", "SN002", "SN010")


def from_0(subject: str, frame: int) -> str:
    """The habit of counting landmark files from 0."""
    return f"tmp_frame_lm/{subject}_{frame - 1:04d}_lm.mat"


def from_1(subject: str, frame: int) -> str:
    """The habit of counting landmark files from 1."""
    return f"tmp_frame_lm/l{frame:05d}_lm.mat"


@dataclass(frozen=True)
class DisfaLayout:
    """How a laboratory has named things."""

    labels: str = "ActionUnit_Labels/{subject}/{subject}_au{au}.txt"
    videos: str = "Videos_LeftCamera/LeftVideo{subject}_comp.avi"
    landmarks: str = "Landmark_Points/{subject}"
    mat: Callable[[str, int], str] = from_0
    newline: str = "\n"
    head: str = ""
    tail: str = ""
    spare_mat: bool = False
    first: int | None = None
    """Number of the first frame's picture, if ``videos`` names pictures (with ``{number}``)."""


def intensity(frame: int, au: int) -> int:
    """The label of a frame: another one in every frame and column."""
    return (frame * 5 + au) % 6


def points(frame: int) -> np.ndarray:
    """(68, 2) landmarks of a frame, in pixels: a face of about 40 pixels, moving right.

    The inner mouth corners, which DISFA's files do not have, are where `to_68` puts them.
    """
    face = face_points(48) + np.array([10 + 0.05 * (frame % 600), 12])
    middle = face[[61, 62, 63, 65, 66, 67]].mean(axis=0)
    face[60] = 0.75 * face[48] + 0.25 * middle
    face[64] = 0.75 * face[54] + 0.25 * middle
    return face


def brightness(frame: int) -> int:
    """The grey that a frame is filled with."""
    return 30 + 15 * (frame % 14)


def write_video(path: Path, frames: int) -> None:
    """A video whose frames can be told apart by their brightness."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=Fraction(20))
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.bit_rate = 2_000_000
        for frame in range(1, frames + 1):
            image = np.full((HEIGHT, WIDTH, 3), brightness(frame), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())


def write_pictures(root: Path, name: str, subject: str, frames: Iterable[int], first: int) -> None:
    """Frames extracted from a video: ``name`` holds ``{subject}`` and ``{number}``."""
    for frame in frames:
        path = root / name.format(subject=subject, number=frame - 1 + first)
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), np.full((HEIGHT, WIDTH, 3), brightness(frame), np.uint8))


def write_mat(path: Path, face: np.ndarray) -> None:
    """68 points as the 66 of DISFA's files."""
    path.parent.mkdir(parents=True, exist_ok=True)
    savemat(path, {"pts": np.delete(face, [60, 64], axis=0)})


def write_disfa(
    root: Path,
    subjects: tuple[str, ...] = SUBJECTS,
    frames: int = 6,
    layout: DisfaLayout | None = None,
) -> Path:
    """A tree of ``subjects`` with ``frames`` frames of video each; SN010 has one label fewer."""
    layout = layout or DisfaLayout()
    for subject in subjects:
        rows = frames - (subject == "SN010")
        for au in AUS:
            path = root / layout.labels.format(subject=subject, au=au)
            path.parent.mkdir(parents=True, exist_ok=True)
            lines = [f"{frame},{intensity(frame, au)}" for frame in range(1, rows + 1)]
            text = layout.head + layout.newline.join([*lines, ""]) + layout.tail
            path.write_bytes(text.encode())
        if layout.first is None:
            write_video(root / layout.videos.format(subject=subject), frames)
        else:
            write_pictures(root, layout.videos, subject, range(1, frames + 1), layout.first)
        for frame in range(1, frames + 1 + layout.spare_mat):
            folder = root / layout.landmarks.format(subject=subject)
            write_mat(folder / layout.mat(subject, frame), points(frame))
    return root


def write_alignment(
    root: Path, names: tuple[str, ...] = ("afw/1", "afw/2", "helen/train/1")
) -> Path:
    """Pictures with 300-W points beside them; brightness as of frames 1, 2, 3 …"""
    for number, name in enumerate(names, start=1):
        path = root / f"{name}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), np.full((HEIGHT, WIDTH, 3), brightness(number), np.uint8))
        rows = "".join(f"{x + 1:.3f} {y + 1:.3f}\n" for x, y in points(number))
        path.with_suffix(".pts").write_text(f"version: 1\nn_points:  68\n{{\n{rows}}}\n")
    return root
