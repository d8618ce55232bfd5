"""Verification: recompute everything in a record, and name every disagreement."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from aubench.action_units import column
from aubench.errors import AubenchError
from aubench.evaluation.align import counted
from aubench.evaluation.calibration import CALIBRATED
from aubench.evaluation.checks.form import malformed
from aubench.evaluation.checks.plausible import implausible
from aubench.evaluation.expected import fold_groups
from aubench.evaluation.predictions import read_predictions, read_provenance
from aubench.evaluation.records import PREDICTED, Record, Score, calibrations, read_record
from aubench.evaluation.scoring import judge, score, varied
from aubench.metrics.groups import Group, MomentTable, from_table
from aubench.metrics.moments import Array, grouped
from aubench.pack.pack import Pack
from aubench.protocol import Protocol
from aubench.registry import find

_RELATIVE = 1e-9
"""Sums of the same numbers in another order, on another machine, agree to this."""

_STATES = ("official", "partial", "synthetic")
"""From best to worst. A record may be worse than the test pack: its training pack may be."""


def verify(folder: Path, pack: Pack | None = None) -> list[str]:
    """What the record in ``folder`` says that its moments, predictions and, given, labels do not.

    Contradictions that need none of them come first (`implausible`).

    Args:
        folder: Holds ``record.json`` and ``predictions.parquet``.
        pack: Holds the labels; without it, the moments that need them are not checked.

    Returns:
        One line per disagreement; empty if everything agrees.

    Raises:
        AubenchError: If a file cannot be read, or the pack is of another corpus.
    """
    record = read_record(folder / "record.json")
    if record.skipped:
        raise AubenchError(
            f"{record.method.name} was skipped ({record.skipped}): there is nothing to check",
            mend="name a run with predictions",
            path=folder,
        )
    path = folder / "predictions.parquet"
    if not path.is_file():
        raise AubenchError("no predictions beside the record", mend="predict again", path=path)
    predictions = read_predictions(path)
    protocol: Protocol = find("protocols", record.protocol)
    found = [*implausible(record, protocol), *_origin(record, path, protocol, pack)]
    if malformed(record):
        return found
    found += _predictions(record, predictions)
    if pack is not None and record.moments:
        bound = protocol.bound(pack.index["subject"].unique())
        found += _labels(record, predictions, pack, bound)
    return found


def _origin(record: Record, path: Path, protocol: Protocol, pack: Pack | None) -> Iterator[str]:
    """Differences in what record, file, protocol and pack say of each other."""
    if record.protocol_hash != protocol.hash:
        yield f"protocol hash: record {record.protocol_hash}, installed {protocol.hash}"
    said = read_provenance(path)
    if said is None:
        yield "the predictions do not say where they come from"
        return
    pairs = [
        ("run id", record.run_id, said.run_id),
        ("protocol hash", record.protocol_hash, said.protocol_hash),
        ("synthetic", record.status == "synthetic", said.synthetic),
    ]
    for what, kept, told in pairs:
        if kept != told:
            yield f"{what}: record {kept}, predictions {told}"
    if record.corpus.fingerprint not in said.pack.split("+"):  # of all packs, the tested one too
        yield f"pack: record {record.corpus.fingerprint}, predictions {said.pack}"
    if pack is not None and pack.manifest.fingerprint != record.corpus.fingerprint:
        yield f"pack: record {record.corpus.fingerprint}, given {pack.manifest.fingerprint}"


def _scores(what: str, kept: dict[str, Score], made: dict[str, Score]) -> Iterator[str]:
    """Scores that do not follow from the labels."""
    for name, kept_score in kept.items():
        for part in ("values", "mean"):
            told, value = getattr(kept_score, part), getattr(made[name], part)
            if not _close(told, value):
                yield f"{what}: {name} {part}: record {told}, recomputed {value}"


def _predictions(record: Record, predictions: pd.DataFrame) -> Iterator[str]:
    """Differences between the record's moments and the predictions that show without labels.

    The file holds what was predicted; frames that the record has beyond it must hold the fill.
    """
    names = [column(au) for au in record.aus]
    lacking = [name for name in ("fold", *names) if name not in predictions.columns]
    if lacking:
        yield f"the predictions have no column {', '.join(lacking)}"
        return
    values = predictions[names].to_numpy(dtype=np.float32)
    groups, codes = fold_groups(predictions)
    lines = calibrations(record.folds)
    coded = np.array([name not in record.coverage.labels_missing for name in names])
    for variant, table in record.moments.items():
        kept = from_table(table)
        scored = {g for g, n in zip(kept.groups, kept.moments["n"], strict=True) if n.any()}
        if lone := sorted((scored - set(groups)) | (set(groups) - set(kept.groups))):
            yield f"{variant} moments: {_name(lone[0])} is in the record or the file only"
            continue
        order = [kept.groups.index(group) for group in groups]
        shown = varied(values, variant, predictions["fold"], lines)
        made = grouped(np.zeros_like(shown), shown, codes, len(groups))
        value_of_fill, more = 0.0, np.zeros_like(made["n"])
        if record.coverage.fill is not None and variant not in (PREDICTED, CALIBRATED):
            fill = np.array([record.coverage.fill], dtype=np.float32)
            value_of_fill = float(varied(fill, variant, (), {})[0])
            more = (kept.moments["n"][order] - made["n"]).clip(0)
        for power, moment in enumerate(("n", "p", "pp")):
            told = kept.moments[moment][order]
            whole = made[moment] + more * value_of_fill**power
            # where labels are missing, the frames that were scored cannot be told without them
            unknown = np.minimum(told, whole) if moment == "n" else told
            value = np.where(coded, whole, unknown)
            yield from _apart(f"{variant} moments, {moment}", groups, record.aus, told, value)


def _labels(
    record: Record, predictions: pd.DataFrame, pack: Pack, protocol: Protocol
) -> Iterator[str]:
    """Differences between the record and scoring again with the labels."""
    labels, aus = pack.labels(protocol.coding), pack.aus(protocol.coding)
    lines = calibrations(record.folds) if CALIBRATED in record.moments else None
    again = score(
        predictions,
        pack.index,
        labels,
        aus,
        protocol,
        calibrations=lines,
        allow_partial=True,
        fill=record.coverage.fill,
    )
    for variant, table in again.moments.items():
        if variant not in record.moments:
            yield f"no {variant} moments in the record"
            continue
        yield from _tables(
            f"{variant} moments with labels", record.moments[variant], table, record.aus
        )
        yield from _scores(
            f"{variant} scores with labels", record.scores[variant], again.scores[variant]
        )
    for part in ("expected", "predicted", "filled", "labels_missing", "predictions_missing"):
        told, value = getattr(record.coverage, part), getattr(again.coverage, part)
        if told != value:
            yield f"coverage, {part}: record {told}, recomputed {value}"
    kept, made = (None if t is None else t.values for t in (record.levels, again.levels))
    if not _close(kept, made):
        yield "moments per level differ"
    status, problems = judge(protocol, pack, again)
    if _STATES.index(status) > _STATES.index(record.status):
        yield f"status: record {record.status}, recomputed {status}: {problems[0]}"


def _tables(what: str, kept: MomentTable, made: MomentTable, aus: tuple[int, ...]) -> Iterator[str]:
    """Differences between two tables of moments."""
    if kept.groups != made.groups:
        lone = set(kept.groups) ^ set(made.groups)
        yield f"{what}: the groups differ" + (f": {_name(min(lone))}" if lone else " in order")
        return
    told, value = from_table(kept).moments.values, from_table(made).moments.values
    for place, name in enumerate(made.columns):
        yield from _apart(f"{what}, {name}", made.groups, aus, told[place], value[place])
    if kept.histogram != made.histogram and kept.bins == made.bins:
        yield f"{what}: the score histograms differ"


def _apart(
    what: str, groups: tuple[Group, ...], aus: tuple[int, ...], told: Array, value: Array
) -> Iterator[str]:
    """One line if cells of two (G, A) arrays differ, naming the first."""
    apart = ~np.isclose(told, value, rtol=_RELATIVE, atol=_RELATIVE)
    if apart.any():
        group, au = np.argwhere(apart)[0]
        yield (
            f"{what}: {counted(int(apart.sum()), 'cell')} apart, first {_name(groups[group])} "
            f"{column(aus[au])}: record {told[group, au]:.6g}, recomputed {value[group, au]:.6g}"
        )


def _name(group: Group) -> str:
    return f"fold {group[0]} {group[1]} view {group[2]}"


def _close(told: object, value: object) -> bool:
    """Equal, numbers to `_RELATIVE`, None only to None."""
    if isinstance(told, tuple | list) and isinstance(value, tuple | list):
        return len(told) == len(value) and all(map(_close, told, value))
    if isinstance(told, int | float) and isinstance(value, int | float):
        return math.isclose(told, value, rel_tol=_RELATIVE, abs_tol=_RELATIVE)
    return told == value
