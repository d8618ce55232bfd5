"""Where BP4D and FERA 2015 keep their labels, and how BP4D numbers its pictures."""

from __future__ import annotations

from typing import NamedTuple

from aubench.corpora.bp4d import facts
from aubench.synthetic.corpora.bp4d_videos import Video

COLUMNS = (
    1, 2, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 22, 23, 24, 27, 28, 30, 32,
    38, 39,
)  # fmt: skip
"""AUs in the header of an occurrence file; those that these faces cannot show are nowhere coded."""

CHALLENGE = tuple(au for au in facts.OCCURRENCE if au != 24)
"""The AUs of FERA 2015."""

LANDMARKS = "BP4D-fpoints"
"""Folder of the landmarks, in both corpora."""


class Layout(NamedTuple):
    """Where one of the two corpora keeps its labels.

    Attributes:
        occurrence: Folder of the occurrence files.
        intensity: Folder of the folders of each AU's intensity files.
        columns: AUs in the header of the occurrence files.
        flagged: True if these files end with an occlusion flag.
    """

    occurrence: str
    intensity: str
    columns: tuple[int, ...]
    flagged: bool


LAYOUTS = {
    "bp4d": Layout("AUCoding/AU_OCC", "AUCoding/AU_INT", COLUMNS, False),
    "fera2015": Layout("AUCoding", "AU Intensity Codes3.0", CHALLENGE, True),
}

PADDING = (0, 3, 4)
"""Digits that picture names are filled to, in turn."""


def numbers(video: Video) -> range:
    """Numbers of a video's coded frames: they begin anywhere, low if filled to three digits."""
    first = 2 + 617 * video.number % (2900, 90, 2900)[video.number % 3]
    return range(first, first + len(video.times))


def name(frame: int, video: Video) -> str:
    """The number of a frame as its picture's name has it."""
    return str(frame).zfill(PADDING[video.number % 3])


def is_lost(row: int, video: Video) -> bool:
    """True if a frame has no landmarks: those in the last third of every fifth video."""
    return video.number % 5 == 4 and row >= 1 and 3 * row >= 2 * len(video.times)
