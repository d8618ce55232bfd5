"""MATLAB files of one face's points, checked before they are loaded."""

from __future__ import annotations

import warnings
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from aubench.errors import AubenchError
from aubench.frames import FloatArray

_LONGEST = 1 << 16
"""Bytes of the largest file that is looked at; 68 points take some 1,500. What is packed in it
unpacks to at most 1,032 times as much (zlib), 68 MB, whatever sizes it claims."""

_NUMBERS = ("double", "single", "int8", "uint8", "int16", "uint16", "int32", "uint32")


def read_matrix(path: Path, key: str, counts: tuple[int, ...]) -> FloatArray:
    """Read the matrix ``key``: (P, 2) float32.

    Only this variable is loaded, and only after the list of variables says that it is a matrix of
    numbers of a shape asked for: cells, structures, objects and function handles are never built.

    Args:
        path: A MATLAB file up to version 7.
        key: Name of the matrix.
        counts: What P may be, the usual one first.

    Raises:
        AubenchError: If the file cannot be read, or holds no such matrix.
    """
    with path.open("rb") as file:
        data = file.read(_LONGEST + 1)
    if len(data) > _LONGEST:
        raise _bad(f"larger than {_LONGEST:,} bytes, and should hold the points of a face", path)
    from scipy.io import loadmat, whosmat  # noqa: PLC0415  # start-up of `aubench list`

    found: list[tuple[tuple[int, ...], str]] = [
        (tuple(shape), kind) for name, shape, kind in _call(whosmat, path, data) if name == key
    ]
    if len(found) != 1:
        raise _bad(f"holds {'more than one' if found else 'no'} matrix {key!r}", path)
    ((shape, kind),) = found
    if kind not in _NUMBERS or shape not in [(count, 2) for count in counts]:
        raise _bad(f"{key!r} is {kind} of shape {shape}, not {counts[0]} points", path)
    points = np.asarray(_call(loadmat, path, data, variable_names=[key])[key])
    if points.shape != shape or points.dtype.kind not in "fiu":
        raise _bad(f"{key!r} is not the matrix of numbers that it claims to be", path)
    with np.errstate(over="ignore"):  # what is too large for float32 becomes infinite
        return points.astype(np.float32)


def _call(function: Any, path: Path, data: bytes, **named: Any) -> Any:
    """Call a function of scipy on the bytes of a file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # "returned data may be corrupt"
            return function(BytesIO(data), **named)
    except Exception as error:  # they raise whatever their many parsers do
        reason = str(error).split("\n")[0] or type(error).__name__
        raise _bad(f"not a readable MATLAB file ({reason})", path) from error


def _bad(what: str, path: Path) -> AubenchError:
    return AubenchError(what, mend="put back the corpus's own file", path=path)
