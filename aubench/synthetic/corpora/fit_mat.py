"""Landmarks of a video as BP4D's tracker left them: a MATLAB structure array by frame."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

_HEADER = b"MATLAB 7.3 MAT-file, synthetic".ljust(116) + bytes(8) + b"\x00\x02IM"
"""What comes before the HDF5 part, without the date that would make each run differ."""


def write_fit(path: Path, points: Sequence[npt.NDArray[np.floating[Any]] | None]) -> None:
    """Write ``fit(k).pred``, (P, 2) pixels of frame k, in a file of version 7.3 (HDF5).

    Args:
        path: The file.
        points: One a frame in the order of time; None where the tracker was lost.
    """
    with h5py.File(path, "w", userblock_size=512) as file:
        fit, cells = file.create_group("fit"), file.create_group("#refs#")
        fit.attrs["MATLAB_class"] = np.bytes_("struct")
        references = np.empty((len(points), 1), dtype=h5py.ref_dtype)
        for k, found in enumerate(points):
            empty = np.zeros(2, np.uint64)  # the size of what is not there
            # HDF5 has the axes of a matrix in the opposite order
            cell = cells.create_dataset(f"p{k}", data=empty if found is None else found.T)
            cell.attrs["MATLAB_class"] = np.bytes_("double")
            if found is None:
                cell.attrs["MATLAB_empty"] = np.uint8(1)
            references[k, 0] = cell.ref
        fit.create_dataset("pred", data=references)
    with path.open("r+b") as file:
        file.write(_HEADER)
