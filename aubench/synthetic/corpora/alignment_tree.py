"""A synthetic alignment corpus: many faces, each with its 68 landmarks as a 300-W file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from aubench.errors import AubenchError
from aubench.synthetic.backdrop import clutter, lights, studio
from aubench.synthetic.corpora.tree import begin, half_done, publish, spread
from aubench.synthetic.dynamics import DISPLAYS
from aubench.synthetic.face.expression import AUS
from aubench.synthetic.face.fields import Float
from aubench.synthetic.face.identity import draw_person
from aubench.synthetic.face.model import Model, build
from aubench.synthetic.scene import Moment, Scene, View

PER_FOLDER = 500
PER_PERSON = 10
"""Pictures a folder, and pictures of each made-up person."""

FIRST_PERSON = 1 << 40
"""Seeds of these people start here, those of the other trees stay below: nobody is in both."""


@dataclass(frozen=True)
class AlignmentSettings:
    """What decides every byte of the tree.

    Attributes:
        seed: Another seed gives other people.
        count: Pictures.
        size: Width and height, pixels.
    """

    seed: int = 0
    count: int = 10_000
    size: int = 256

    def __post_init__(self) -> None:
        if self.count < 1:
            raise AubenchError(f"count={self.count}", mend="ask for at least one picture")
        if self.size < 64:
            raise AubenchError(f"size={self.size}", mend="choose 64 pixels or more")


def write_alignment(
    dest: Path | str,
    settings: AlignmentSettings | None = None,
    *,
    workers: int = 1,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Write an alignment corpus, or finish one that was interrupted.

    Folders ``part00``, ``part01``, … hold `PER_FOLDER` pictures each, ``NAME.jpg`` with
    ``NAME.pts``; a folder is there whole or not at all.

    Args:
        dest: A folder that is empty, does not exist, or holds the same tree unfinished.
        settings: What to write.
        workers: Processes.
        progress: Told 1 after each folder.

    Raises:
        AubenchError: If ``dest`` holds anything else.
    """
    settings = settings or AlignmentSettings()
    root = Path(dest)
    begin(root, "alignment", asdict(settings))
    folders = -(-settings.count // PER_FOLDER)
    spread(write_part, [(root, settings, k) for k in range(folders)], workers, progress)


def write_part(root: Path, settings: AlignmentSettings, part: int) -> None:
    """Write one folder, unless it is there."""
    target = root / f"part{part:02d}"
    if target.is_dir():
        return
    first = part * PER_FOLDER
    with half_done(root, target.name) as work:
        (work / "done").mkdir()
        for start in range(first, min(first + PER_FOLDER, settings.count), PER_PERSON):
            seed = FIRST_PERSON + settings.seed * 1_000_000 + start // PER_PERSON
            model = build(draw_person(seed))
            for k in range(start, min(start + PER_PERSON, settings.count)):
                picture, points = portrait(model, k - start, settings.size)
                _write(work / "done" / f"face{k:06d}", picture, points)
        publish(work / "done", target)


def portrait(model: Model, take: int, size: int) -> tuple[npt.NDArray[np.uint8], Float]:
    """One picture of a person: any pose, light and expression, sometimes something in front.

    Args:
        model: The person.
        take: Which picture of theirs.
        size: Pixels.

    Returns:
        (size, size, 3) uint8 RGB and (68, 2) landmarks in pixels.
    """
    rng = np.random.default_rng([model.person.seed, take, 0xA11])
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
    """(17,) 0–5: one or two displays, and a few AUs at random."""
    found = np.zeros(len(AUS))
    for _ in range(rng.integers(0, 3)):
        display = DISPLAYS[rng.integers(len(DISPLAYS))]
        peak = rng.uniform(1, 5)
        for au, (part, chance) in display.aus.items():
            if rng.random() < chance:
                found[AUS.index(au)] = max(found[AUS.index(au)], peak * part)
    lone = rng.random(len(AUS)) < 0.08
    return np.asarray(np.clip(np.where(lone, rng.uniform(0, 5, len(AUS)), found), 0, 5))


def _cover(
    rng: np.random.Generator, picture: npt.NDArray[np.uint8], points: npt.NDArray[np.float32]
) -> npt.NDArray[np.uint8]:
    """Something in front of a part of the face."""
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
    paint = (255 * clutter(rng, size, size) ** (1 / 2.2)).astype(np.float32)
    alpha = (mask / 255.0)[..., None].astype(np.float32)
    return np.asarray(picture * (1 - alpha) + paint * alpha, dtype=np.uint8)


def _write(stem: Path, picture: npt.NDArray[np.uint8], points: Float) -> None:
    """The picture as JPEG and its landmarks as a 300-W file, which counts from 1."""
    kept, data = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 93])
    assert kept
    stem.with_suffix(".jpg").write_bytes(data.tobytes())
    rows = "".join(f"{x:.3f} {y:.3f}\n" for x, y in points + 1)
    stem.with_suffix(".pts").write_text(f"version: 1\nn_points:  68\n{{\n{rows}}}\n")
