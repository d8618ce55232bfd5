"""The few frames that methods are tried on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from aubench.frames import FloatArray, Frames, IntArray, LabelledFrames, Points
from aubench.monitor import Monitor
from aubench.pack.pack import Pack
from aubench.synthetic.twin import TwinOptions, twin

AUS = (6, 12, 17)
"""Action Units that are coded in DISFA, BP4D and FERA 2017."""

FRAMES = 6
"""Frames per subject in the twin."""


@dataclass(frozen=True)
class Sample:
    """Frames in the three roles of a fold, with different subjects in each.

    Attributes:
        train: Some without a label or without landmarks, as corpora have them.
        valid: Other people.
        test: Still others, one of them without landmarks.
    """

    train: LabelledFrames
    valid: LabelledFrames
    test: Frames


def draw_sample(size: int, monitor: Monitor | None = None) -> Sample:
    """Frames of eight people of the synthetic twin of DISFA, which is made on first use.

    Args:
        size: Width and height of the pictures in pixels.
        monitor: Receives the progress of making the twin.
    """
    pack = Pack.open(twin("disfa", TwinOptions(size=size, frames=FRAMES), monitor))
    number = pack.index.groupby("subject", sort=False, observed=True).ngroup().to_numpy()
    place = pack.index.groupby("subject", sort=False, observed=True).cumcount().to_numpy()
    early = place < FRAMES - 2

    def of(first: int, last: int) -> LabelledFrames:
        rows = np.flatnonzero(early & (number >= first) & (number <= last))
        return pack.labelled(rows, AUS)

    return Sample(_with_gaps(of(0, 3)), of(4, 5), _with_gaps(of(6, 7)).unlabelled())


def _with_gaps(frames: LabelledFrames) -> LabelledFrames:
    """The same frames; labels of the first two and landmarks of the third lack."""
    labels = frames.labels.copy()
    labels[0], labels[1, 0] = np.nan, np.nan
    return replace(frames, labels=labels, points=_Hole(frames.points, int(frames.rows[2])))


@dataclass(frozen=True)
class _Hole:
    """Landmarks but for those of one row."""

    points: Points
    row: int

    def __getitem__(self, rows: IntArray) -> FloatArray:
        found = self.points[rows]
        found[rows == self.row] = np.nan
        return found
