"""The videos of BP4D's and FERA's people in the synthetic twins: how long each is, what it shows.

BP4D, FERA 2015 and FERA 2017 show the same 41 people; FERA 2017 adds 20 who validate.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from aubench.corpora.bp4d import facts
from aubench.errors import AubenchError
from aubench.frames import IntArray
from aubench.synthetic import dynamics

RATE = 25
"""Frames per second."""

SHORTEST, LONGEST = 90, 768
"""Coded frames of BP4D's shortest and longest video."""

FRAMES = dict(
    zip(
        facts.SUBJECTS,
        (
            3_358, 4_092, 3_699, 3_061, 3_985, 2_703, 3_496, 3_491, 3_930, 3_696, 3_915, 3_878,
            2_621, 4_221, 3_591, 4_304, 3_882, 3_294, 3_888, 3_105, 3_517, 3_255, 3_599, 3_996,
            3_412, 3_211, 3_192, 3_436, 3_409, 3_144, 3_474, 3_407, 3_665, 3_660, 3_264, 3_972,
            3_797, 3_770, 3_751, 3_509, 4_197,
        ),
        strict=True,
    )
)  # fmt: skip
"""Coded frames of each of BP4D's people.

Only sums are published: 146,847 in all, 75,586 of the odd and 71,261 of the even ids (FERA 2015),
50,631, 50,182 and 46,034 of the three parts of DRML. These were drawn and then moved as little as
possible until all five sums hold; one person's number says nothing about BP4D's.
"""


def video_frames(total: int, videos: int, seed: int) -> tuple[int, ...]:
    """Frames of each of a person's videos, which are of very different lengths.

    Args:
        total: Frames of all together.
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


class Video(NamedTuple):
    """A person's video of one task.

    Attributes:
        task: ``T1`` to ``T8``.
        number: Of the video within the corpus, from 0.
        times: (n,) the frame of the person's performance that each frame shows.
    """

    task: str
    number: int
    times: IntArray


def videos_of(
    person: int, lengths: Sequence[int], scale: float, pictures: int | None
) -> tuple[Video, ...]:
    """A person's videos, which share one performance: together they show all of it.

    Args:
        person: Number of the person within the corpus, from 0.
        lengths: Real number of frames of each task.
        scale: Share of the frames that is kept, at least one per video; a time-lapse.
        pictures: Most different pictures per video, each held for several frames; None: all differ.
    """
    counts = [max(1, round(scale * length)) for length in lengths]
    found, start = [], 0
    for k, count in enumerate(counts):
        different = min(pictures or count, count)
        held = np.arange(count) * different // count
        first = -(-held * count // different)
        times = (start + first) * dynamics.FRAMES // sum(counts)
        found.append(Video(facts.TASKS[k], len(facts.TASKS) * person + k, times))
        start += count
    return tuple(found)


def check_scale(scale: float, pictures: int | None) -> None:
    """Refuse settings that no tree can have.

    Raises:
        AubenchError: If ``scale`` is not above 0 and at most 1, or ``pictures`` is below 1.
    """
    if not 0 < scale <= 1:
        raise AubenchError(f"scale={scale:g}", mend="choose more than 0 and at most 1")
    if pictures is not None and pictures < 1:
        raise AubenchError(f"pictures={pictures}", mend="ask for at least one a video")
