"""Settings of the reader of DISFA."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aubench.corpora.disfa.layout import PicturesIn
from aubench.corpora.disfa.names import Camera
from aubench.corpora.landmarks.policy import LandmarkSettings
from aubench.errors import AubenchError


@dataclass(frozen=True)
class DisfaSettings(LandmarkSettings):
    """Options of the reader; `LandmarkSettings.landmarks` is not about frames of the error log.

    Attributes:
        camera: Which of the two cameras; it becomes the session of every frame. Doubt: DISFA's
            own landmarks do not say of which camera they are; tools use them with the left one,
            so pictures of the right one need another source.
        logged_landmarks: What DISFA's own landmarks are worth in frames of its error log, where
            its tracker failed: ``lost``, so that these frames are cropped between their
            neighbours' landmarks and marked as not tracked; ``corpus`` takes those that can be
            meant; ``detector`` finds others in the pictures (face-alignment).
        pictures: Where pictures may be, if the source holds both: in a ``video``, in folders of
            extracted ``frames``, or ``any``.
        frame_difference: How many frames a video may be shorter or longer than its labels. Label
            row i is video frame i all the same; what has no partner at the end is left out. Doubt:
            where a video lacks a frame at its beginning instead, all labels are one frame off.
    """

    camera: Camera = "left"
    logged_landmarks: Literal["lost", "corpus", "detector"] = "lost"
    pictures: PicturesIn = "any"
    frame_difference: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.camera == "right" and self.landmark_source == "corpus":
            raise AubenchError(
                "camera=right, but DISFA's own landmarks are of the left camera",
                mend="name others with --landmark-source FOLDER, or --landmark-source detector",
            )
        if self.logged_landmarks != "lost" and self.landmark_source != "corpus":
            raise AubenchError(
                f"logged_landmarks={self.logged_landmarks} is about DISFA's own landmarks, and "
                f"--landmark-source {self.landmark_source} names others",
                mend="leave one of the two out",
            )
