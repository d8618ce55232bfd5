"""MATLAB files of one face's points, checked before they are loaded."""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from aubench.errors import AubenchError
from aubench.frames import FloatArray

_LONGEST = 1 << 16
"""Bytes of the largest file that is looked at; 68 points take some 1,500. What is packed in it
unpacks to at most 1,032 times as much (zlib), 68 MB, whatever sizes it claims."""

_UNPACKED = 1 << 16
"""Bytes of a packed matrix that are looked at for its elements; their tags stand at the front."""

_TYPES = frozenset((*range(1, 8), 9, *range(12, 19)))
"""Types of elements that there are: numbers, matrices, packed ones, texts."""

_COMPRESSED = 15

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

    _refuse_unknown_types(data, path)
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


def _refuse_unknown_types(data: bytes, path: Path) -> None:
    """Refuse a file of version 5 to 7 with an element of a type that is none: scipy would crash.

    Source: MATLAB, MAT-File Format, "Level 5 MAT-File Format".
    """
    if 0 in data[:4]:  # a file of version 4, which has no such elements
        return
    order = "<" if data[126:127] == b"I" else ">"
    for kind, whole in _elements(data, 128, order):
        matrix = whole
        if kind == _COMPRESSED:
            try:
                matrix = zlib.decompressobj().decompress(whole, _UNPACKED)[8:]
            except zlib.error:
                continue  # which scipy says in its own words
        for inner, _ in _elements(matrix, 0, order):
            if inner not in _TYPES:
                raise _bad(f"not a readable MATLAB file (an element of type {inner})", path)


def _elements(data: bytes, start: int, order: str) -> Iterator[tuple[int, bytes]]:
    """Yield type and content of the elements of a file, or of a matrix; what is cut off is left."""
    while start + 8 <= len(data):
        kind, size = struct.unpack_from(f"{order}II", data, start)
        if kind >> 16:  # a small element: its size, type and content in eight bytes
            yield kind & 0xFFFF, data[start + 4 : start + 8]
            start += 8
            continue
        yield kind, data[start + 8 : start + 8 + size]
        start += 8 + size + (0 if kind == _COMPRESSED else -size % 8)


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
