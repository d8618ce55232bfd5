"""Files that hold the landmarks of a whole recording: tables, and trackers' structures."""

from __future__ import annotations

from csv import QUOTE_NONE
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Literal

import numpy as np

from aubench.corpora.tracker_files import read_fit
from aubench.errors import AubenchError
from aubench.frames import FloatArray, IntArray
from aubench.landmarks import MARKUPS


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
    """The landmarks of a recording from a ``.csv`` or ``.mat`` file.

    Raises:
        AubenchError: If the file cannot be read or is of no form that is known.
    """
    if path.suffix.lower() == ".csv":
        return read_csv(path)
    points = read_fit(path)
    return Series("time", np.arange(len(points)), points)


def read_csv(path: Path) -> Series:
    """Landmarks in columns ``frame``, ``x_0`` … ``x_67``, ``y_0`` … ``y_67`` (or 66, or 49).

    A file with a column ``success`` is taken for OpenFace 2's: ``frame`` counts the pictures that
    it went through from 1 (in a folder, in alphabetical order: its ``SequenceCapture`` sorts
    names), and rows of success 0 have no landmarks. In any other file ``frame`` is the number that
    the label files use, and a frame without landmarks is left out or has empty cells. Further
    columns are not looked at.

    Raises:
        AubenchError: If it is no such file, or a frame is there twice.
    """
    import pandas as pd

    data = path.read_bytes()
    lines = data.rstrip().split(b"\n")
    names = [cell.strip() for cell in lines[0].decode("utf-8-sig", "replace").split(",")]
    for number, line in enumerate(lines, start=1):
        if line.count(b",") + 1 != len(names):
            raise _bad(f"{line.count(b',') + 1} cells under a head of {len(names)}", path, number)
    try:
        count = next((n for n in MARKUPS if f"x_{n - 1}" in names), 0)
        wanted = ["frame", *(f"{axis}_{i}" for axis in "xy" for i in range(count or 68))]
        lacking = [name for name in wanted if names.count(name) != 1]
        if lacking:
            raise _bad(f"no column {lacking[0]}", path, 1)
        is_openface = "success" in names
        read = [*wanted, "success"] if is_openface else wanted
        cells = pd.read_csv(
            BytesIO(data),
            header=0,
            names=names,
            usecols=read,
            skipinitialspace=True,
            dtype=np.float64,
            index_col=False,
            quoting=QUOTE_NONE,
        )
    except ValueError as error:
        reason = str(error).split("\n")[0]
        raise _bad(f"not a table of landmarks ({reason})", path) from error
    frames = cells["frame"].to_numpy()
    for row in np.flatnonzero(~((frames >= 0) & (frames == np.floor(frames)) & (frames < 1e9)))[:1]:
        raise _bad(f"frame {frames[row]:g}", path, int(row) + 2)
    numbers = frames.astype(np.int64)
    twice = pd.Series(numbers).duplicated().to_numpy()
    for row in np.flatnonzero(twice)[:1]:
        raise _bad(f"frame {numbers[row]} a second time", path, int(row) + 2)
    with np.errstate(over="ignore"):  # what is too large becomes infinite: no landmark
        flat = cells[wanted[1:]].to_numpy(np.float32)
    points = flat.reshape(-1, 2, count).transpose(0, 2, 1).copy()
    if not is_openface:
        return Series("frame", numbers, points)
    points[cells["success"].to_numpy() == 0] = np.nan
    return Series("alphabetical", numbers - 1, points)


def _bad(what: str, path: Path, line: int | None = None) -> AubenchError:
    mend = "give the columns frame, x_0 … x_67 and y_0 … y_67 in pixels, one row a frame"
    return AubenchError(what, mend=mend, path=path, line=line)
