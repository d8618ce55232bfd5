"""Landmarks that a user gives: 300-W ``.pts`` files, or a CSV as OpenFace 2 writes it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from aubench.corpora.landmarks.files import read_pts
from aubench.corpora.landmarks.tables import LandmarkTable, read_landmark_table
from aubench.errors import AubenchError
from aubench.frames import FloatArray
from aubench.landmarks import complete, to_68
from aubench.predict.inputs import InputSource

FrameLandmarks = Mapping[int, FloatArray]
"""Frame number → (68, 2) pixels; a frame without landmarks has no entry."""


def read_landmarks(path: Path, source: InputSource) -> FrameLandmarks:
    """The landmarks of ``source``.

    Args:
        path: For a picture, a ``.pts`` file; for a folder, a folder of ``.pts`` files with the
            pictures' names; for anything, a CSV.
        source: The input that they belong to.

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


def _from_folder(folder: Path, source: InputSource) -> FrameLandmarks:
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


def _from_csv(path: Path, source: InputSource) -> FrameLandmarks:
    """Read one row per face; rows with ``success`` 0 or empty cells are no face."""
    table = read_landmark_table(path)
    points = complete(to_68(table.points))
    found: dict[int, FloatArray] = {}
    for row, frame in enumerate(_frames(table, source)):
        if frame is not None and np.isfinite(points[row]).all():
            if frame in found:
                raise table.error(f"two faces in frame {frame}", row)
            found[frame] = points[row]
    return found


def _frames(table: LandmarkTable, source: InputSource) -> list[int | None]:
    """The frame number of each row; None for a row about a file that is not in the input."""
    if table.frames is not None:
        last = np.inf if source.is_video else len(source.files)
        for row in np.flatnonzero((table.frames < 1) | (table.frames > last))[:1].tolist():
            frame = table.frames[row]
            raise table.error(f"frame {frame}, where they count from 1 to {last:g}", row)
        return list(table.frames.tolist())
    if table.files is not None:
        numbers = {file.name: n for n, file in enumerate(source.files, start=1)}
        return [numbers.get(Path(name).name) for name in table.files]
    if len(table.points) == 1:
        return [1]
    raise AubenchError(
        "no column frame", mend="give a column frame (from 1) or file", path=table.path
    )
