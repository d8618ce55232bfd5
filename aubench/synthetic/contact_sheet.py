"""A contact sheet: made-up people, and every Action Unit at 0, 2 and 5."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from aubench.io.atomic import atomic
from aubench.synthetic.backdrop import lights, studio
from aubench.synthetic.corpora.alignment_tree import any_expression
from aubench.synthetic.corpora.files import png
from aubench.synthetic.face.expression import AUS
from aubench.synthetic.face.identity import draw_person
from aubench.synthetic.face.model import build
from aubench.synthetic.render.compiled import Bytes
from aubench.synthetic.scene import Moment, Scene, View

COLUMNS = 12
LEVELS = (0, 2, 5)
TILE = 104
"""Width and height of a picture, pixels."""

BAND = 18
"""Height of a caption, pixels."""


def write_contact_sheet(path: Path, seed: int = 0) -> None:
    """Write a PNG: two rows of people, then three pictures per AU with their caption.

    Args:
        path: The file.
        seed: Another seed shows other people.
    """
    crowd = [_portrait(1000 * seed + k) for k in range(2 * COLUMNS)]
    rows = [_caption("Synthetic faces: no real person", COLUMNS * TILE)]
    rows += [np.concatenate(crowd[k : k + COLUMNS], axis=1) for k in (0, COLUMNS)]
    blocks = [_block(au, 1000 * seed + 3 * k) for k, au in enumerate(AUS)]
    each = COLUMNS // len(LEVELS)
    blocks += [np.full_like(blocks[0], 255)] * (-len(blocks) % each)
    rows += [np.concatenate(blocks[k : k + each], axis=1) for k in range(0, len(blocks), each)]
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic(path) as file:
        file.write_bytes(png(np.concatenate(rows)))


def _scene(seed: int, fill: float) -> Scene:
    """The person of a seed before a plain wall, ``fill`` as in `View`."""
    rng = np.random.default_rng([seed, 0x5EE])
    view = View(
        TILE, TILE, studio(rng, TILE, TILE), lights(rng, 0.2),
        fill=fill, centre=(0.5, 0.42 if fill > 1 else 0.48), noise=0.0,
    )  # fmt: skip
    return Scene(build(draw_person(seed)), view)


def _portrait(seed: int) -> Bytes:
    """A picture of one person with any expression."""
    rng = np.random.default_rng([seed, 0x50])
    turn = tuple(float(a) for a in rng.normal(0, (16, 7, 5)))
    return _scene(seed, 0.8).draw(Moment(any_expression(rng), turn))[0]  # type: ignore[arg-type]  # of 3


def _block(au: int, seed: int) -> Bytes:
    """Pictures of one AU at the three levels on one face, with their caption."""
    scene = _scene(seed, 1.15)
    pictures = []
    for level in LEVELS:
        intensities = np.zeros(len(AUS))
        intensities[AUS.index(au)] = level
        pictures.append(scene.draw(Moment(intensities))[0])
    text = f"AU{au}   " + ", ".join(map(str, LEVELS))
    return np.concatenate([_caption(text, len(LEVELS) * TILE), np.concatenate(pictures, axis=1)])


def _caption(text: str, width: int) -> Bytes:
    """A white band, (BAND, width, 3), with a text."""
    band = np.full((BAND, width, 3), 255, np.uint8)
    cv2.putText(band, text, (5, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (40, 40, 40), 1, cv2.LINE_AA)
    return band
