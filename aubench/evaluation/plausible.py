"""Checks of a record that need neither labels nor predictions.

``aubench table`` runs it on every record that it reads, so this module does without pandas.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from aubench.action_units import MAX_INTENSITY, column
from aubench.errors import AubenchError
from aubench.evaluation.calibration import CALIBRATED
from aubench.evaluation.coverage import wrong_counts
from aubench.evaluation.fill import MOST_LOST
from aubench.evaluation.moment_checks import (
    Broken,
    calibration_apart,
    fill_apart,
    impossible,
    levels_apart,
    variants_apart,
    wrong_lines,
)
from aubench.evaluation.records import PREDICTED, Record, Score, calibrations
from aubench.metrics.groups import GroupedMoments, MomentTable, from_table
from aubench.metrics.moments import INTENSITY, OCCURRENCE, Array, Moments
from aubench.metrics.scores import METRICS
from aubench.protocol import TWIN, Protocol, members

RUN_ID = re.compile(r"[0-9a-f]{12}")
"""What a run's id looks like."""

_SLACK = 1e-9
"""Scores of the same moments, on another machine, agree to this."""


def implausible(record: Record, protocol: Protocol) -> tuple[str, ...]:
    """One line per contradiction in a record; empty if it can be true.

    A record under another version of the protocol is not held to the people of this one.

    Args:
        record: Of a run, or of another tool's predictions.
        protocol: The installed protocol of the record's name.
    """
    found = [*_identity(record), *_status(record, protocol)]
    if not record.moments:
        return (*found, *(["scores without moments"] if record.scores else []))
    if broken := malformed(record):
        return (*found, *broken)
    variants = {name: from_table(table) for name, table in record.moments.items()}
    with np.errstate(all="ignore"):
        found += _moments(record, variants)
        found += _coverage(record, variants["raw"])
        found += _filling(record, variants)
        found += _scores(record, variants)
        found += _groups(record, variants["raw"])
        found += _calibration(record, variants)
        if record.protocol_hash == protocol.hash:
            found += _people(record, protocol)
    return tuple(found)


def _identity(record: Record) -> Iterator[str]:
    if not RUN_ID.fullmatch(record.run_id):
        yield f"run id {record.run_id[:40]!r} is not twelve hexadecimal digits"


def _status(record: Record, protocol: Protocol) -> Iterator[str]:
    """Differences between the status and what the record says of itself."""
    status, coverage = record.status, record.coverage
    if record.corpus.synthetic and status != "synthetic":
        yield f"status {status}, but the corpus is synthetic"
    if status == "synthetic" and not record.corpus.synthetic and len(protocol.corpora) == 1:
        yield "status synthetic, but the corpus is not"
    if status == "partial" and not record.problems:
        yield "status partial without a problem"
    if status != "official":
        return
    for pack in record.packs:
        if pack.synthetic != pack.name.startswith(TWIN):
            yield f"status official, but the pack of {pack.name} is {_kind(pack.synthetic)}"
    if record.problems and protocol.labels_public:
        yield f"status official, but {record.problems[0]}"
    if protocol.confidence == "L" and not record.problems:
        yield f"status official under {protocol.name}, which is unconfirmed"
    if coverage.predicted != coverage.expected or coverage.predictions_missing:
        yield "status official, but predictions are missing"


def _kind(synthetic: bool) -> str:
    return "synthetic" if synthetic else "of real faces"


def malformed(record: Record) -> tuple[str, ...]:
    """Errors in the form of a record's moments and scores; the other checks need a sound form."""
    return tuple(_form(record))


def _form(record: Record) -> Iterator[str]:
    width = len(record.aus)
    if len(set(record.aus)) < width or not width:
        yield "an AU twice, or none"
    if "raw" not in record.moments or set(record.moments) != set(record.scores):
        yield "moments and scores of different variants, or no raw ones"
    columns = {table.columns for table in record.moments.values()}
    if len(columns) > 1 or columns - {INTENSITY, OCCURRENCE}:
        yield "moments of unknown names"
    if len({table.groups for table in record.moments.values()}) > 1:
        yield "groups that differ between variants"
    for table in record.moments.values():
        yield from _table_form(table, width)
    for scores in record.scores.values():
        yield from (f"a metric {name[:40]!r}" for name in scores if name not in METRICS)
        if any(len(score.values) != width for score in scores.values()):
            yield "scores of other AUs than the record's"
    yield from _calibration_form(record, width)
    levels = record.levels
    if levels is not None:
        shapes = {(len(level), *{len(cell) for cell in level}) for level in levels.values}
        fits = len(levels.values) == MAX_INTENSITY + 1 and shapes == {(width, len(INTENSITY))}
        if levels.columns != INTENSITY or not fits:
            yield "moments per level of another form"
    elif columns == {INTENSITY} and record.corpus.recipe_hash:  # so it is of schema 3 or later
        yield "no moments per level"


def _calibration_form(record: Record, width: int) -> Iterator[str]:
    kept = calibrations(record.folds)
    if any(len(lines.slope) != width for lines in kept.values()):
        yield "a calibration of other AUs than the record's"
    if CALIBRATED in record.moments:
        held = {fold for fold, _, _ in record.moments[CALIBRATED].groups}
        if missing := sorted(held - kept.keys()):
            yield f"calibrated moments of fold {missing[0]}, which has no calibration"


def _table_form(table: MomentTable, width: int) -> Iterator[str]:
    if not table.groups or len(table.values[0]) != width:
        yield "moments of other AUs than the record's"
    if (table.histogram is None) != (table.columns == INTENSITY):
        yield "a score histogram too many, or none"
    if len(set(table.groups)) < len(table.groups):
        yield "a group twice"
    try:
        if not np.isfinite(from_table(table).moments.values).all():
            yield "a sum that is not finite"
    except AubenchError as error:
        yield error.what


def _moments(record: Record, variants: dict[str, GroupedMoments]) -> Iterator[str]:
    """Yield every rule of moments that the record breaks."""
    groups = [f"fold {fold} {person} view {view}" for fold, person, view in variants["raw"].groups]
    for name, found in variants.items():
        broken = impossible(found.moments, "raw" if name == PREDICTED else name)
        yield from _named(f"{name} moments", broken, record, groups)
    moments = {name: found.moments for name, found in variants.items()}
    own, fill = moments.pop(PREDICTED, None), record.coverage.fill
    if own is not None and fill is not None:
        yield from _named("moments", fill_apart(moments["raw"], own, fill), record, groups)
    yield from _named("moments", variants_apart(moments), record, groups)
    if record.levels is not None:
        values = np.moveaxis(np.asarray(record.levels.values, dtype=np.float64), 2, 0)
        broken = levels_apart(Moments(values), variants["raw"].pooled())
        yield from _named("moments per level", broken, record)


def _named(what: str, broken: Broken, record: Record, groups: list[str] | None = None) -> list[str]:
    """One line per rule that is broken, naming the first cell of (G, A) or (A,)."""
    lines = []
    for rule, cells in broken:
        if cells.any():
            *group, au = np.argwhere(cells)[0].tolist()
            place = f"{groups[group[0]]} " if groups and group else ""
            lines.append(f"{what}: {rule}: {place}{column(record.aus[au])}")
    return lines


def _coverage(record: Record, raw: GroupedMoments) -> Iterator[str]:
    """Differences between the coverage and the moments."""
    coverage, names = record.coverage, [column(au) for au in record.aus]
    missing = raw.pooled()["missing"]
    totals = raw.moments["n"] + raw.moments["missing"]
    if (totals != totals[:, :1]).any():
        yield "n + missing differs between AUs"
    frames = totals[:, 0].sum()
    if frames != coverage.expected:
        yield f"coverage: {coverage.expected:,} frames expected, but moments of {frames:,.0f}"
    unpredicted = coverage.expected - coverage.predicted
    holes, uncoded = (
        np.array([kept.get(name, 0) for name in names], dtype=np.float64)
        for kept in (coverage.predictions_missing, coverage.labels_missing)
    )
    if unpredicted < 0 or (holes < unpredicted).any():
        yield f"coverage: {coverage.predicted:,} of {coverage.expected:,} frames predicted, " + (
            f"but {int(holes.min()):,} missing"
        )
    if (missing > holes + uncoded).any() or (missing < np.maximum(holes, uncoded)).any():
        yield "coverage: missing labels and predictions are not those of the moments"
    if set(coverage.predictions_missing) | set(coverage.labels_missing) > set(names):
        yield "coverage of other AUs than the record's"


def _filling(record: Record, variants: dict[str, GroupedMoments]) -> Iterator[str]:
    """Yield what is wrong with the frames that a fill stands for."""
    coverage = record.coverage
    if len({coverage.fill is not None, coverage.filled != 0, PREDICTED in variants}) > 1:
        yield "a fill, filled frames and scores without them: one without the others"
    elif coverage.fill is not None:
        people, raw = variants["raw"].by("subject")
        filled = raw["n"] - variants[PREDICTED].by("subject")[1]["n"]
        if not filled.sum(axis=0).max() <= coverage.filled <= coverage.predicted:
            yield f"coverage: {coverage.filled:,} frames filled, but moments of more"
        most = np.floor(MOST_LOST * (raw["n"] + raw["missing"]))
        if beyond := [name for name, row in zip(people, filled > most, strict=True) if row.any()]:
            yield f"the fill stands for more than {MOST_LOST:.0%} of the frames of {beyond[0]}"


def _scores(record: Record, variants: dict[str, GroupedMoments]) -> Iterator[str]:
    """Scores that do not follow from the moments."""
    for variant, found in variants.items():
        pooled = found.pooled()
        for name, score in record.scores[variant].items():
            if (METRICS[name].task == "occurrence") != pooled.occurrence:
                yield f"{variant} scores: {name} is no metric of these moments"
                continue
            yield from _score(f"{variant} scores: {name}", score, METRICS[name].of(pooled))


def _score(what: str, score: Score, values: Array) -> Iterator[str]:
    made = np.append(values, values.mean())
    told = np.array([*score.values, score.mean], dtype=np.float64)  # None becomes NaN
    near = np.abs(told - made) <= _SLACK * (1 + np.abs(made))
    apart = np.flatnonzero(~(near | (np.isnan(told) & np.isnan(made))))
    if apart.size:
        place = apart[0]
        part = "values" if place < len(values) else "mean"
        yield f"{what} {part}: record {told[place]:.6g}, of its moments {made[place]:.6g}"


def _groups(record: Record, raw: GroupedMoments) -> Iterator[str]:
    """Folds whose number of test frames is not that of the moments."""
    names, folds = raw.by("fold")
    frames = dict(zip(names, (folds["n"] + folds["missing"])[:, 0], strict=True))
    told = {fold.name: fold.test_frames for fold in record.folds}
    for name in told and sorted({*told, *frames}):
        if told.get(name, 0) != frames.get(name, 0):
            yield (
                f"fold {name}: {told.get(name, 0):,} test frames, but moments of "
                f"{frames.get(name, 0):,.0f}"
            )


def _calibration(record: Record, variants: dict[str, GroupedMoments]) -> Iterator[str]:
    """Lines that do not follow from the validation moments, and moments not from the lines."""
    kept = calibrations(record.folds)
    for fold in record.folds:
        if fold.name in kept:
            broken = wrong_lines(kept[fold.name], fold.valid_frames)
            yield from _named(f"calibration of fold {fold.name}", broken, record)
    if CALIBRATED in variants:
        raw = variants["raw"]
        places = [f"fold {fold} {person} view {view}" for fold, person, view in raw.groups]
        offset, slope = (
            np.array([getattr(kept[fold], part) for fold, _, _ in raw.groups])
            for part in ("offset", "slope")
        )
        broken = calibration_apart(raw.moments, variants[CALIBRATED].moments, offset, slope)
        yield from _named("calibrated moments", broken, record, places)


def label_sums(table: MomentTable) -> dict[tuple[str, str], Array]:
    """Fold and person → (4, A) n, missing, Σy and Σy² over the person's views."""
    cells = np.asarray(table.values, dtype=np.float64)
    cells = cells[:, :, [INTENSITY.index(name) for name in ("n", "missing", "y", "yy")]]
    sums: dict[tuple[str, str], Array] = {}
    for (fold, person, _), cell in zip(table.groups, np.moveaxis(cells, 2, 1), strict=True):
        sums[fold, person] = sums.get((fold, person), 0) + cell
    return sums


def _people(record: Record, protocol: Protocol) -> Iterator[str]:
    """Differences between who was tested and whom the protocol tests."""
    if record.aus != protocol.aus:
        yield f"AUs {record.aus}, but {protocol.name} scores {protocol.aus}"
    tested = {fold.name: fold.test for fold in protocol.folds}
    sums = label_sums(record.moments["raw"])
    for fold, person in sums:
        if not any(members(key, [person]) for key in tested.get(fold, ())):
            yield f"fold {fold} tests {person}, which {protocol.name} does not"
            return
    frames = {person: int(sums[fold, person][:2, 0].sum()) for fold, person in sums}
    labels = {person: sums[fold, person] for fold, person in sums}
    if any(frames[person] != cell[:2, 0].sum() for (_, person), cell in sums.items()):
        yield "a person has more frames in one fold than in another"
    elif not record.coverage.predictions_missing and any(
        (labels[person] != cell).any() for (_, person), cell in sums.items()
    ):
        yield "a person has other labels in one fold than in another"
    if record.status != "official":
        return
    for fold, keys in tested.items():
        held = [person for name, person in sums if name == fold]
        absent = [key for key in keys if not members(key, held)]
        if absent:
            yield f"status official, but fold {fold} does not test {absent[0]}"
    yield from (f"status official, but {line}" for line in wrong_counts(protocol, frames))
