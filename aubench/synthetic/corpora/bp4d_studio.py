"""The people of BP4D and FERA and where they sit: one wall, one light, one camera each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from aubench.synthetic.backdrop import lights, studio
from aubench.synthetic.face.identity import draw_person
from aubench.synthetic.face.model import Model, build
from aubench.synthetic.scene import View

FRINGE = 8.0
"""Hair of the longest fringe, mm below its line: the skin of the neck is the upper forehead's."""


def sitter(seed: int) -> Model:
    """A person who can be looked at from all sides."""
    person = draw_person(seed)
    return build(replace(person, hairline=max(person.hairline, -FRINGE)), covered=True)


def seat(seed: int, width: int, height: int, yaw: float = 0.0, pitch: float = 0.0) -> View:
    """A person before the camera; who is turned sits before the same wall in the same light.

    Args:
        seed: Of the person.
        width: Pixels.
        height: Pixels.
        yaw: Of the whole person, degrees; positive looks to the right of the picture.
        pitch: Likewise; negative looks up.
    """
    rng = np.random.default_rng([seed, 0xFE7A])
    return View(
        width,
        height,
        studio(rng, width, height),
        lights(rng, 0.2),
        fill=0.68 * min(width / height, 1.0) ** 0.5 * rng.uniform(0.95, 1.05),
        distance=1000.0,
        centre=(0.5, 0.47),
        turn=(yaw, pitch, 0.0),
        noise=1.6,
    )
