"""Tables of landmarks, one row per face, as OpenFace 2 writes them or as people write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from aubench.errors import AubenchError
from aubench.frames import FloatArray, IntArray
from aubench.io.tables import read_batches, read_header
from aubench.landmarks import MARKUPS


@dataclass(frozen=True)
class LandmarkTable:
    """The rows of a table.

    Attributes:
        path: The file.
        lines: (M,) line of each row, from 1.
        frames: (M,) column ``frame``, 0 or more, each row another; None if there is none.
        files: Column ``file``; None if there is none.
        points: (M, P, 2) float32 pixels from 0, P of `MARKUPS`; NaN where there is no face.
        is_openface: It has OpenFace's column ``success``.
    """

    path: Path
    lines: IntArray
    frames: IntArray | None
    files: tuple[str, ...] | None
    points: FloatArray
    is_openface: bool

    def error(self, what: str, row: int) -> AubenchError:
        """Return an error about a row."""
        return AubenchError(what, mend=FORM, path=self.path, line=int(self.lines[row]))


FORM = "give the columns frame, x_0 … x_67 and y_0 … y_67 in pixels, one row a frame"


def is_openface(path: Path) -> bool:
    """Return whether a table has OpenFace's column ``success``."""
    return "success" in read_header(path)


def read_landmark_table(path: Path) -> LandmarkTable:
    """Read landmarks from columns ``x_0`` … ``x_67``, ``y_0`` … ``y_67`` (or 66, or 49).

    A row without a face has ``success`` 0 or empty cells; columns that are not named here are not
    looked at.

    Raises:
        AubenchError: If it is no such table, or at the first row that is wrong.
    """
    names = read_header(path)
    count = _count(names, path)
    points = [f"{axis}_{i}" for axis in "xy" for i in range(count)]
    for name in points:
        if names.count(name) != 1:
            what = f"{'two columns' if name in names else 'no column'} {name}"
            raise AubenchError(what, mend=FORM, path=path, line=1)
    columns: dict[str, Literal["number", "text"]] = dict.fromkeys(points, "number")
    columns |= {name: "number" for name in ("frame", "success") if name in names}
    columns |= {"file": "text"} if "file" in names else {}
    batches = list(read_batches(path, columns))
    cells = pd.concat([batch for batch, _ in batches])
    table = LandmarkTable(
        path=path,
        lines=np.concatenate([lines for _, lines in batches if lines is not None]),
        frames=None,
        files=tuple(cells["file"].str.strip()) if "file" in names else None,
        points=np.empty((0, count, 2), dtype=np.float32),
        is_openface="success" in names,
    )
    frames = _frames(table, cells["frame"].to_numpy()) if "frame" in names else None
    lost = _lost(table, cells["success"].to_numpy()) if table.is_openface else None
    with np.errstate(over="ignore"):  # what is too large becomes infinite
        found = cells[points].to_numpy(np.float32).reshape(-1, 2, count).transpose(0, 2, 1).copy()
    if lost is not None:
        found[lost] = np.nan
    _check(table, found)
    return LandmarkTable(path, table.lines, frames, table.files, found, table.is_openface)


def _count(names: list[str], path: Path) -> int:
    """Return the number of points, by the largest: a lost column makes no smaller markup."""
    numbers = [int(name[2:]) for name in names if re.fullmatch("[xy]_[0-9]{1,3}", name)]
    count = max(numbers, default=67) + 1
    if count not in MARKUPS:
        what = f"columns of {count} points, where {', '.join(map(str, MARKUPS))} are known"
        raise AubenchError(what, mend=FORM, path=path, line=1)
    return count


def _frames(table: LandmarkTable, column: FloatArray) -> IntArray:
    """Return frame numbers: whole, each once."""
    fits = (column >= 0) & (column == np.floor(column)) & (column < 1e9)
    for row in np.flatnonzero(~fits)[:1].tolist():
        raise table.error(f"frame {column[row]:g}", row)
    frames: IntArray = column.astype(np.int64)
    _, first = np.unique(frames, return_index=True)
    for row in np.setdiff1d(np.arange(len(frames)), first)[:1].tolist():
        raise table.error(f"frame {frames[row]} a second time", row)
    return frames


def _lost(table: LandmarkTable, success: FloatArray) -> npt.NDArray[np.bool_]:
    """Return which rows have ``success`` 0."""
    for row in np.flatnonzero(~np.isin(success, (0, 1)))[:1].tolist():
        raise table.error(f"success {success[row]:g}, which is 0 or 1", row)
    return np.asarray(success == 0)


def _check(table: LandmarkTable, points: FloatArray) -> None:
    """Raise unless every face is complete or missing as a whole."""
    flat = points.reshape(len(points), -1)
    bad = np.isinf(flat).any(axis=1) | (np.isnan(flat).any(axis=1) & ~np.isnan(flat).all(axis=1))
    for row in np.flatnonzero(bad)[:1].tolist():
        number = np.flatnonzero(~np.isfinite(flat[row]))[0] // 2
        raise table.error(f"point {number} is not finite, and others are", row)
