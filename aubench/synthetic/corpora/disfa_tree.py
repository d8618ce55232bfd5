"""A synthetic corpus in DISFA's own layout, quirks included."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np

from aubench.corpora.disfa import facts
from aubench.errors import AubenchError
from aubench.landmarks import to_66
from aubench.synthetic.backdrop import lights, studio
from aubench.synthetic.corpora.files import write_mat, write_video
from aubench.synthetic.corpora.tree import SyntheticTree, publish, working_folder
from aubench.synthetic.dynamics import FRAMES, RATE, perform
from aubench.synthetic.face.expression import AUS
from aubench.synthetic.face.identity import draw_person
from aubench.synthetic.face.model import build
from aubench.synthetic.render.compiled import Float
from aubench.synthetic.scene import Scene, View

CAMERAS = {
    "left": ("Videos_LeftCamera", "LeftVideo{}_comp.avi", -10.0),
    "right": ("Video_RightCamera", "RightVideo{}_comp.avi", 10.0),
}
"""Camera → its folder, its file name (the asymmetry is DISFA's) and its yaw, degrees."""

LANDMARKED = "left"
"""The camera whose landmarks are given, as in DISFA."""


@dataclass(frozen=True)
class DisfaTree(SyntheticTree):
    """The synthetic twin of DISFA: 27 subjects, each there whole or not at all.

    Attributes:
        seed: Another seed gives 27 other people.
        frames: Frames per subject, at most 4845; fewer make a time-lapse of the same performance.
        width: Pixels, even.
        height: Pixels, even.
        cameras: ``left``, ``right`` or both; each costs the same.
    """

    kind: ClassVar[str] = "disfa"
    title: ClassVar[str] = "DISFA"
    choices: ClassVar[str] = "SN001–SN032 as it numbers them"

    frames: int = FRAMES
    width: int = 1024
    height: int = 768
    cameras: tuple[str, ...] = ("left",)

    def __post_init__(self) -> None:
        if not 1 <= self.frames <= FRAMES:
            raise AubenchError(f"frames={self.frames}", mend=f"choose 1 to {FRAMES}")
        if self.width % 2 or self.height % 2 or min(self.width, self.height) < 64:
            raise AubenchError(
                f"a picture of {self.width}×{self.height}", mend="choose even numbers from 64 up"
            )
        if not self.cameras or set(self.cameras) - set(CAMERAS):
            raise AubenchError(
                f"cameras={','.join(self.cameras)}", mend="choose left, right or left,right"
            )

    @classmethod
    def for_twin(cls, *, size: int, frames: int, seed: int) -> Self:
        """See `SyntheticTree.for_twin`."""
        return cls(seed, frames, width=2 * size * 5 // 8 * 2, height=2 * size)

    def parts(self) -> tuple[str, ...]:
        """The subjects."""
        return facts.SUBJECTS

    def write_part(self, root: Path, part: str) -> None:
        """Write a subject's videos, landmarks and labels, unless they are there."""
        labels_at = root / "ActionUnit_Labels" / part
        if labels_at.is_dir():
            return
        number = facts.SUBJECTS.index(part)
        seed = 1000 * self.seed + number
        model, performance = build(draw_person(seed)), perform(seed)
        times = [i * FRAMES // self.frames for i in range(self.frames)]
        size = (self.width, self.height)
        with working_folder(root, part) as work:
            for camera in self.cameras:
                _, name, yaw = CAMERAS[camera]
                drawn = performance.draw(Scene(model, self.view(seed, yaw)), times)
                points = write_video(work / name.format(part), drawn, size, RATE)
                if camera == LANDMARKED or LANDMARKED not in self.cameras:
                    _write_landmarks(work / "landmarks", part, number, np.array(points, float))
            _write_labels(work / "labels", part, performance.labels[times])
            for camera in self.cameras:
                folder, name, _ = CAMERAS[camera]
                publish(work / name.format(part), root / folder / name.format(part))
            publish(work / "landmarks", root / "Landmark_Points" / part / "tmp_frame_lm")
            publish(work / "labels", labels_at)  # last: it says that the subject is whole

    def view(self, seed: int, yaw: float) -> View:
        """How a camera of the laboratory, turned by ``yaw`` degrees, sees the person of a seed."""
        rng = np.random.default_rng([seed, 0x1AB])
        size = (self.width, self.height)
        return View(
            *size,
            studio(rng, *size),
            lights(rng, 0.25),
            fill=0.70 * rng.uniform(0.94, 1.06),
            distance=1000.0,
            centre=(0.5 + rng.uniform(-0.03, 0.03), 0.42 + rng.uniform(-0.02, 0.02)),
            turn=(yaw + rng.normal(0, 2), rng.normal(2, 3), rng.normal(0, 2)),
            noise=1.6,
        )


def _write_labels(
    folder: Path, subject: str, labels: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
) -> None:
    """Write one ``frame,intensity`` file per AU, frames from 1; SN010 lacks its last row."""
    folder.mkdir()
    rows = len(labels) - facts.SHORT_LABELS.get(subject, 0)
    for au in facts.AUS:
        track = labels[:rows, AUS.index(au)]
        text = "".join(f"{i},{y}\n" for i, y in enumerate(track, start=1))
        (folder / f"{subject}_au{au}.txt").write_text(text)


def _write_landmarks(folder: Path, subject: str, number: int, points: Float) -> None:
    """Write one 66-point MATLAB file per frame, named in one of DISFA's two ways.

    Every third subject has ``l0001_lm.mat`` (from 1), the others ``SN001_0000_lm.mat`` (from 0);
    every fourth has one file more than its video has frames.
    """
    folder.mkdir()
    extra = points[-1:] if number % 4 == 1 else points[:0]
    for i, frame in enumerate(np.concatenate([points, extra])):
        name = f"l{i + 1:04d}_lm.mat" if number % 3 == 2 else f"{subject}_{i:04d}_lm.mat"
        write_mat(folder / name, to_66(frame))
