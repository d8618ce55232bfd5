"""Errors in the form of a record's moments and scores; every other check needs a sound form."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aubench.action_units import MAX_INTENSITY
from aubench.errors import AubenchError
from aubench.evaluation.calibration import CALIBRATED
from aubench.evaluation.records import Record, calibrations
from aubench.metrics.groups import MomentTable, from_table
from aubench.metrics.moments import INTENSITY, OCCURRENCE
from aubench.metrics.scores import METRICS


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
        if any(
            len(values) != width
            for score in scores.values()
            for values in (score.values, score.intervals)
            if values is not None
        ):
            yield "scores or intervals of other AUs than the record's"
        if any(score.intervals is None and score.mean_interval for score in scores.values()):
            yield "an interval of the mean alone"
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
        table = record.moments[CALIBRATED]
        n = table.columns.index("n") if "n" in table.columns else 0
        found = zip(table.groups, table.values, strict=True)
        held = {fold for (fold, _, _), cells in found if any(cell[n] for cell in cells)}
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
