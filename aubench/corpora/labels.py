"""Label files of AU corpora: lines of whole numbers, of which the first is the frame.

A byte-order mark, Windows line ends, blanks around numbers and blank lines at the end are
tolerated in every file. A file of nothing but numbers and commas is read at once; any other line
by line, to read it all the same or to name the line that is wrong.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aubench.action_units import MAX_INTENSITY
from aubench.errors import AubenchError
from aubench.frames import FloatArray, IntArray

MISSING = 9
"""What the files of BP4D and FERA hold where a frame is not coded."""

_INTENSITIES = frozenset({0, 1, 2, 3, 4, 5, MISSING})
_OCCURRENCES = frozenset({0, 1, MISSING})
_INTEGER = re.compile(rb"[0-9]{1,9}")
_AU = re.compile(rb"(?:au)?0*([0-9]{1,3})", re.IGNORECASE)


@dataclass(frozen=True)
class CodedFrames:
    """Labels of some frames of a recording.

    Attributes:
        frames: (N,) numbers, each once, ascending.
        labels: (N, A) float32; NaN = not coded.
    """

    frames: IntArray
    labels: FloatArray


@dataclass(frozen=True)
class LabelFile:
    """What a label file of a recording holds.

    Attributes:
        path: The file; None if the laboratory has none of its kind.
        coded: Its labels.
    """

    path: Path | None
    coded: CodedFrames

    @classmethod
    def without(cls, width: int) -> LabelFile:
        """Return what stands for a file that nobody has: ``width`` columns, no frame."""
        nothing = np.empty((0, width), dtype=np.float32)
        return cls(None, CodedFrames(np.empty(0, dtype=np.int64), nothing))

    @property
    def extent(self) -> tuple[int, int]:
        """The first and the last frame that it codes."""
        return int(self.coded.frames[0]), int(self.coded.frames[-1])


def read_labels(path: Path) -> IntArray:
    """Read the intensities in a file of DISFA: (rows,) int64, 0–5; row i is frame i + 1.

    Lines are ``frame,intensity``; there is no header.

    Raises:
        AubenchError: If the file is missing, or at the first line that is not ``frame,intensity``
            with frames counted 1, 2, 3, … and an intensity of 0–5.
    """
    text = _read(path)
    table = _read_at_once(text, widths=(2,))
    if (
        table is not None
        and np.array_equal(table[:, 0], np.arange(1, len(table) + 1))
        and table[:, 1].max() <= MAX_INTENSITY
    ):
        return table[:, 1]
    intensities = []
    for number, line in enumerate(text.split(b"\n"), start=1):
        cells = [cell.strip() for cell in line.split(b",")]
        if len(cells) != 2 or not all(map(_INTEGER.fullmatch, cells)):
            shown = line[:40].decode("utf-8", "replace")
            what, mend = f"{shown!r} is not a label", "write the line as FRAME,INTENSITY"
        elif int(cells[0]) != number:
            what = f"frame {int(cells[0])} where frame {number} should be"
            mend = "number the lines 1, 2, 3, … without gaps"
        elif int(cells[1]) > MAX_INTENSITY:
            what, mend = f"intensity {int(cells[1])}", f"give one of 0–{MAX_INTENSITY:.0f}"
        else:
            intensities.append(int(cells[1]))
            continue
        raise AubenchError(what, mend=mend, path=path, line=number)
    return np.array(intensities, dtype=np.int64)


def read_intensity(path: Path) -> CodedFrames:
    """Read the intensities of one AU in a file of BP4D or FERA; A is 1.

    Lines are ``frame,intensity``, without a header; the intensity is 0–5, or 9 where it is missing.
    Frames may begin anywhere and have gaps.

    Raises:
        AubenchError: If the file is missing or empty, or at the first line that is wrong.
    """
    return _coded(_read(path), 1, [0, 1], widths=(2,), allowed=_INTENSITIES, path=path)


def read_occurrence(
    path: Path, aus: Sequence[int], optional: Collection[int] = frozenset()
) -> CodedFrames:
    """Read the presence of A AUs in a file of BP4D or FERA: a header, then one line per frame.

    The header has one AU number per column; its first cell stands over the frame numbers and may be
    anything (BP4D writes 0). Cells are 0, 1, or 9 where they are missing. Other columns, such as
    AUs not asked for or the occlusion flag of FERA 2015, are not looked at; the last one may be
    without a header.

    Args:
        path: The file.
        aus: Action Units of the columns to give.
        optional: Those of ``aus`` that the file may lack; their labels are NaN.

    Raises:
        AubenchError: If the file is missing or empty, an AU has no column or two, or at the first
            line that is wrong.
    """
    header, _, text = _read(path).partition(b"\n")
    heads = [_AU.fullmatch(cell.strip().strip(b'"')) for cell in header.split(b",")]
    numbers = [int(head[1]) if head else None for head in heads]
    numbers[0] = None  # over the frames, whatever it says
    for au in aus:
        if numbers.count(au) > 1 or (au not in numbers and au not in optional):
            raise AubenchError(
                f"{'two columns' if au in numbers else 'no column'} of AU{au}",
                mend="write a header of one AU number a column",
                path=path,
                line=1,
            )
    if not text:
        raise AubenchError("no label in it", mend="put back the corpus's own file", path=path)
    columns = [0, *(numbers.index(au) for au in aus if au in numbers)]
    widths = (len(heads), len(heads) + 1)
    found = _coded(text, 2, columns, widths=widths, allowed=_OCCURRENCES, path=path)
    labels = np.full((len(found.frames), len(aus)), np.nan, dtype=np.float32)
    labels[:, [au in numbers for au in aus]] = found.labels
    return CodedFrames(found.frames, labels)


def join(parts: Sequence[CodedFrames]) -> CodedFrames:
    """Put the columns of ``parts`` side by side, for every frame that any of them has."""
    frames = np.unique(np.concatenate([part.frames for part in parts]))
    width = sum(part.labels.shape[1] for part in parts)
    labels = np.full((len(frames), width), np.nan, dtype=np.float32)
    column = 0
    for part in parts:
        rows = np.searchsorted(frames, part.frames)
        labels[rows, column : column + part.labels.shape[1]] = part.labels
        column += part.labels.shape[1]
    return CodedFrames(frames, labels)


def odd_one(files: Sequence[LabelFile], *, ends: bool) -> AubenchError | None:
    """Return the error that a file numbers its frames otherwise than most do; None if none does.

    Args:
        files: Label files of one recording.
        ends: Whether their last frames are to agree, and not the first ones only.
    """
    known = [file for file in files if file.path is not None]
    seen = [file.extent[: 1 + ends] for file in known]
    usual = Counter(seen).most_common(1)[0][0]
    for file, extent in zip(known, seen, strict=True):
        if extent != usual:
            other = known[seen.index(usual)]
            one, two = ("{}–{}".format(*each.extent) for each in (file, other))
            return AubenchError(
                f"frames {one}, but {other.path.name if other.path else ''} has {two}",
                mend="put back the corpus's own files, in which all number a video's frames alike",
                path=file.path,
            )
    return None


def _read(path: Path) -> bytes:
    r"""Read the text of a file, lines parted by ``\n``, without blank lines at the end."""
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise AubenchError("label file is missing", mend="put it back", path=path) from error
    return data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").rstrip()


def _read_at_once(text: bytes, widths: tuple[int, ...]) -> IntArray | None:
    """Read (rows, width) numbers; None if a cell is no whole number or the width is wrong."""
    width = text.partition(b"\n")[0].count(b",") + 1
    if width not in widths:
        return None
    row = b",".join([_INTEGER.pattern + b"+"] * width)
    strict = re.compile(rb"(?:%s\n)++" % row)  # possessive: twice as fast
    if not strict.fullmatch(text + b"\n"):
        return None
    return np.fromstring(text.replace(b"\n", b","), dtype=np.int64, sep=",").reshape(-1, width)


def _coded(
    text: bytes,
    first: int,
    columns: list[int],
    *,
    widths: tuple[int, ...],
    allowed: frozenset[int],
    path: Path,
) -> CodedFrames:
    """Read lines of a frame and its labels; return them in the order of frames.

    Args:
        text: The lines.
        first: Number of the first of them in the file.
        columns: Where the frame and the labels are.
        widths: How many cells a line may have.
        allowed: What a label may be.
        path: The file, for messages.
    """
    table = _read_at_once(text, widths)
    if table is not None and np.isin(table[:, columns[1:]], list(allowed)).all():
        table = table[:, columns]
    else:
        table = _read_by_line(text, first, columns, widths=widths, allowed=allowed, path=path)
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
    return CodedFrames(frames, labels)


def _read_by_line(
    text: bytes,
    first: int,
    columns: list[int],
    *,
    widths: tuple[int, ...],
    allowed: frozenset[int],
    path: Path,
) -> IntArray:
    """Read (rows, columns) numbers, with arguments as of `_coded`; raise at a wrong line."""
    lines = text.split(b"\n")
    width = lines[0].count(b",") + 1
    width = width if width in widths else widths[0]
    found = []
    for number, line in enumerate(lines, start=first):
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
