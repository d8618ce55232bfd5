"""Counts of labels: how often each level occurs, and how often two AUs together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aubench.frames import FloatArray, IntArray


@dataclass(frozen=True)
class Tally:
    """Labels of one coding, counted; tallies add.

    Attributes:
        aus: The A Action Units.
        levels: (A, L) frames with each level, from 0.
        missing: (A,) frames that are not coded.
        both: (A, A) frames with the AU of the row and that of the column, each above 0.
        shown: (A, A) frames with the AU of the row above 0 and that of the column coded.
    """

    aus: tuple[int, ...]
    levels: IntArray
    missing: IntArray
    both: IntArray
    shown: IntArray

    @classmethod
    def of(cls, labels: FloatArray, aus: tuple[int, ...], top: int) -> Tally:
        """Count (N, A) labels of 0 to ``top``; NaN = not coded."""
        coded = np.isfinite(labels)
        active = (np.nan_to_num(labels) > 0).astype(np.int64)
        levels = [((labels == level) & coded).sum(axis=0) for level in range(top + 1)]
        return cls(
            aus,
            np.stack(levels, axis=1).astype(np.int64),
            (~coded).sum(axis=0).astype(np.int64),
            active.T @ active,
            active.T @ coded.astype(np.int64),
        )

    def __add__(self, other: Tally) -> Tally:
        """Add up two tallies of the same AUs."""
        return Tally(
            self.aus,
            self.levels + other.levels,
            self.missing + other.missing,
            self.both + other.both,
            self.shown + other.shown,
        )

    @property
    def together(self) -> FloatArray:
        """(A, A) share of the frames with the row's AU that have the column's too; NaN = none."""
        shown = self.shown.astype(np.float64)
        return np.divide(self.both, shown, out=np.full_like(shown, np.nan), where=shown > 0)
