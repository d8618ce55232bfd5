"""Files that hold the landmarks of a whole recording: tables, and trackers' structures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from aubench.corpora.landmarks.fit_mat import read_fit
from aubench.corpora.landmarks.tables import FORM, read_landmark_table
from aubench.errors import AubenchError
from aubench.frames import FloatArray, IntArray


@dataclass(frozen=True)
class Series:
    """Landmarks of many frames.

    Attributes:
        by: What ``numbers`` are: ``frame`` numbers of the label files, places in the order of
            ``time`` from 0, or places in the ``alphabetical`` order of pictures from 0.
        numbers: (M,), each once.
        points: (M, P, 2) float32 pixels from 0, P of `MARKUPS`; NaN where there are none.
    """

    by: Literal["frame", "time", "alphabetical"]
    numbers: IntArray
    points: FloatArray


def read_series(path: Path) -> Series:
    """Read the landmarks of a recording from a ``.csv`` or ``.mat`` file.

    Raises:
        AubenchError: If the file cannot be read or is of no form that is known.
    """
    if path.suffix.lower() == ".csv":
        return read_csv(path)
    points = read_fit(path)
    return Series("time", np.arange(len(points)), points)


def read_csv(path: Path) -> Series:
    """Read landmarks from columns ``frame``, ``x_0`` … ``x_67``, ``y_0`` … ``y_67`` (or 66, or 49).

    A file with a column ``success`` is taken for OpenFace 2's: ``frame`` counts the pictures that
    it went through from 1 (in a folder, in alphabetical order: its ``SequenceCapture`` sorts
    names). In any other file ``frame`` is the number that the label files use, and a frame without
    landmarks is left out or has empty cells.

    Raises:
        AubenchError: If it is no such file, or a frame is there twice.
    """
    table = read_landmark_table(path)
    if table.frames is None:
        raise AubenchError("no column frame", mend=FORM, path=path, line=1)
    if table.is_openface:
        return Series("alphabetical", table.frames - 1, table.points)
    return Series("frame", table.frames, table.points)
