"""Aligning predictions to the frames that a protocol tests: by key, never by position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from aubench.action_units import column
from aubench.errors import AubenchError
from aubench.frames import KEY, FloatArray, IntArray

SHOWN = 3
"""How many frames an error names."""


class KeyCodes:
    """Turns frame keys into integers, so that joining is a search among sorted integers.

    Args:
        frames: The frames that have a code, one per row.
        columns: The columns of the key.
    """

    def __init__(self, frames: pd.DataFrame, columns: Sequence[str]) -> None:
        self.columns = tuple(columns)
        self._values = [pd.Index(frames[name].unique().tolist()) for name in self.columns]

    def __call__(self, frames: pd.DataFrame) -> IntArray:
        """(N,) int64 codes; negative where a column has a value that no known frame has."""
        codes = np.zeros(len(frames), dtype=np.int64)
        foreign = np.zeros(len(frames), dtype=np.bool_)
        for name, values in zip(self.columns, self._values, strict=True):
            places = self._places(values, frames[name])
            foreign |= places < 0
            codes = codes * len(values) + places
        codes[foreign] = -1
        return codes

    @staticmethod
    def _places(values: pd.Index, wanted: pd.Series) -> IntArray:
        """Where each of ``wanted`` stands in ``values``; −1 where it does not."""
        if wanted.dtype == "category":
            places = values.get_indexer(wanted.cat.categories)
            return np.append(places, -1)[wanted.cat.codes.to_numpy()].astype(np.int64)
        return values.get_indexer(wanted.array).astype(np.int64)


@dataclass(frozen=True)
class BatchSource:
    """Where a batch of predictions comes from, for error messages.

    Attributes:
        path: The file; None for predictions that never were in one.
        lines: (N,) line of each row in a text file, from 1; None where there are no lines.
    """

    path: Path | None = None
    lines: IntArray | None = None

    def error(self, what: str, mend: str, row: int) -> AubenchError:
        """An error at one row of the batch."""
        line = None if self.lines is None else int(self.lines[row])
        return AubenchError(what, mend=mend, path=self.path, line=line)


@dataclass
class AlignedPredictions:
    """Predictions aligned to the expected frames; fed in batches, in any order.

    Memory and result do not depend on the size, order or number of the batches.

    Attributes:
        expected: E rows with the columns of `KEY` and ``fold``, one per expected frame.
        aus: The A Action Units expected.
        by_fold: True if the predictions say which fold each belongs to.
        lenient: For other tools' files: frames that are not expected are counted, not refused, and
            of several faces in a frame the best counts.
        values: (E, A) float32, NaN where nothing was predicted.
        seen: (E,) True where a frame was predicted.
        outside: Number of rows for frames that are not expected.
        doubled: Number of rows beyond the first for a frame.
    """

    expected: pd.DataFrame
    aus: tuple[int, ...]
    by_fold: bool = True
    lenient: bool = False
    values: FloatArray = field(init=False)
    seen: npt.NDArray[np.bool_] = field(init=False)
    outside: int = field(init=False, default=0)
    doubled: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        key = (*KEY, "fold") if self.by_fold else KEY
        self._codes = KeyCodes(self.expected, key)
        codes = self._codes(self.expected)
        self._known, self._slot, inverse = np.unique(codes, return_index=True, return_inverse=True)
        self._leaders = self._slot[inverse]
        self.values = np.full((len(codes), len(self.aus)), np.nan, dtype=np.float32)
        self.seen = np.zeros(len(codes), dtype=np.bool_)
        self._rank = np.full(len(codes), -np.inf)

    def add(
        self,
        keys: pd.DataFrame,
        values: FloatArray,
        source: BatchSource | None = None,
        rank: npt.NDArray[np.floating] | None = None,
    ) -> None:
        """Add a batch of predictions.

        Args:
            keys: N rows with the columns of `KEY` (and ``fold`` if ``by_fold``).
            values: (N, A) in the order of ``aus``; NaN = nothing predicted.
            source: Where the batch comes from.
            rank: (N,) how good the face of each row is, where a frame may have several faces.

        Raises:
            AubenchError: On a doubled or foreign frame, or an infinite value.
        """
        source = source or BatchSource()
        infinite = np.flatnonzero(np.isinf(values).any(axis=1))
        if infinite.size:
            row = int(infinite[0])
            raise source.error(
                f"an infinite value for {name_frame(keys, row)}", "predict it again", row
            )
        slots = self._slots(keys, source)
        kept = np.flatnonzero(slots >= 0)
        slots, rows = slots[kept], kept
        if self.lenient:
            slots, rows = self._best(slots, rows, rank)
        else:
            self._refuse_doubled(slots, rows, keys, source)
        self.values[slots] = values[rows]
        self.seen[slots] = True

    def all_values(self) -> FloatArray:
        """(E, A) all values; a frame that several folds test has one row for each."""
        if len(self._known) == len(self.expected):
            return self.values
        return self.values[self._leaders]

    def present(self) -> npt.NDArray[np.bool_]:
        """(E,) True where a frame was predicted, repeated as in `all_values`."""
        return self.seen[self._leaders]

    def _slots(self, keys: pd.DataFrame, source: BatchSource) -> IntArray:
        """(N,) row of ``expected`` for each row of the batch; −1 where it is not expected."""
        codes = self._codes(keys)
        places = np.searchsorted(self._known, codes).clip(max=len(self._known) - 1)
        found = self._known[places] == codes
        foreign = np.flatnonzero(~found)
        if foreign.size and not self.lenient:
            raise source.error(
                f"{counted(foreign.size, 'frame')} that the protocol does not test: "
                f"{_first(keys, foreign)}",
                "remove them, or check the subject, session, view and frame of every row",
                int(foreign[0]),
            )
        self.outside += int(foreign.size)
        slots = np.full(len(codes), -1, dtype=np.int64)
        slots[found] = self._slot[places[found]]
        return slots

    def _refuse_doubled(
        self, slots: IntArray, rows: IntArray, keys: pd.DataFrame, source: BatchSource
    ) -> None:
        again = self.seen[slots].copy()
        order = np.argsort(slots, kind="stable")
        again[order[1:]] |= slots[order[1:]] == slots[order[:-1]]
        if again.any():
            doubled = rows[again]
            named = _first(keys, doubled)
            raise source.error(
                f"{counted(doubled.size, 'frame')} predicted more than once: {named}",
                "keep one row a frame",
                int(doubled[0]),
            )

    def _best(
        self, slots: IntArray, rows: IntArray, rank: npt.NDArray[np.floating] | None
    ) -> tuple[IntArray, IntArray]:
        """One row per slot: the one of highest rank, where that is above the rank kept so far."""
        ranks = np.zeros(len(rows)) if rank is None else np.nan_to_num(rank[rows], nan=-1.0)
        order = np.lexsort((-np.arange(len(slots)), ranks, slots))
        last = np.append(slots[order[1:]] != slots[order[:-1]], True)[: len(order)]
        best = order[last]
        self.doubled += len(slots) - len(best) + int(self.seen[slots[best]].sum())
        gains = ranks[best] > self._rank[slots[best]]
        best = best[gains]
        self._rank[slots[best]] = ranks[best]
        return slots[best], rows[best]

    def refuse_missing(self, path: Path | None = None) -> None:
        """Raise if an expected frame, or one of its AUs, was not predicted."""
        missing = np.flatnonzero(~self.present())
        mend = "predict them, or allow a partial result (--allow-partial)"
        if missing.size:
            raise AubenchError(
                f"{counted(missing.size, 'frame')} without a prediction: "
                f"{_first(self.expected, missing)}",
                mend=mend,
                path=path,
            )
        empty = np.isnan(self.all_values())
        if empty.any():
            place = int(np.flatnonzero(empty.any(axis=0))[0])
            holes = np.flatnonzero(empty[:, place])
            raise AubenchError(
                f"{counted(holes.size, 'frame')} without a value for {column(self.aus[place])}: "
                f"{_first(self.expected, holes)}",
                mend=mend,
                path=path,
            )


def name_frame(keys: pd.DataFrame, row: int) -> str:
    """A frame in words: ``disfa/SN001 left view 0 frame 17``."""
    subject, session, view, frame = (keys[name].iloc[row] for name in KEY)
    return f"{subject} {session} view {view} frame {frame}"


def _first(keys: pd.DataFrame, rows: IntArray) -> str:
    named = ", ".join(name_frame(keys, int(row)) for row in rows[:SHOWN])
    return named + (", …" if len(rows) > SHOWN else "")


def counted(count: int, thing: str) -> str:
    """``1 frame``, ``1,200 frames``."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"
