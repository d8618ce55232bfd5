"""Moments per fold, subject and view, and the form in which a record keeps them."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from math import prod
from typing import Literal, Self, TypeVar

import numpy as np
from pydantic import model_validator

from aubench.errors import AubenchError
from aubench.io.strict_json import Real, StrictModel
from aubench.metrics.moments import BINS, INTENSITY, OCCURRENCE, Moments

Group = tuple[str, str, int]
"""Fold, subject key, view."""

GroupField = Literal["fold", "subject", "view"]
"""One field of a group's key."""

T = TypeVar("T", bound=Hashable)


class MomentTable(StrictModel):
    """Moments per fold, subject, view and AU, from which every score is recomputed.

    Attributes:
        columns: Names of the K moments.
        groups: G rows of fold, subject key, view.
        values: G × A × K numbers.
        histogram: For occurrence, the score histogram of the positive and of the negative frames:
            G × A × 2 × 256 little-endian unsigned 32-bit counts, zlib, base64.
        bins: What the bins of the histogram are of equal width in; None in records before schema
            4, where that is arcsin √p. AUC needs their order only.
    """

    columns: tuple[str, ...]
    groups: tuple[tuple[str, str, int], ...]
    values: tuple[tuple[tuple[Real, ...], ...], ...]
    histogram: str | None = None
    bins: Literal["asinh logit p"] | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        rows = {len(row) for row in self.values}
        cells = {len(cell) for row in self.values for cell in row}
        if len(self.values) != len(self.groups) or len(rows) > 1:
            raise ValueError("values that do not fit the groups")
        if cells - {len(self.columns)}:
            raise ValueError("values that do not fit the columns")
        return self


@dataclass(frozen=True)
class GroupedMoments:
    """Moments of each (fold, subject, view).

    Attributes:
        groups: G keys, without repetition.
        moments: (K, G, A).
    """

    groups: tuple[Group, ...]
    moments: Moments

    def pooled(self) -> Moments:
        """(K, A): over all folds, subjects and views, as the score is pooled."""
        return self.moments.sum()

    def by(self, field: GroupField) -> tuple[tuple[str, ...], Moments]:
        """Names and moments (K, names, A) of every fold, subject or view, in order."""
        place = ("fold", "subject", "view").index(field)
        keys, sums = self._pool(lambda group: group[place])
        return tuple(map(str, keys)), sums

    def __add__(self, other: GroupedMoments) -> GroupedMoments:
        """The moments of both; groups that occur in both are pooled."""
        values = np.concatenate([self.moments.values, other.moments.values], axis=1)
        both = GroupedMoments(self.groups + other.groups, Moments(values))
        keys, sums = both._pool(lambda group: group)
        return GroupedMoments(keys, sums)

    def _pool(self, key: Callable[[Group], T]) -> tuple[tuple[T, ...], Moments]:
        """Groups that share a key pooled, in order of first appearance."""
        places: dict[T, int] = {}
        codes = [places.setdefault(key(group), len(places)) for group in self.groups]
        values = self.moments.values
        sums = np.zeros((len(values), len(places), values.shape[2]))
        for group, code in enumerate(codes):
            sums[:, code] += values[:, group]
        return tuple(places), Moments(sums)


def to_table(grouped: GroupedMoments) -> MomentTable:
    """Moments in the form that a record keeps."""
    names = OCCURRENCE if grouped.moments.occurrence else INTENSITY
    cells = np.moveaxis(grouped.moments.values[: len(names)], 0, 2)
    if not grouped.moments.occurrence:
        return MomentTable(columns=names, groups=grouped.groups, values=cells.tolist())
    counts = np.moveaxis(grouped.moments.values[len(names) :], 0, 2)
    packed = zlib.compress(counts.astype("<u4").tobytes(), level=6)
    return MomentTable(
        columns=names,
        groups=grouped.groups,
        values=cells.tolist(),
        histogram=base64.b64encode(packed).decode("ascii"),
        bins="asinh logit p",
    )


def from_table(table: MomentTable) -> GroupedMoments:
    """Moments from the form that a record keeps.

    Raises:
        AubenchError: If its histogram is damaged.
    """
    cells = np.asarray(table.values, dtype=np.float64)
    if table.histogram is not None:
        wanted = (*cells.shape[:2], 2 * BINS)
        packed = zlib.decompressobj()  # no more than fits: a few bytes may unpack to gigabytes
        try:
            data = packed.decompress(base64.b64decode(table.histogram), 4 * prod(wanted) + 1)
            counts = np.frombuffer(data, dtype="<u4").reshape(wanted)
        except (ValueError, zlib.error) as error:
            what = f"a damaged score histogram ({error})"
            raise AubenchError(what, mend="run or score again") from error
        cells = np.concatenate([cells, counts], axis=2)
    values = np.ascontiguousarray(np.moveaxis(cells, 2, 0))
    return GroupedMoments(table.groups, Moments(values))
