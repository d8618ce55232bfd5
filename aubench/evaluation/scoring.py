"""Scoring: predictions × labels → moments → scores.

Works on plain tables and arrays, wherever the labels come from.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from aubench.action_units import MAX_INTENSITY, column
from aubench.errors import AubenchError
from aubench.evaluation.align import AlignedPredictions, BatchSource, name_frame
from aubench.evaluation.coverage import check_pack
from aubench.evaluation.records import Coverage, LevelTable, Score
from aubench.frames import KEY, FloatArray
from aubench.metrics.groups import Group, GroupedMoments, GroupField, MomentTable, to_table
from aubench.metrics.intervals import RESAMPLES, intervals
from aubench.metrics.moments import INTENSITY, Array, Moments, grouped
from aubench.metrics.scores import METRICS, metrics_for
from aubench.protocol import Protocol, select_rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from aubench.evaluation.records import Status
    from aubench.pack.pack import Pack
    from aubench.protocol import Coding

SEED = 0
"""Seeds the intervals of every record, so that anybody recomputes the same ones."""

_BATCH = 1 << 17
"""Rows that are joined, or summed per level, at once, so that little is held beside the data."""


@dataclass(frozen=True)
class Scored:
    """What scoring gives, as `aubench.evaluation.records.Record` wants it.

    Attributes:
        moments: Variant → moments per fold, subject and view.
        scores: Variant → metric → score.
        levels: Moments of the raw predictions at each labelled intensity; None for occurrence.
        coverage: What the predictions cover.
    """

    moments: dict[str, MomentTable]
    scores: dict[str, dict[str, Score]]
    levels: LevelTable | None
    coverage: Coverage

    @property
    def problems(self) -> tuple[str, ...]:
        """Why the result is partial, one line each; empty if every value was predicted."""
        lacking = self.coverage.expected - self.coverage.predicted
        lines = [f"{lacking:,} of {self.coverage.expected:,} test frames not predicted"]
        holes = self.coverage.predictions_missing
        if holes:
            counts = ", ".join(f"{name} {count:,}" for name, count in holes.items())
            lines.append(f"frames without a prediction: {counts}")
        return tuple(lines if lacking else lines[1:])


def expected_frames(protocol: Protocol, index: pd.DataFrame) -> pd.DataFrame:
    """Every frame that ``protocol`` tests, fold by fold.

    Args:
        protocol: Says which subjects and frames.
        index: One row a frame: the columns of `KEY` and ``logged``.

    Returns:
        The columns of `KEY`, ``fold``, and ``row``, the frame's row in ``index``.

    Raises:
        AubenchError: If ``index`` has none of them.
    """
    import pandas as pd

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


def score(
    predictions: pd.DataFrame,
    index: pd.DataFrame,
    labels: FloatArray,
    aus: Iterable[int],
    protocol: Protocol,
    *,
    allow_partial: bool = False,
    path: Path | None = None,
) -> Scored:
    """Score a table of predictions.

    Args:
        predictions: The columns of `KEY`, a column an AU (``AU06``) on the scale of the labels
            (for occurrence: probabilities), and ``fold`` unless every frame is tested once.
        index: N rows, the frames of the pack: the columns of `KEY` and ``logged``.
        labels: (N, L) in the order of ``index``; intensity 0–5 or occurrence 0/1, NaN = not coded.
        aus: The L Action Units of ``labels``.
        protocol: What is tested, and how it is scored.
        allow_partial: Score what there is, if frames or values are missing.
        path: The file that ``predictions`` came from, for error messages.

    Raises:
        AubenchError: If a frame is missing, doubled or foreign, an AU has no column, or a label
            is not one.
    """
    expected = expected_frames(protocol, index)
    aligned = AlignedPredictions(expected, protocol.aus, by_fold="fold" in predictions.columns)
    wanted = [column(au) for au in protocol.aus]
    lacking = [name for name in wanted if name not in predictions.columns]
    if lacking:
        raise AubenchError(
            f"no column {', '.join(lacking)}", mend="predict every AU of the protocol", path=path
        )
    for start in range(0, len(predictions), _BATCH):
        batch = predictions.iloc[start : start + _BATCH]
        aligned.add(batch, batch[wanted].to_numpy(dtype=np.float32), BatchSource(path))
    if not allow_partial:
        aligned.refuse_missing(path)
    return score_aligned(aligned, labels, aus, protocol)


def score_aligned(
    aligned: AlignedPredictions,
    labels: FloatArray,
    aus: Iterable[int],
    protocol: Protocol,
    notes: tuple[str, ...] = (),
) -> Scored:
    """Score predictions aligned to `expected_frames`; arguments as in `score`."""
    wanted = wanted_labels(aligned.expected, labels, aus, protocol)
    values = aligned.filled()
    groups, codes = fold_groups(aligned.expected)
    occurrence = protocol.task == "occurrence"
    tables, scores = {}, {}
    for variant in ("raw", *protocol.variants):
        cells = grouped(wanted, varied(values, variant), codes, len(groups), occurrence=occurrence)
        part = GroupedMoments(groups, cells)
        tables[variant] = to_table(part)
        scores[variant] = compute_scores(part, protocol.task)
    coverage = Coverage(
        expected=len(wanted),
        predicted=int((~np.isnan(values)).any(axis=1).sum()),
        labels_missing=_holes(wanted, protocol.aus),
        predictions_missing=_holes(values, protocol.aus),
        notes=notes,
    )
    levels = None if occurrence else _level_table(by_level(wanted, values))
    return Scored(tables, scores, levels, coverage)


def judge(protocol: Protocol, pack: Pack, scored: Scored) -> tuple[Status, tuple[str, ...]]:
    """Official, partial or synthetic, and why: what the pack lacks, then the predictions."""
    synthetic = pack.manifest.synthetic
    status, problems = check_pack(protocol, pack.index, pack.aus(protocol.coding), synthetic)
    if scored.problems and status == "official":
        status = "partial"
    return status, (*problems, *scored.problems)


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


def presence(labels: FloatArray, threshold: int | None) -> FloatArray:
    """Intensity labels as occurrence: 1 at or above ``threshold``, 0 below, NaN stays; None: as is.

    Methods learn from the same labels that they are scored against.
    """
    if threshold is None:
        return labels
    return np.where(np.isnan(labels), labels, labels >= threshold).astype(np.float32)


def varied(values: FloatArray, variant: str) -> FloatArray:
    """Predictions as a variant has them.

    Args:
        values: (N, A) raw predictions of intensity.
        variant: ``raw``; ``clamped`` to 0–5; ``rounded``: clamped, then to the nearest integer.
    """
    if variant == "raw":
        return values
    clamped: FloatArray = values.clip(0, MAX_INTENSITY)
    return clamped if variant == "clamped" else np.rint(clamped)


def compute_scores(
    parts: GroupedMoments, task: Coding, resamples: int = RESAMPLES
) -> dict[str, Score]:
    """Metric → score with its intervals, from moments alone."""
    names = metrics_for(task)
    pooled = parts.pooled()
    _, subjects = parts.by("subject")
    found = intervals(subjects, names, resamples=resamples, seed=SEED)
    scores = {}
    for name in names:
        values = METRICS[name].of(pooled)
        scores[name] = Score(
            values=tuple(map(_number, values)),
            mean=_number(values.mean()),
            intervals=tuple(map(_pair, found[name].aus)),
            mean_interval=_pair(found[name].mean),
        )
    return scores


def breakdown(parts: GroupedMoments, part: GroupField, metric: str) -> dict[str, Array]:
    """A metric of every fold, subject or view by itself: name → (A,), NaN = undefined."""
    names, cells = parts.by(part)
    values = METRICS[metric].of(cells)
    return dict(zip(names, values, strict=True))


def levels_of(table: LevelTable, metric: str) -> dict[str, Array]:
    """A metric at each labelled intensity: ``"0"`` … ``"5"`` → (A,), NaN = no such frame."""
    cells = np.moveaxis(np.asarray(table.values, dtype=np.float64), 2, 0)
    return {str(level): row for level, row in enumerate(METRICS[metric].of(Moments(cells)))}


def by_level(labels: FloatArray, values: FloatArray) -> Moments:
    """Moments (K, 6, A) of the frames at each labelled intensity, 0 to 5.

    Errors per level say what an average over zero-heavy labels hides.

    Args:
        labels: (N, A) intensity 0–5, whole numbers; NaN = not coded.
        values: (N, A) predictions; NaN = nothing predicted.
    """
    levels = int(MAX_INTENSITY) + 1
    total = np.zeros((len(INTENSITY), levels, labels.shape[1]))
    for start in range(0, len(labels), _BATCH):
        rows = slice(start, start + _BATCH)
        for au in range(labels.shape[1]):
            total[:, :, au] += _level_sums(labels[rows, au], values[rows, au], levels)
    return Moments(total)


def _level_sums(labels: FloatArray, values: FloatArray, levels: int) -> Array:
    """(K, levels) moments of one AU."""
    scored = ~(np.isnan(labels) | np.isnan(values))
    y, p = (side[scored].astype(np.float64) for side in (labels, values))
    level = np.rint(y).astype(np.int64)
    sums = {"y": y, "p": p, "yy": y * y, "pp": p * p, "yp": y * p, "abs": np.abs(y - p)}
    total = np.zeros((len(INTENSITY), levels))
    total[INTENSITY.index("n")] = np.bincount(level, minlength=levels)
    for name, terms in sums.items():
        total[INTENSITY.index(name)] = np.bincount(level, terms, minlength=levels)
    return total


def fold_groups(expected: pd.DataFrame) -> tuple[tuple[Group, ...], npt.NDArray[np.int64]]:
    """The (fold, subject, view) groups of the expected frames, and each frame's group."""
    import pandas as pd

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


def _level_table(levels: Moments) -> LevelTable:
    return LevelTable(columns=INTENSITY, values=np.moveaxis(levels.values, 0, 2).tolist())


def _holes(values: FloatArray, aus: tuple[int, ...]) -> dict[str, int]:
    """AU column → number of NaNs, where there are any."""
    counts = np.isnan(values).sum(axis=0)
    return {column(au): int(n) for au, n in zip(aus, counts, strict=True) if n}


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _pair(values: Array) -> tuple[float, float] | None:
    return None if np.isnan(values).any() else (float(values[0]), float(values[1]))
