"""Landmarks that a user gives: 300-W ``.pts`` files, or a CSV as OpenFace 2 writes it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from aubench.corpora.landmark_files import read_pts
from aubench.errors import AubenchError
from aubench.frames import FloatArray
from aubench.predict.shots import Source

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (*(f"x_{i}" for i in range(68)), *(f"y_{i}" for i in range(68)))
"""Pixels of the 68 points in a CSV; beside them ``frame``, from 1, or ``file``."""

Points = Mapping[int, FloatArray]
"""Frame number of a shot → (68, 2) pixels; a frame without landmarks is not there."""


def read_points(path: Path, source: Source) -> Points:
    """The landmarks of ``source``.

    Args:
        path: For a picture, a ``.pts`` file; for a folder, a folder of ``.pts`` files with the
            pictures' names; for anything, a CSV.
        source: What they belong to.

    Raises:
        AubenchError: If the file cannot be read, or belongs to something else.
    """
    if not path.exists():
        raise AubenchError("no such file", mend="name a .pts file, a folder or a CSV", path=path)
    if path.is_dir():
        return _from_folder(path, source)
    if path.suffix.lower() == ".pts":
        if source.is_video or source.is_folder:
            raise AubenchError(
                "landmarks of one picture",
                mend="give a CSV with a row a frame (for a folder, also a folder of .pts files)",
                path=path,
            )
        return {1: read_pts(path)}
    return _from_csv(path, source)


def _from_folder(folder: Path, source: Source) -> Points:
    if source.is_video:
        raise AubenchError(
            "a folder of landmarks, but a video", mend="give a CSV with a row a frame", path=folder
        )
    files = {n: folder / f"{file.stem}.pts" for n, file in enumerate(source.files, start=1)}
    found = {n: read_pts(file) for n, file in files.items() if file.is_file()}
    if not found:
        raise AubenchError(
            f"holds no {files[1].name}", mend="name files after their pictures", path=folder
        )
    return found


def _from_csv(path: Path, source: Source) -> Points:
    """A row a face; rows with ``success`` 0 or a number that is not finite are no face."""
    import pandas as pd

    try:
        table = pd.read_csv(path, skipinitialspace=True)
    except (OSError, ValueError) as error:
        reason = str(error).split("\n")[0]
        raise AubenchError(f"not a CSV ({reason})", mend=_FORM, path=path) from error
    table.columns = table.columns.str.strip()
    lacking = [name for name in COLUMNS if name not in table.columns]
    if lacking:
        raise AubenchError(f"no column {lacking[0]}", mend=_FORM, path=path)
    points = table[list(COLUMNS)].apply(pd.to_numeric, errors="coerce").to_numpy(np.float32)
    points = points.reshape(-1, 2, 68).transpose(0, 2, 1)
    seen = np.isfinite(points).all(axis=(1, 2))
    if "success" in table.columns:
        seen &= table["success"].to_numpy() != 0
    frames = _frames(table, path, source)
    found: dict[int, FloatArray] = {}
    for row in np.flatnonzero(seen):
        if frames[row] in found:
            raise AubenchError(
                f"two faces in frame {frames[row]}",
                mend="keep the rows of the person that is meant",
                path=path,
                line=int(row) + 2,
            )
        found[frames[row]] = points[row]
    return found


def _frames(table: pd.DataFrame, path: Path, source: Source) -> list[int]:
    """Frame number of the shot that each row is of; 0 where there is none."""
    if "frame" in table.columns:
        return [int(number) for number in table["frame"]]
    if "file" in table.columns:
        numbers = {file.name: n for n, file in enumerate(source.files, start=1)}
        return [numbers.get(Path(str(name)).name, 0) for name in table["file"]]
    if len(table) == 1:
        return [1]
    raise AubenchError("no column frame", mend=_FORM, path=path)


_FORM = "give the columns frame (from 1) or file, x_0 … x_67 and y_0 … y_67, in pixels"
