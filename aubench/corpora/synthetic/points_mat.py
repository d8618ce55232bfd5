"""Landmarks of one picture as a MATLAB file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.io import savemat

_HEADER = b"MATLAB 5.0 MAT-file, synthetic".ljust(116)
"""The text at the start of a MATLAB file, without the date that would make each run differ."""


def write_points(path: Path, points: npt.NDArray[np.floating[Any]]) -> None:
    """Write (P, 2) points, in pixels, as the matrix ``pts``; the same points, the same bytes."""
    savemat(path, {"pts": points})
    with path.open("r+b") as file:
        file.write(_HEADER)
