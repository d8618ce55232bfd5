"""Settings that every reader of recordings has: which landmarks, and what if there are none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aubench.corpora.landmarks.numbering import Moved
from aubench.errors import AubenchError


@dataclass(frozen=True)
class LandmarkSettings:
    """Options about landmarks.

    Attributes:
        landmark_source: Where landmarks come from: ``corpus``, ``detector`` (face-alignment), or
            a folder (see `aubench.corpora.landmarks.sources.LandmarkFolders`).
        landmarks: What to do about a frame without usable landmarks: ``strict`` stops with an
            error; ``interpolate`` keeps the frame, cropped between its neighbours' landmarks and
            marked as not tracked.
        no_landmarks: What to do about a recording of which no frame has usable landmarks, so that
            there are no neighbours: ``refuse`` stops with its name; ``centre`` crops its frames
            about the middle of the picture, and the pack notes it.
        moved_landmarks: What to do about landmarks that are numbered as the pictures, but one off:
            ``refuse`` asks, ``shift`` and ``keep`` answer (see
            `aubench.corpora.landmarks.numbering.settle`).
        max_gap: Seconds; where landmarks are filled in over more, the pack names the recording.
            The default is assumed: a turn of the head takes about a second, so within two a face
            hardly leaves the straight line and returns.
    """

    landmark_source: str = "corpus"
    landmarks: Literal["strict", "interpolate"] = "strict"
    no_landmarks: Literal["refuse", "centre"] = "refuse"
    moved_landmarks: Moved = "refuse"
    max_gap: float = 2.0

    def __post_init__(self) -> None:
        if not self.max_gap >= 0:
            raise AubenchError(f"max_gap={self.max_gap}", mend="give seconds, 0 or more")


CENTRE = "put them there, or crop about the middle of the picture with --set no_landmarks=centre"
"""What to do about a recording without any landmarks."""
