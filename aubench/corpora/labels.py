"""Label files of the form ``frame,intensity``: one line a frame, no header."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from aubench.action_units import MAX_INTENSITY
from aubench.errors import AubenchError
from aubench.frames import IntArray

_STRICT = re.compile(rb"(?:[0-9]{1,9},[0-5]\n)*[0-9]{1,9},[0-5]")
_LINE = re.compile(rb"\s*([0-9]{1,9})\s*,\s*([0-9]{1,9})\s*")


def read_labels(path: Path) -> IntArray:
    """The intensities in a label file: (rows,) int64, 0–5; row i is frame i + 1.

    A byte-order mark, Windows line ends and blank lines at the end are tolerated. A file in exactly
    the expected form is read at once; any other is gone through line by line, to read it all the
    same or to name the line that is wrong.

    Raises:
        AubenchError: If the file is missing, or at the first line that is not ``frame,intensity``
            with frames counted 1, 2, 3, … and an intensity of 0–5.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise AubenchError("label file is missing", mend="put it back", path=path) from error
    data = data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").rstrip()
    if _STRICT.fullmatch(data):
        table = np.fromstring(data.replace(b"\n", b","), dtype=np.int64, sep=",").reshape(-1, 2)
        if np.array_equal(table[:, 0], np.arange(1, len(table) + 1)):
            return table[:, 1]
    return _read_slowly(data, path)


def _read_slowly(data: bytes, path: Path) -> IntArray:
    """As `read_labels`, line by line."""
    intensities = []
    for number, line in enumerate(data.split(b"\n"), start=1):
        found = _LINE.fullmatch(line)
        if found is None:
            shown = line[:40].decode("utf-8", "replace")
            what, mend = f"{shown!r} is not a label", "write the line as FRAME,INTENSITY"
        elif int(found[1]) != number:
            what = f"frame {int(found[1])} where frame {number} should be"
            mend = "number the lines 1, 2, 3, … without gaps"
        elif int(found[2]) > MAX_INTENSITY:
            what, mend = f"intensity {int(found[2])}", f"give one of 0–{MAX_INTENSITY:.0f}"
        else:
            intensities.append(int(found[2]))
            continue
        raise AubenchError(what, mend=mend, path=path, line=number)
    return np.array(intensities, dtype=np.int64)
