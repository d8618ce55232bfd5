"""A recording as a survey sees it: labels and landmarks, and pictures that are read on demand."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from aubench.frames import FloatArray, ImageArray, IntArray

BoolArray = npt.NDArray[np.bool_]


class Pictures(Protocol):
    """Pictures that can be read in part: a `FrameSequence`, or `ReaderPictures`."""

    @property
    def count(self) -> int:
        """See `FrameSequence.count`."""
        ...

    def read(self, rows: Collection[int], /) -> Iterator[tuple[int, ImageArray]]:
        """See `FrameSequence.read`."""
        ...


@dataclass(frozen=True)
class Expected:
    """What a whole copy of a corpus holds; what no source says is left empty.

    Attributes:
        subjects: Subject keys.
        recordings: Session and view of what every subject has.
        rows: Subject key → label rows.
        total: Label rows of all subjects.
    """

    subjects: tuple[str, ...] = ()
    recordings: tuple[tuple[str, int], ...] = ()
    rows: Mapping[str, int] = field(default_factory=dict)
    total: int | None = None


@dataclass(frozen=True)
class SurveyedRecording:
    """One session of one subject in one view, as far as it could be read.

    Attributes:
        session: The corpus's own name of the recording.
        view: 0 where the corpus has one view only.
        frames: (N,) numbers of the labelled frames, ascending.
        labels: (N, A) float32, intensity 0–5; NaN = not coded, or not readable.
        occurrence: (N, O) float32, 0 or 1; NaN likewise.
        landmarks: (N, 68, 2) float32 pixels; NaN = none.
        sizes: (N, 2) float32 width and height of the pictures in pixels; NaN = not known.
        logged: (N,) whether the corpus's own error log lists the frame.
        excused: (N,) whether the frame is known to have no usable landmarks in any copy.
        pictures: All pictures; None if there are none.
        rows: (N,) picture in ``pictures`` of each frame, from 0; -1 = none.
        landmark_files: Frame → the file that holds its landmarks.
        landmark_folder: Where there should be more of them.
        why_lost: How the source of landmarks says itself that it lost a face; empty if it does not.
    """

    session: str
    view: int
    frames: IntArray
    labels: FloatArray
    occurrence: FloatArray
    landmarks: FloatArray
    sizes: FloatArray
    logged: BoolArray
    excused: BoolArray
    pictures: Pictures | None
    rows: IntArray
    landmark_files: Mapping[int, Path] = field(default_factory=dict)
    landmark_folder: Path | None = None
    why_lost: str = ""
