"""What a protocol expects of predictions: its test frames, their labels and their groups."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from aubench.action_units import MAX_INTENSITY, column
from aubench.errors import AubenchError
from aubench.evaluation.align import name_frame
from aubench.frames import KEY, FloatArray, IntArray
from aubench.metrics.groups import Group, GroupedMoments, MomentTable, to_table
from aubench.metrics.moments import grouped
from aubench.protocol import Protocol, select_rows


def expected_frames(protocol: Protocol, index: pd.DataFrame) -> pd.DataFrame:
    """Every frame that ``protocol`` tests, fold by fold.

    Args:
        protocol: Says which subjects and frames.
        index: One row per frame: the columns of `KEY` and ``logged``.

    Returns:
        The columns of `KEY`, ``fold``, and ``row``, the frame's row in ``index``.

    Raises:
        AubenchError: If ``index`` has none of them.
    """
    parts = []
    for fold in protocol.folds:
        rows = select_rows(index, fold.test, protocol)
        part = index.loc[:, list(KEY)].iloc[rows].assign(row=rows)
        part["fold"] = pd.Categorical.from_codes(
            np.full(len(rows), protocol.folds.index(fold), dtype=np.int32),
            categories=pd.Index([f.name for f in protocol.folds]),
        )
        parts.append(part)
    expected = pd.concat(parts, ignore_index=True)
    if expected.empty:
        raise AubenchError(
            f"no frame that {protocol.name} tests", mend="use a pack of its test subjects"
        )
    return expected


def wanted_labels(
    expected: pd.DataFrame, labels: FloatArray, aus: Iterable[int], protocol: Protocol
) -> FloatArray:
    """(E, A) labels of the expected frames, AUs in the protocol's order.

    Where the protocol has a ``threshold``, intensity becomes 1 at or above it and 0 below.

    Raises:
        AubenchError: If an AU has no labels, or a label is outside its scale (a 9, say, which
            means "not coded").
    """
    places = {au: place for place, au in enumerate(aus)}
    lacking = [column(au) for au in protocol.aus if au not in places]
    if lacking:
        raise AubenchError(f"no labels for {', '.join(lacking)}", mend="use a pack that holds them")
    columns = np.array([places[au] for au in protocol.aus])
    found: FloatArray = labels[np.ix_(expected["row"].to_numpy(), columns)]
    graded = protocol.task == "intensity" or protocol.threshold is not None
    highest = MAX_INTENSITY if graded else 1.0
    wrong = np.flatnonzero(((found < 0) | (found > highest)).any(axis=1))
    if wrong.size:
        row = int(wrong[0])
        raise AubenchError(
            f"labels {found[row].tolist()} of {name_frame(expected, row)} leave 0–{highest:g}",
            mend="prepare the corpus again: what is not coded must be NaN",
        )
    return presence(found, protocol.threshold)


def label_table(
    protocol: Protocol, index: pd.DataFrame, labels: FloatArray, aus: Iterable[int]
) -> MomentTable:
    """Moments of predicting what the labels are, for their n, Σy and Σy².

    Raises:
        AubenchError: As `expected_frames` and `wanted_labels` do.
    """
    expected = expected_frames(protocol, index)
    wanted = wanted_labels(expected, labels, aus, protocol)
    groups, codes = fold_groups(expected)
    return to_table(GroupedMoments(groups, grouped(wanted, wanted, codes, len(groups))))


def presence(labels: FloatArray, threshold: int | None) -> FloatArray:
    """Labels as occurrence: 1 at or above ``threshold``, 0 below, NaN stays; None: unchanged.

    Methods learn from the same labels that they are scored against.
    """
    if threshold is None:
        return labels
    return np.where(np.isnan(labels), labels, labels >= threshold).astype(np.float32)


def fold_groups(expected: pd.DataFrame) -> tuple[tuple[Group, ...], IntArray]:
    """The (fold, subject, view) groups of the expected frames, and each frame's group."""
    codes = np.zeros(len(expected), dtype=np.int64)
    names: list[pd.Index] = []
    for part in ("fold", "subject", "view"):
        places, values = pd.factorize(expected[part])
        codes = codes * len(values) + places
        names.append(values)
    used, codes = np.unique(codes, return_inverse=True)
    shape = [len(values) for values in names]
    groups = tuple(
        (str(names[0][fold]), str(names[1][subject]), int(names[2][view]))
        for fold, subject, view in zip(*np.unravel_index(used, shape), strict=True)
    )
    return groups, codes.astype(np.int64)
