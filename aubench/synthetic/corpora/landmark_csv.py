"""Landmarks of a video as a table, named as OpenFace names its columns."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from aubench.synthetic.render.raster import Single

COLUMNS = ("frame", *(f"{axis}_{k}" for axis in "xy" for k in range(68)))


def write_landmarks(path: Path, points: Iterable[Single]) -> None:
    """Write (68, 2) landmarks of each frame, in pixels counted from 0; frames count from 1.

    An array that follows itself is formatted once.
    """
    last, text = None, ""
    with path.open("w") as file:
        file.write(",".join(COLUMNS) + "\n")
        for frame, found in enumerate(points, start=1):
            if found is not last:
                last, text = found, ",".join(f"{v:.2f}" for v in found.T.ravel().tolist())
            file.write(f"{frame},{text}\n")
