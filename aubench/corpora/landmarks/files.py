"""Files that hold the landmarks of one picture: MATLAB ``.mat`` and 300-W ``.pts``."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from aubench.corpora.landmarks.matlab import read_matrix
from aubench.errors import AubenchError
from aubench.frames import FloatArray
from aubench.io.text import read_lines, to_number
from aubench.landmarks import to_68

_LONGEST = 1 << 16
"""Bytes of the largest ``.pts`` file that is read; 68 points take some 1,500."""


def read_mat(path: Path) -> FloatArray:
    """The matrix ``pts`` of a MATLAB file as 68 points: (68, 2) float32 pixels; any may be NaN.

    The numbers are taken as they are: whether DISFA's pixels count from 0 or 1 is documented
    nowhere.

    Args:
        path: A MATLAB file up to version 7, of 66 points (DISFA's markup), 68 or 49.

    Raises:
        AubenchError: If the file cannot be read, or holds no such matrix.
    """
    return to_68(read_matrix(path, "pts", (66, 68, 49)))


def read_pts(path: Path, counts: tuple[int, ...] = (68,)) -> FloatArray:
    """The points of a 300-W file: (P, 2) float32 pixels, counted from 0.

    The file counts pixels from 1::

        version: 1
        n_points:  68
        {
        30.5 210.25
        …
        }

    Args:
        path: The file.
        counts: What P may be.

    Raises:
        AubenchError: At the first line that is not as above.
    """
    lines = read_lines(path, _LONGEST)
    head = [re.sub(r"\s*:\s*", ":", line.strip()) for line in lines[:3]]
    counted = {f"n_points:{count}": count for count in counts}
    for number, wanted in enumerate((["version:1"], list(counted), ["{"])):
        if len(head) <= number or head[number] not in wanted:
            shown = lines[number].strip()[:40] if number < len(lines) else "end of file"
            what = f"{shown!r} where {' or '.join(map(repr, wanted))} should be"
            raise _bad(path, number + 1, what, counts)
    count = counted[head[1]]
    points = np.empty((count, 2), dtype=np.float32)
    for number in range(count):
        line = lines[3 + number].strip() if 3 + number < len(lines) else "end of file"
        try:
            x, y = map(to_number, line.split())
        except ValueError as error:
            raise _bad(path, 4 + number, f"{line[:40]!r} is not a point", counts) from error
        with np.errstate(over="ignore"):  # what is too large becomes infinite
            points[number] = x, y
        if not np.isfinite(points[number]).all():
            raise _bad(path, 4 + number, f"{line[:40]!r} is not finite", counts)
    if len(lines) <= 3 + count or lines[3 + count].strip() != "}":
        raise _bad(path, 4 + count, f"no '}}' after the {count}th point", counts)
    if len(lines) > 4 + count:
        raise _bad(path, 5 + count, "something after the last point", counts)
    return points - 1


def _bad(path: Path, line: int, what: str, counts: tuple[int, ...]) -> AubenchError:
    some = " or ".join(map(str, counts))
    return AubenchError(what, mend=f"write {some} points in the 300-W form", path=path, line=line)
