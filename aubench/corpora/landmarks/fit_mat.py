"""The structure ``fit`` in MATLAB files that BP4D's trackers left: landmarks of a recording."""

from __future__ import annotations

import struct
import zlib
from math import prod
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from scipy.io import loadmat, whosmat

from aubench.errors import AubenchError
from aubench.frames import FloatArray
from aubench.landmarks import MARKUPS

POINTS = ("pred", "pts_2d")
"""The field of ``fit`` that holds a frame's points: IntraFace's name (readers of BP4D's files on
GitHub), and ZFace's (its demo), the two trackers that BP4D and BP4D+ come with."""

_LARGEST = 1 << 28
"""Bytes of the largest MATLAB file that is opened."""

_LONGEST = 100_000
"""Frames of the longest recording that is believed; BP4D's coded stretches have 90 to 768."""


def read_fit(path: Path) -> FloatArray:
    """Read the structure array ``fit`` of a tracker, one element per frame: (M, P, 2) float32.

    Points are in the field ``pred`` or ``pts_2d``, P × 2; empty where the tracker was lost. The
    numbers are taken as they are: from which corner the pixels count is documented nowhere.

    Args:
        path: A MATLAB file, of version 7.3 (HDF5) as BP4D's are, or older.

    Raises:
        AubenchError: If the file cannot be read, or holds no such structure.
    """
    if path.stat().st_size > _LARGEST:
        raise _no_fit(f"larger than {_LARGEST:,} bytes", path)
    rows = _hdf5_rows(path) if h5py.is_hdf5(path) else _old_rows(path)
    counts = {len(row) for row in rows if row is not None} or {MARKUPS[-1]}
    if len(counts) > 1:
        raise _no_fit(f"frames of {' and '.join(map(str, sorted(counts)))} points", path)
    points = np.full((len(rows), counts.pop(), 2), np.nan, dtype=np.float32)
    for number, row in enumerate(rows):
        if row is not None:
            points[number] = row
    return points


def _hdf5_rows(path: Path) -> list[Any]:
    """Read each frame's points, or None, from a file of version 7.3."""
    try:
        with h5py.File(path, "r") as file:
            fit = file.get("fit", getlink=True)
            if not isinstance(fit, h5py.HardLink) or not isinstance(file["fit"], h5py.Group):
                raise _no_fit("holds no structure 'fit'", path)
            group = file["fit"]
            links = {name: group.get(name, getlink=True) for name in POINTS}
            field = next((n for n, link in links.items() if isinstance(link, h5py.HardLink)), None)
            if field is None:
                raise _no_fit(f"'fit' has no field {' or '.join(POINTS)}", path)
            cells = group[field]
            if not isinstance(cells, h5py.Dataset) or cells.size > _LONGEST or _is_bomb(cells):
                raise _no_fit(f"{field!r} is no list of frames", path)
            if (
                cells.dtype != h5py.ref_dtype
            ):  # a structure of one frame holds the points themselves
                return [_hdf5_points(cells, path)]
            return [_hdf5_points(file[ref], path) for ref in np.ravel(cells[()])]
    except (OSError, KeyError, ValueError, RuntimeError, TypeError) as error:
        reason = str(error).split("\n")[0]
        raise _no_fit(f"not a readable MATLAB file ({reason})", path) from error


def _hdf5_points(data: Any, path: Path) -> Any:
    """Read a matrix, which HDF5 holds transposed; data outside the file are refused."""
    outside = not isinstance(data, h5py.Dataset) or data.is_virtual or data.external
    if outside or _is_bomb(data):
        raise _no_fit("points that are no matrix", path)
    if "MATLAB_empty" in data.attrs:
        return None
    return _points(data.shape[::-1], data, path)


def _is_bomb(data: Any) -> bool:
    """True if reading unpacks more than the data set holds: HDF5 unpacks whole chunks."""
    return bool(data.chunks) and prod(data.chunks) > _LONGEST


def _old_rows(path: Path) -> list[Any]:
    """Read each frame's points, or None, from a file up to version 7."""
    try:
        _check_unpacked(path)
        shape, kind = {n: (s, k) for n, s, k in whosmat(path)}.get("fit", ((0,), ""))
        if kind != "struct" or np.prod(shape, dtype=float) > _LONGEST:
            raise _no_fit("holds no structure 'fit'", path)
        fit = loadmat(path, variable_names=["fit"])["fit"].ravel()
    except AubenchError:
        raise
    except Exception as error:  # they raise whatever their many parsers do
        reason = str(error).split("\n")[0] or type(error).__name__
        raise _no_fit(f"not a readable MATLAB file ({reason})", path) from error
    field = next((name for name in POINTS if name in (fit.dtype.names or ())), None)
    if field is None:
        raise _no_fit(f"'fit' has no field {' or '.join(POINTS)}", path)
    cells = [np.asarray(cell) for cell in fit[field]]
    return [None if cell.size == 0 else _points(cell.shape, cell.T, path) for cell in cells]


def _check_unpacked(path: Path) -> None:
    """Refuse a file whose packed variables are larger unpacked than any recording is.

    A file is a header of 128 bytes, then variables: type and number of bytes, 4 bytes each, and
    that many bytes, packed with zlib where the type is 15.
    """
    data = memoryview(path.read_bytes())
    order = "<" if bytes(data[126:128]) == b"IM" else ">"
    at, total = 128, 0
    while at + 8 <= len(data):
        kind, size = struct.unpack_from(f"{order}II", data, at)
        if kind == 15:
            stream, packed = zlib.decompressobj(), bytes(data[at + 8 : at + 8 + size])
            while packed and total <= _LARGEST:
                total += len(stream.decompress(packed, 1 << 20))
                packed = stream.unconsumed_tail
        if total > _LARGEST:
            raise _no_fit(f"unpacks to more than {_LARGEST:,} bytes", path)
        at += 8 + size


def _points(shape: tuple[int, ...], transposed: Any, path: Path) -> Any:
    """(P, 2) numbers of a matrix whose shape was looked at before it is read."""
    if len(shape) != 2 or shape[0] not in MARKUPS or shape[1] != 2:
        raise _no_fit(f"points of shape {shape}, not 49 × 2", path)
    if transposed.dtype.kind not in "fiu":
        raise _no_fit(f"points of {transposed.dtype}", path)
    with np.errstate(over="ignore"):  # what is too large becomes infinite: no landmark
        return np.asarray(transposed[()], dtype=np.float32).T


def _no_fit(what: str, path: Path) -> AubenchError:
    return AubenchError(
        what,
        mend="put back the corpus's own file, or name a folder of CSV with --landmark-source",
        path=path,
    )
