"""Scoring: predictions × labels → moments → scores.

Works on plain tables and arrays, wherever the labels come from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from aubench.action_units import MAX_INTENSITY, column
from aubench.errors import AubenchError
from aubench.evaluation.align import AlignedPredictions, BatchSource
from aubench.evaluation.breakdown import by_level, level_table
from aubench.evaluation.calibration import CALIBRATED, Calibration, calibrated
from aubench.evaluation.coverage import check_pack
from aubench.evaluation.expected import expected_frames, fold_groups, wanted_labels
from aubench.evaluation.fill import with_fill
from aubench.evaluation.records import (
    PREDICTED,
    CorpusInfo,
    Coverage,
    LevelTable,
    Record,
    Score,
    Status,
)
from aubench.frames import FloatArray
from aubench.metrics.groups import GroupedMoments, MomentTable, to_table
from aubench.metrics.intervals import intervals
from aubench.metrics.moments import Array, grouped
from aubench.metrics.scores import METRICS, metrics_for
from aubench.pack.manifest import Manifest
from aubench.pack.pack import Pack
from aubench.protocol import Coding, Protocol

_BATCH = 1 << 17
"""Rows that are aligned at once, so that little is held beside the data."""


@dataclass(frozen=True)
class Scored:
    """What scoring gives, in the form of `aubench.evaluation.records.Record`.

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


def score(
    predictions: pd.DataFrame,
    index: pd.DataFrame,
    labels: FloatArray,
    aus: Iterable[int],
    protocol: Protocol,
    *,
    calibrations: Mapping[str, Calibration] | None = None,
    allow_partial: bool = False,
    fill: float | None = None,
    path: Path | None = None,
) -> Scored:
    """Score a table of predictions.

    Args:
        predictions: The columns of `KEY`, a column per AU (``AU06``) on the scale of the labels
            (for occurrence: probabilities), and ``fold`` unless every frame is tested once.
        index: N rows, the frames of the pack: the columns of `KEY` and ``logged``.
        labels: (N, L) in the order of ``index``; intensity 0–5 or occurrence 0/1, NaN = not coded.
        aus: The L Action Units of ``labels``.
        protocol: What is tested, and how it is scored.
        calibrations: Fold → its lines; without them there are no calibrated predictions.
        allow_partial: Score what there is, if frames or values are missing.
        fill: Stands for what was lost (`with_fill`); None = nothing does.
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
    return score_aligned(aligned, labels, aus, protocol, calibrations=calibrations, fill=fill)


def score_aligned(
    aligned: AlignedPredictions,
    labels: FloatArray,
    aus: Iterable[int],
    protocol: Protocol,
    *,
    notes: tuple[str, ...] = (),
    calibrations: Mapping[str, Calibration] | None = None,
    fill: float | None = None,
) -> Scored:
    """Score predictions aligned to `expected_frames`; arguments as in `score`.

    Where the fill stands for anything, the variant `PREDICTED` is the score without it.
    """
    wanted = wanted_labels(aligned.expected, labels, aus, protocol)
    own = aligned.all_values()
    values = own if fill is None else with_fill(own, aligned.expected, fill)
    filled = int((np.isnan(own) & ~np.isnan(values)).any(axis=1).sum())
    groups, codes = fold_groups(aligned.expected)
    occurrence = protocol.task == "occurrence"
    tables, scores = {}, {}
    for variant in ("raw", *protocol.variants, *([PREDICTED] if filled else [])):
        if variant == CALIBRATED and not calibrations:
            continue
        taken = own if variant == PREDICTED else values
        shown = varied(taken, variant, aligned.expected["fold"], calibrations or {})
        cells = grouped(wanted, shown, codes, len(groups), occurrence=occurrence)
        moments = GroupedMoments(groups, cells)
        tables[variant] = to_table(moments)
        scores[variant] = compute_scores(moments, protocol.task)
    coverage = Coverage(
        expected=len(wanted),
        predicted=int((~np.isnan(values)).any(axis=1).sum()),
        filled=filled,
        fill=float(np.float32(fill)) if filled and fill is not None else None,
        labels_missing=_holes(wanted, protocol.aus),
        predictions_missing=_holes(values, protocol.aus),
        notes=notes,
    )
    levels = None if occurrence else level_table(by_level(wanted, values))
    return Scored(tables, scores, levels, coverage)


def make_record(scored: Scored, protocol: Protocol, manifest: Manifest, **rest: Any) -> Record:
    """The record of a result that was reached by this process, now.

    Args:
        scored: What scoring gave.
        protocol: What was tested.
        manifest: Of the pack that was predicted on.
        **rest: The fields of `Record` that none of these says.
    """
    return Record(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        protocol=protocol.name,
        protocol_hash=protocol.hash,
        corpus=corpus_info(manifest),
        aus=protocol.aus,
        coverage=scored.coverage,
        moments=scored.moments,
        scores=scored.scores,
        levels=scored.levels,
        **rest,
    )


def corpus_info(manifest: Manifest) -> CorpusInfo:
    """What a record says of a pack."""
    return CorpusInfo(
        name=manifest.corpus,
        synthetic=manifest.synthetic,
        fingerprint=manifest.fingerprint,
        recipe=manifest.recipe.name,
        recipe_hash=manifest.recipe.hash(manifest.sampling),
        recipe_parameters=manifest.recipe.parameters,
        sampling=manifest.sampling,
        size=manifest.size,
    )


def judge(protocol: Protocol, pack: Pack, scored: Scored) -> tuple[Status, tuple[str, ...]]:
    """The status of a result, and why: what the pack lacks, then what the predictions lack."""
    synthetic = pack.manifest.synthetic
    status, problems = check_pack(protocol, pack.index, pack.aus(protocol.coding), synthetic)
    if scored.problems and status == "official":
        status = "partial"
    return status, (*problems, *scored.problems)


def varied(
    values: FloatArray,
    variant: str,
    folds: Iterable[str],
    calibrations: Mapping[str, Calibration],
) -> FloatArray | Array:
    """Predictions transformed as a variant says.

    Args:
        values: (N, A) raw predictions of intensity.
        variant: ``raw`` and `PREDICTED`: as they are; ``clamped`` to 0–5; ``rounded``: clamped,
            then to the nearest integer; ``calibrated``: along the line of their fold and AU.
        folds: The fold of every row.
        calibrations: Fold → its lines.
    """
    if variant in ("raw", PREDICTED):
        return values
    if variant == CALIBRATED:
        return calibrated(values, folds, calibrations)
    clamped: FloatArray = values.clip(0, MAX_INTENSITY)
    return clamped if variant == "clamped" else np.rint(clamped)


def compute_scores(moments: GroupedMoments, task: Coding) -> dict[str, Score]:
    """Metric → score with its intervals, from moments alone."""
    names = metrics_for(task)
    pooled = moments.pooled()
    _, subjects = moments.by("subject")
    found = intervals(subjects, names)
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


def _holes(values: FloatArray, aus: tuple[int, ...]) -> dict[str, int]:
    """AU column → number of NaNs, where there are any."""
    counts = np.isnan(values).sum(axis=0)
    return {column(au): int(n) for au, n in zip(aus, counts, strict=True) if n}


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _pair(values: Array) -> tuple[float, float] | None:
    return None if np.isnan(values).any() else (float(values[0]), float(values[1]))
