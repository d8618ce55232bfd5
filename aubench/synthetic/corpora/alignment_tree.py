"""A synthetic alignment corpus: many faces, each with its 68 landmarks as a 300-W file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

import cv2
import numpy as np

from aubench.errors import AubenchError
from aubench.synthetic.backdrop import clutter, lights, studio
from aubench.synthetic.corpora.files import jpeg, write_pts
from aubench.synthetic.corpora.tree import SyntheticTree, publish, working_folder
from aubench.synthetic.dynamics import DISPLAYS
from aubench.synthetic.face.expression import AUS
from aubench.synthetic.face.identity import draw_person
from aubench.synthetic.face.model import Model, build
from aubench.synthetic.render.compiled import Bytes, Float, Single, single
from aubench.synthetic.scene import Moment, Scene, View

PER_FOLDER = 500
PER_PERSON = 10
"""Pictures per folder, and pictures of each made-up person."""

FIRST_PERSON = 1 << 40
"""Where the seeds of these people start; those of the other trees stay below: nobody is in both."""


@dataclass(frozen=True)
class AlignmentTree(SyntheticTree):
    """Many faces with landmarks, to pre-train on.

    Folders ``part00``, ``part01``, … hold `PER_FOLDER` pictures each, ``NAME.jpg`` with
    ``NAME.pts``; a folder is there whole or not at all.

    Attributes:
        seed: Another seed gives other people.
        count: Pictures.
        size: Width and height, pixels.
    """

    kind: ClassVar[str] = "alignment"
    title: ClassVar[str] = "the alignment corpus"
    choices: ClassVar[str] = "part00, part01, …"

    count: int = 10_000
    size: int = 256

    def __post_init__(self) -> None:
        if self.count < 1:
            raise AubenchError(f"count={self.count}", mend="ask for at least one picture")
        if self.size < 64:
            raise AubenchError(f"size={self.size}", mend="choose 64 pixels or more")

    @classmethod
    def for_twin(cls, *, size: int, frames: int, seed: int) -> Self:
        """See `SyntheticTree.for_twin`."""
        return cls(seed, count=frames, size=2 * size)

    def parts(self) -> tuple[str, ...]:
        """The folders."""
        return tuple(f"part{k:02d}" for k in range(-(-self.count // PER_FOLDER)))

    def write_part(self, root: Path, part: str) -> None:
        """Write one folder, unless it is there."""
        target = root / part
        if target.is_dir():
            return
        first = PER_FOLDER * self.parts().index(part)
        with working_folder(root, part) as work:
            (work / "done").mkdir()
            for start in range(first, min(first + PER_FOLDER, self.count), PER_PERSON):
                seed = FIRST_PERSON + self.seed * 1_000_000 + start // PER_PERSON
                model = build(draw_person(seed))
                for k in range(start, min(start + PER_PERSON, self.count)):
                    picture, points = portrait(model, k - start, self.size)
                    (work / "done" / f"face{k:06d}.jpg").write_bytes(jpeg(picture))
                    write_pts(work / "done" / f"face{k:06d}.pts", points)
            publish(work / "done", target)


def portrait(model: Model, number: int, size: int) -> tuple[Bytes, Float]:
    """One picture of a person: any pose, light and expression, sometimes something in front.

    Args:
        model: The person.
        number: Of the picture among the person's, from 0.
        size: Pixels.

    Returns:
        (size, size, 3) uint8 RGB and (68, 2) landmarks in pixels.
    """
    rng = np.random.default_rng([model.person.seed, number, 0xA11])
    yaw, pitch, roll = (np.clip(rng.normal(0, s), -m, m) for s, m in ((24, 50), (11, 25), (10, 25)))
    share = rng.uniform(0.2, 0.8)
    background = clutter if rng.random() < 0.75 else studio
    scene = Scene(
        model,
        View(
            size,
            size,
            background(rng, size, size),
            lights(rng, 1.0),
            fill=float(rng.uniform(0.55, 0.78)),
            distance=float(rng.uniform(500, 1500)),
            centre=(0.5 + rng.uniform(-0.07, 0.07), 0.42 + rng.uniform(-0.06, 0.06)),
            turn=(share * yaw, share * pitch, 0.3 * roll),
            noise=float(rng.uniform(0.5, 5)),
        ),
    )
    moment = Moment(
        any_expression(rng),
        ((1 - share) * yaw, (1 - share) * pitch, 0.7 * roll),
        gaze=(float(rng.normal(0, 9)), float(rng.normal(0, 5))),
        blink=float(rng.choice([0.0, rng.uniform(0, 1)], p=[0.85, 0.15])),
        grain=int(rng.integers(60_000)),
    )
    picture, points = scene.draw(moment)
    if rng.random() < 0.25:
        picture = _cover(rng, picture, points)
    if rng.random() < 0.3:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.3)), np.uint8)
    return picture, points.astype(np.float64)


def any_expression(rng: np.random.Generator) -> Float:
    """(17,) intensities 0–5: up to two displays, and a few AUs at random."""
    found = np.zeros(len(AUS))
    for _ in range(rng.integers(0, 3)):
        display = DISPLAYS[rng.integers(len(DISPLAYS))]
        peak = rng.uniform(1, 5)
        for au, (part, chance) in display.aus.items():
            if rng.random() < chance:
                found[AUS.index(au)] = max(found[AUS.index(au)], peak * part)
    lone = rng.random(len(AUS)) < 0.08
    return np.asarray(np.clip(np.where(lone, rng.uniform(0, 5, len(AUS)), found), 0, 5))


def _cover(rng: np.random.Generator, picture: Bytes, points: Single) -> Bytes:
    """The picture with a shape of any colours in front of a part of the face."""
    size = picture.shape[0]
    centre = points[rng.integers(68)] + rng.normal(0, 0.05 * size, 2)
    half = rng.uniform(0.04, 0.16, 2) * size
    mask = np.zeros(picture.shape[:2], np.uint8)
    place = (tuple(centre.tolist()), tuple((2 * half).tolist()), rng.uniform(0, 90))
    if rng.random() < 0.5:
        corners = np.round(cv2.boxPoints(place)).astype(np.int32)
        cv2.fillPoly(mask, [corners], (255,), cv2.LINE_AA)
    else:
        cv2.ellipse(mask, place, (255,), -1, cv2.LINE_AA)
    paint = single(255 * clutter(rng, size, size) ** (1 / 2.2))
    alpha = (mask / 255.0)[..., None].astype(np.float32)
    return np.asarray(picture * (1 - alpha) + paint * alpha, dtype=np.uint8)
