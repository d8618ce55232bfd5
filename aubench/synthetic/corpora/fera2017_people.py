"""Who is in the synthetic twin of FERA 2017, and for how many frames."""

from __future__ import annotations

from aubench.corpora.bp4d.facts import FRAMES as BP4D_FRAMES
from aubench.corpora.bp4d.facts import TASKS
from aubench.corpora.fera2017.facts import VIEWS
from aubench.synthetic.corpora.bp4d_videos import FRAMES, video_frames

TRAINING_SHARE = 1_290_000 / (len(VIEWS) * BP4D_FRAMES)
"""Frames of the training partition per frame of BP4D: about 1.29 M in nine views."""

VALIDATION_VIDEOS, VALIDATION_FRAMES = 159, 77_333
"""Of one view, from the published 1,431 videos and 696 thousand frames of nine."""


def _everybody() -> dict[str, tuple[int, ...]]:
    """Person (``TR/F001``) → real number of frames of each video, in one view."""
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
those of other people who train, because ids of BP4D and of BP4D+ collide too."""

PEOPLE = tuple(VIDEO_FRAMES)
