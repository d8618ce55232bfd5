"""Who is in the synthetic twins of BP4D, FERA 2015 and FERA 2017, and for how many frames.

The three corpora show the same 41 people; FERA 2017 adds 20 who validate.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from aubench.corpora.bp4d import facts
from aubench.errors import AubenchError
from aubench.frames import IntArray
from aubench.synthetic.dynamics import FRAMES as FILM

RATE = 25
"""Frames a second."""

SHORTEST, LONGEST = 90, 768
"""Coded frames of BP4D's shortest and longest video."""

FRAMES = {
    "F001": 3_358, "F002": 4_092, "F003": 3_699, "F004": 3_061, "F005": 3_985, "F006": 2_703,
    "F007": 3_496, "F008": 3_491, "F009": 3_930, "F010": 3_696, "F011": 3_915, "F012": 3_878,
    "F013": 2_621, "F014": 4_221, "F015": 3_591, "F016": 4_304, "F017": 3_882, "F018": 3_294,
    "F019": 3_888, "F020": 3_105, "F021": 3_517, "F022": 3_255, "F023": 3_599, "M001": 3_996,
    "M002": 3_412, "M003": 3_211, "M004": 3_192, "M005": 3_436, "M006": 3_409, "M007": 3_144,
    "M008": 3_474, "M009": 3_407, "M010": 3_665, "M011": 3_660, "M012": 3_264, "M013": 3_972,
    "M014": 3_797, "M015": 3_770, "M016": 3_751, "M017": 3_509, "M018": 4_197,
}  # fmt: skip
"""Coded frames of each of BP4D's people.

Only sums are published: 146,847 in all, 75,586 of the odd and 71,261 of the even ids (FERA 2015),
50,631, 50,182 and 46,034 of the three parts of DRML. These were drawn and then moved as little as
possible until all five sums hold; one person's number says nothing about BP4D's.
"""

FIRST_PERSON = 100
"""Where the seeds of these people start; DISFA's twin has 0–26: nobody is in both."""


def video_frames(total: int, videos: int, seed: int) -> tuple[int, ...]:
    """Divide a person's frames among videos of very different lengths.

    Args:
        total: Frames in all.
        videos: How many, each of `SHORTEST` to `LONGEST`.
        seed: Of the draw.
    """
    drawn = np.random.default_rng([seed, 0x8F]).integers(SHORTEST - 60, LONGEST + 60, videos)
    low, high = -LONGEST, LONGEST
    while high - low > 1:  # the largest shift of all lengths that does not exceed the total
        middle = (low + high) // 2
        fits = np.clip(drawn + middle, SHORTEST, LONGEST).sum() <= total
        low, high = (middle, high) if fits else (low, middle)
    lengths = np.clip(drawn + low, SHORTEST, LONGEST)
    lengths[np.flatnonzero(lengths < LONGEST)[: total - int(lengths.sum())]] += 1
    return tuple(lengths.tolist())


class Take(NamedTuple):
    """A person's video of one task.

    Attributes:
        task: ``T1`` to ``T8``.
        number: Of the video within the corpus, from 0.
        times: (n,) the frame of the person's recording that each frame shows.
    """

    task: str
    number: int
    times: IntArray


def takes(
    lengths: Sequence[int], person: int, scale: float, pictures: int | None
) -> tuple[Take, ...]:
    """A person's videos, which share one recording: together they show all of it.

    Args:
        lengths: Real number of frames of each task.
        person: Number of the person within the corpus, from 0.
        scale: Share of the frames that is kept, at least one a video; a time-lapse.
        pictures: At most so many different pictures a video, each held for several frames.
    """
    counts = [max(1, round(scale * length)) for length in lengths]
    found, start = [], 0
    for k, count in enumerate(counts):
        different = min(pictures or count, count)
        held = np.arange(count) * different // count
        first = -(-held * count // different)
        times = (start + first) * FILM // sum(counts)
        found.append(Take(facts.TASKS[k], len(facts.TASKS) * person + k, times))
        start += count
    return tuple(found)


def check_scale(scale: float, pictures: int | None) -> None:
    """Complain about settings that no tree can have.

    Raises:
        AubenchError: If ``scale`` is not above 0 and at most 1, or ``pictures`` is below 1.
    """
    if not 0 < scale <= 1:
        raise AubenchError(f"scale={scale:g}", mend="choose more than 0 and at most 1")
    if pictures is not None and pictures < 1:
        raise AubenchError(f"pictures={pictures}", mend="ask for at least one a video")
