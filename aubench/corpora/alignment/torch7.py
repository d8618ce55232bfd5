"""A strict reader of Torch7 files that hold the landmarks of LS3D-W, one matrix each."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np

from aubench.errors import AubenchError
from aubench.frames import FloatArray

_TORCH = 4
"""Type number of a torch class (torch7, ``File.lua``: nil 0, number 1, string 2, table 3 …)."""

_NUMBERS: dict[bytes, np.dtype[np.floating[Any]]] = {
    b"Float": np.dtype("<f4"),
    b"Double": np.dtype("<f8"),
}

_SHAPE = (68, 2)

_LONGEST = 1 << 16
"""Bytes of the largest file that is looked at; 68 points take some 1,200."""


def read_t7(path: Path) -> FloatArray:
    """The matrix in a binary Torch7 file: (68, 2) float32.

    The layout (torch7: ``File.lua``, ``generic/Tensor.c``, ``generic/Storage.c``), little-endian::

        int 4, int index, "V 1", "torch.FloatTensor"       strings carry their length before them
        int dimensions, long sizes…, long strides…, long offset (from 1)
        int 4, int index, "V 1", "torch.FloatStorage", long count, numbers…

    A reader of our own, because ``torchfile`` (0.1.0, of 2017) takes sizes, strides and offsets of
    a file on trust and lays them over memory (``as_strided``), so that a forged one shows memory
    that is not the file's or ends the process; it also follows tables and functions of any depth.
    This one knows one tensor of Float or Double, contiguous, of 68×2, whose storage
    ends with the file. It builds no other object.

    Raises:
        AubenchError: If the file holds anything else.
    """
    with path.open("rb") as file:
        data = file.read(_LONGEST + 1)
    try:
        if len(data) > _LONGEST:
            raise ValueError(f"larger than {_LONGEST:,} bytes")
        return _matrix(_Reader(data))
    except ValueError as error:
        raise AubenchError(
            f"not a Torch7 file of {_SHAPE[0]}×{_SHAPE[1]} numbers ({error})",
            mend="put back the corpus's own file",
            path=path,
        ) from error


class _Reader:
    """Reads numbers and strings from bytes, one after the other.

    Every method raises a ValueError where the bytes end too early.
    """

    def __init__(self, data: bytes) -> None:
        self.data, self.place = data, 0

    def take(self, count: int) -> bytes:
        """The next ``count`` bytes."""
        if not 0 <= count <= len(self.data) - self.place:
            raise ValueError("the file ends too early")
        self.place += count
        return self.data[self.place - count : self.place]

    def integer(self) -> int:
        """A C int."""
        return int(struct.unpack("<i", self.take(4))[0])

    def long(self) -> int:
        """A C long of the 64-bit systems that wrote LS3D-W."""
        return int(struct.unpack("<q", self.take(8))[0])

    def begin(self, kind: bytes) -> bytes:
        """Read the head of a torch object; return Float or Double of ``torch.…`` + ``kind``."""
        if (found := self.integer()) != _TORCH:
            raise ValueError(f"an object of type {found}, not a tensor")
        self.integer()  # the object's number, for references to it
        version = self.take(self.integer())
        name = self.take(self.integer()) if version == b"V 1" else version  # before versions
        for number in _NUMBERS:
            if name == b"torch." + number + kind:
                return number
        raise ValueError(f"an object of class {name[:40]!r}")


def _matrix(reader: _Reader) -> FloatArray:
    number = reader.begin(b"Tensor")
    if (dimensions := reader.integer()) != 2:
        raise ValueError(f"{dimensions} dimensions")
    sizes = reader.long(), reader.long()
    if sizes != _SHAPE:
        raise ValueError(f"of {sizes[0]}×{sizes[1]}")
    if (strides := (reader.long(), reader.long())) != (_SHAPE[1], 1):
        raise ValueError(f"strides {strides[0]} and {strides[1]}")
    if (offset := reader.long()) != 1:
        raise ValueError(f"an offset of {offset}")
    if reader.begin(b"Storage") != number:
        raise ValueError("tensor and storage of two kinds")
    count, kind = reader.long(), _NUMBERS[number]
    rest = reader.take(len(reader.data) - reader.place)
    if count != _SHAPE[0] * _SHAPE[1] or len(rest) != count * kind.itemsize:
        raise ValueError(f"{count} numbers in {len(rest)} bytes")
    with np.errstate(over="ignore"):  # what is too large becomes infinite
        return np.frombuffer(rest, kind).reshape(_SHAPE).astype(np.float32)
