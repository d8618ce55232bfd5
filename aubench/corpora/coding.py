"""Labels of BP4D and FERA: one column or many, some frames not coded, joined by frame number."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aubench.errors import AubenchError
from aubench.frames import FloatArray, IntArray

MISSING = 9
"""What the files write where a frame is not coded."""

_INTENSITIES = frozenset({0, 1, 2, 3, 4, 5, MISSING})
_OCCURRENCES = frozenset({0, 1, MISSING})
_INTEGER = re.compile(rb"[0-9]{1,9}")
_AU = re.compile(rb"(?:au)?0*([0-9]{1,3})", re.IGNORECASE)


@dataclass(frozen=True)
class Coded:
    """Labels of some frames of a recording.

    Attributes:
        frames: (N,) numbers, each once, ascending.
        labels: (N, A) float32; NaN = not coded.
    """

    frames: IntArray
    labels: FloatArray


def read_intensity(path: Path) -> Coded:
    """The intensities of one AU: lines ``frame,intensity``, no header; A is 1.

    Intensities are 0–5, or 9 where they are missing. Frames may begin anywhere and have gaps.
    A byte-order mark, Windows line ends and blank lines at the end are tolerated, here and in
    `read_occurrence`.

    Raises:
        AubenchError: If the file is missing or empty, or at the first line that is wrong.
    """
    lines = _lines(path)
    return _coded(_table(lines, 1, [0, 1], widths=(2,), allowed=_INTENSITIES, path=path), 1, path)


def read_occurrence(
    path: Path, aus: Sequence[int], optional: Collection[int] = frozenset()
) -> Coded:
    """The presence of several AUs: a header of AU numbers, then a line of 0, 1 or 9 a frame.

    Columns are found by the header, whose first cell stands over the frame numbers and may be
    anything (BP4D writes 0). Other columns, such as AUs not asked for or the occlusion flag of
    FERA 2015, are not looked at; the last one may be without a header.

    Args:
        path: The file.
        aus: Action Units of the columns to give.
        optional: Those of ``aus`` that the file may lack; their labels are NaN.

    Raises:
        AubenchError: If the file is missing or empty, an AU has no column or two, or at the first
            line that is wrong.
    """
    lines = _lines(path)
    header = [_AU.fullmatch(cell.strip().strip(b'"')) for cell in lines[0].split(b",")]
    numbers = [int(cell[1]) if cell else None for cell in header]
    numbers[0] = None  # over the frames, whatever it says
    for au in aus:
        if numbers.count(au) > 1 or (au not in numbers and au not in optional):
            raise AubenchError(
                f"{'two columns' if au in numbers else 'no column'} of AU{au}",
                mend="write a header of one AU number a column",
                path=path,
                line=1,
            )
    columns = [numbers.index(au) for au in aus if au in numbers]
    widths = (len(header), len(header) + 1)
    table = _table(lines, 2, [0, *columns], widths=widths, allowed=_OCCURRENCES, path=path)
    found = _coded(table, 2, path)
    labels = np.full((len(found.frames), len(aus)), np.nan, dtype=np.float32)
    labels[:, [au in numbers for au in aus]] = found.labels
    return Coded(found.frames, labels)


def join(parts: Sequence[Coded]) -> Coded:
    """The columns of ``parts`` side by side, for every frame that any of them has."""
    frames = np.unique(np.concatenate([part.frames for part in parts]))
    width = sum(part.labels.shape[1] for part in parts)
    labels = np.full((len(frames), width), np.nan, dtype=np.float32)
    column = 0
    for part in parts:
        rows = np.searchsorted(frames, part.frames)
        labels[rows, column : column + part.labels.shape[1]] = part.labels
        column += part.labels.shape[1]
    return Coded(frames, labels)


def _lines(path: Path) -> list[bytes]:
    """The lines of a text file, without blank ones at the end."""
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise AubenchError("label file is missing", mend="put it back", path=path) from error
    return data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").rstrip().split(b"\n")


def _table(
    lines: list[bytes],
    first: int,
    columns: list[int],
    *,
    widths: tuple[int, ...],
    allowed: frozenset[int],
    path: Path,
) -> IntArray:
    """The integers in ``columns`` from line ``first`` on; all but the first column are labels.

    Lines of one width that hold nothing but integers are read at once; any others one by one, to
    read them all the same or to name the one that is wrong.
    """
    rows = lines[first - 1 :]
    if not rows:
        raise AubenchError("no label in it", mend="put back the corpus's own file", path=path)
    width = rows[0].count(b",") + 1
    strict = re.compile(rb"(?:[0-9]{1,9}(?:,[0-9]{1,9}){%d}\n)+" % (width - 1))
    if width in widths and strict.fullmatch(b"\n".join([*rows, b""])):
        flat = np.fromstring(b",".join(rows), dtype=np.int64, sep=",")
        table = flat.reshape(-1, width)[:, columns]
        if np.isin(table[:, 1:], list(allowed)).all():
            return table
    width = width if width in widths else widths[0]
    found = []
    for number, line in enumerate(rows, start=first):
        cells = [cell.strip() for cell in line.split(b",")]
        if len(cells) != width or not all(_INTEGER.fullmatch(cells[c]) for c in columns):
            what = f"{line[:40].decode('utf-8', 'replace')!r} is not a frame and its labels"
            mend = f"write {width} whole numbers, parted by commas"
        elif bad := {int(cells[c]) for c in columns[1:]} - allowed:
            what = f"label {min(bad)}"
            mend = f"give one of {', '.join(map(str, sorted(allowed)))}"
        else:
            found.append([int(cells[c]) for c in columns])
            continue
        raise AubenchError(what, mend=mend, path=path, line=number)
    return np.array(found, dtype=np.int64)


def _coded(table: IntArray, first: int, path: Path) -> Coded:
    """Rows of frame and labels, in the order of frames."""
    order = np.argsort(table[:, 0], kind="stable")
    frames = table[order, 0]
    twice = np.flatnonzero(np.diff(frames) == 0)
    if len(twice):
        raise AubenchError(
            f"frame {frames[twice[0]]} a second time",
            mend="keep one line a frame",
            path=path,
            line=int(order[twice + 1].min()) + first,
        )
    labels = table[order, 1:].astype(np.float32)
    labels[labels == MISSING] = np.nan
    return Coded(frames, labels)
