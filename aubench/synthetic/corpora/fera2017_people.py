"""Who is in the synthetic twin of FERA 2017, and for how many frames."""

from __future__ import annotations

from collections.abc import Sequence

from aubench.corpora.bp4d.facts import TASKS
from aubench.errors import AubenchError
from aubench.synthetic.corpora.bp4d_people import FRAMES, video_frames

PARTITIONS = {"TR": "Train", "VA": "Valid"}
"""Partition → how its folders are named. The labels of the test partition are not public."""

TRAINING_SHARE = 1_290_000 / (9 * 146_847)
"""Frames of the training partition a frame of BP4D: about 1.29 M in nine views."""

VALIDATION_VIDEOS, VALIDATION_FRAMES = 159, 77_333
"""Of one view, from the published 1,431 videos and 696 thousand frames of nine."""


def _everybody() -> dict[str, tuple[int, ...]]:
    """Person (``TR/F001``) → real number of frames of each of their videos, one view each."""
    found = {}
    for k, (person, total) in enumerate(FRAMES.items()):
        lengths = video_frames(total, len(TASKS), k)
        found[f"TR/{person}"] = tuple(int(n * TRAINING_SHARE) for n in lengths)
    people = (*(f"F{n:03d}" for n in range(1, 8)), *(f"M{n:03d}" for n in range(1, 14)))
    done = videos = 0
    for k, person in enumerate(people):
        here = min(len(TASKS), VALIDATION_VIDEOS - videos)
        videos += here
        share = VALIDATION_FRAMES * videos // VALIDATION_VIDEOS - done
        done += share
        found[f"VA/{person}"] = video_frames(share, here, len(FRAMES) + k)
    return found


VIDEO_FRAMES = _everybody()
"""The 41 of BP4D train. Who validates is known only as 7 women and 13 men; here their ids are
those of other people who train, because BP4D's ids and BP4D+'s collide too."""

PEOPLE = tuple(VIDEO_FRAMES)


def chosen(subjects: Sequence[str]) -> tuple[str, ...]:
    """The people whom ``subjects`` names.

    Raises:
        AubenchError: At a name that is neither a partition nor one of `PEOPLE`.
    """
    for name in subjects:
        if name not in (*PARTITIONS, *PEOPLE):
            raise AubenchError(
                f"FERA 2017 has no subject {name!r}",
                mend="choose from TR/F001–TR/M018 and VA/F001–VA/M013, or TR, or VA",
            )
    return tuple(p for p in PEOPLE if p in subjects or p.split("/")[0] in subjects)
