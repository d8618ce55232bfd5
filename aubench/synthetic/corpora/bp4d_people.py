"""The people of BP4D and FERA in the synthetic twins: their faces, what they show, the camera."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from aubench.synthetic.backdrop import lights, studio
from aubench.synthetic.dynamics import Display, Performance, perform
from aubench.synthetic.face.identity import draw_person
from aubench.synthetic.face.model import Model, build
from aubench.synthetic.scene import View

FIRST_PERSON = 100
"""Where the seeds of these people start; DISFA's twin has 0–26: nobody is in both."""

DISPLAYS = (
    Display(
        {12: (1.0, 1.0), 6: (0.9, 0.95), 7: (0.8, 0.75), 10: (0.8, 0.9), 14: (0.4, 0.3),
         25: (0.8, 0.8), 26: (0.5, 0.4)}, 16, 6.0,
    ),
    Display({10: (0.8, 1.0), 7: (0.7, 0.7), 6: (0.6, 0.5), 25: (0.5, 0.5)}, 7, 4.0),
    Display({14: (1.0, 1.0), 12: (0.5, 0.5), 7: (0.6, 0.4)}, 14, 5.0),
    Display({17: (1.0, 1.0), 14: (0.6, 0.6), 24: (0.7, 0.5), 15: (0.6, 0.3)}, 9, 4.0),
    Display({17: (0.9, 1.0), 23: (1.0, 0.9)}, 7, 3.5),
    Display({24: (1.0, 1.0), 23: (0.4, 0.2), 14: (0.5, 0.4)}, 4, 3.0),
    Display({15: (1.0, 1.0), 17: (0.9, 0.8), 1: (0.6, 0.3), 4: (0.6, 0.4)}, 6, 3.5),
    Display({1: (1.0, 1.0), 2: (1.0, 0.9), 25: (0.7, 0.5), 5: (0.7, 0.2)}, 10, 3.0),
    Display({4: (1.0, 1.0), 7: (0.8, 0.7)}, 7, 4.0),
    Display({4: (0.9, 1.0), 9: (0.9, 0.4), 10: (0.9, 0.9), 6: (0.5, 0.5), 7: (0.7, 0.8)}, 4, 3.5),
    Display({1: (0.8, 1.0), 4: (0.8, 0.9), 20: (0.7, 0.3), 25: (0.5, 0.5)}, 3, 3.0),
)  # fmt: skip
"""What people show in eight tasks that are made to move them: much more than DISFA's.

These make AUs 6, 7, 10, 12 and 14 present in about half of the frames and the others in a seventh
to a third, as papers report of BP4D."""

FRINGE = 8.0
"""Longest fringe, mm below the hair line: the roots of a longer one would show on the neck, whose
texture is the upper forehead's."""


def person_of(number: int, seed: int) -> tuple[int, Model, Performance]:
    """The seed, the head (which can be seen from all sides) and the performance of a person.

    Args:
        number: Of the person within the corpus, from 0.
        seed: Of the corpus.
    """
    own = 1000 * seed + FIRST_PERSON + number
    person = draw_person(own)
    person = replace(person, hairline=max(person.hairline, -FRINGE))
    return own, build(person, covered=True), perform(own, DISPLAYS)


def view_of(seed: int, width: int, height: int, yaw: float = 0.0, pitch: float = 0.0) -> View:
    """How the one camera sees a person; the wall and the light stay when the person is turned.

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
