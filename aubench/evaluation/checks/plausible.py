"""Checks of a record that need neither labels nor predictions.

``aubench table`` runs it on every record that it reads, so this module does without pandas.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from aubench.action_units import column
from aubench.evaluation.checks.form import malformed
from aubench.evaluation.checks.moment_checks import (
    impossible,
    levels_apart,
    named,
    places,
    variants_apart,
)
from aubench.evaluation.checks.people import strange_labels, strange_people
from aubench.evaluation.checks.variants import strange_calibration, strange_fill
from aubench.evaluation.records import PREDICTED, Record, Score
from aubench.evaluation.run_id import RUN_ID, run_id_of
from aubench.metrics.groups import GroupedMoments, from_table
from aubench.metrics.intervals import Interval, intervals
from aubench.metrics.moments import Array, Moments
from aubench.metrics.scores import METRICS
from aubench.protocol import TWIN, Protocol

_SLACK = 1e-9
"""Scores of the same moments, on another machine, agree to this."""

_INTERVAL_SLACK = 1e-6
"""Ends of intervals do to this: pseudo-values multiply what rounding does by the people."""


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
        found += strange_fill(record, variants)
        found += _scores(record, variants)
        found += _groups(record, variants["raw"])
        found += strange_calibration(record, variants)
        if record.protocol_hash == protocol.hash:
            found += strange_people(record, protocol)
            found += strange_labels(record, protocol)
    return tuple(found)


def _identity(record: Record) -> Iterator[str]:
    """Differences between the id and what it is of; records before schema 4 do not say it all."""
    if not RUN_ID.fullmatch(record.run_id):
        yield f"run id {record.run_id[:40]!r} is not twelve hexadecimal digits"
        return
    if record.packs:
        wanted = run_id_of(record)
        if record.run_id != wanted:
            yield f"run id {record.run_id}, but what it says of itself gives {wanted}"
        if record.corpus not in record.packs:
            yield "the tested pack is not among the packs"
    elif any(s.intervals for scores in record.scores.values() for s in scores.values()):
        yield "no packs, which every record with intervals names"


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
            kind = "synthetic" if pack.synthetic else "of real faces"
            yield f"status official, but the pack of {pack.name} is {kind}"
    if record.problems and protocol.labels_public:
        yield f"status official, but {record.problems[0]}"
    if protocol.confidence == "L" and not record.problems:
        yield f"status official under {protocol.name}, which is unconfirmed"
    if coverage.predicted != coverage.expected or coverage.predictions_missing:
        yield "status official, but predictions are missing"


def _moments(record: Record, variants: dict[str, GroupedMoments]) -> Iterator[str]:
    """Yield every rule of moments that the record breaks."""
    groups = places(variants["raw"])
    for name, found in variants.items():
        broken = impossible(found.moments, "raw" if name == PREDICTED else name)
        yield from named(f"{name} moments", broken, record.aus, groups)
    moments = {name: found.moments for name, found in variants.items() if name != PREDICTED}
    yield from named("moments", variants_apart(moments), record.aus, groups)
    if record.levels is not None:
        values = np.moveaxis(np.asarray(record.levels.values, dtype=np.float64), 2, 0)
        broken = levels_apart(Moments(values), variants["raw"].pooled())
        yield from named("moments per level", broken, record.aus)


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


def _scores(record: Record, variants: dict[str, GroupedMoments]) -> Iterator[str]:
    """Scores and intervals that do not follow from the moments."""
    for variant, found in variants.items():
        pooled, told = found.pooled(), {}
        for name, score in record.scores[variant].items():
            if (METRICS[name].task == "occurrence") != pooled.occurrence:
                yield f"{variant} scores: {name} is no metric of these moments"
                continue
            yield from _score(f"{variant} scores: {name}", score, METRICS[name].of(pooled))
            if score.intervals is not None:
                told[name] = score
        _, subjects = found.by("subject")
        yield from _intervals(f"{variant} scores", told, intervals(subjects, tuple(told)))


def _score(what: str, score: Score, values: Array) -> Iterator[str]:
    made = np.append(values, values.mean())
    told = np.array([*score.values, score.mean], dtype=np.float64)  # None becomes NaN
    apart = _apart(told, made, _SLACK)
    if apart.size:
        place = apart[0]
        part = "values" if place < len(values) else "mean"
        yield f"{what} {part}: record {told[place]:.6g}, of its moments {made[place]:.6g}"


def _intervals(
    what: str, scores: Mapping[str, Score], found: Mapping[str, Interval]
) -> Iterator[str]:
    """Intervals that do not follow from the moments."""
    for name, interval in found.items():
        score = scores[name]
        pairs = [
            pair or (np.nan, np.nan) for pair in (*(score.intervals or ()), score.mean_interval)
        ]
        told, made = np.array(pairs), np.vstack([interval.aus, interval.mean])
        apart = _apart(told, made, _INTERVAL_SLACK)
        if apart.size:
            place = apart[0]
            part = "intervals" if place < len(pairs) - 1 else "mean_interval"
            low, high = made[place]
            yield (
                f"{what}: {name} {part}: record {told[place, 0]:.6g} to {told[place, 1]:.6g}, "
                f"of its moments {low:.6g} to {high:.6g}"
            )


def _apart(told: Array, made: Array, slack: float) -> npt.NDArray[np.intp]:
    """The places along the first axis where two arrays differ; NaN equals NaN."""
    near = np.abs(told - made) <= slack * (1 + np.abs(made))
    equal = near | (np.isnan(told) & np.isnan(made))
    return np.flatnonzero(~equal.reshape(len(equal), -1).all(axis=1))


def _groups(record: Record, raw: GroupedMoments) -> Iterator[str]:
    """Folds whose number of test frames is not that of the moments; some may not have been run."""
    names, folds = raw.by("fold")
    told = {fold.name: fold.test_frames for fold in record.folds}
    totals = (folds["n"] + folds["missing"])[:, 0]
    scored = {names[place] for place in np.flatnonzero(folds["n"].sum(axis=1))}
    kept = zip(names, totals, strict=True)
    frames = {name: total for name, total in kept if name in scored or name in told}
    for name in told and sorted({*told, *frames}):
        if told.get(name, 0) != frames.get(name, 0):
            yield (
                f"fold {name}: {told.get(name, 0):,} test frames, but moments of "
                f"{frames.get(name, 0):,.0f}"
            )
