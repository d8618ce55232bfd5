"""Checks of the variants that not every record has: calibrated predictions, and filled frames."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from aubench.evaluation.calibration import CALIBRATED
from aubench.evaluation.checks.moment_checks import (
    calibration_apart,
    fill_apart,
    named,
    places,
    wrong_lines,
)
from aubench.evaluation.fill import MOST_LOST
from aubench.evaluation.records import PREDICTED, Record, calibrations
from aubench.metrics.groups import GroupedMoments


def strange_calibration(record: Record, variants: Mapping[str, GroupedMoments]) -> Iterator[str]:
    """Yield lines that the validation moments do not give, and moments not of these lines."""
    kept = calibrations(record.folds)
    for fold in record.folds:
        if fold.name in kept:
            broken = wrong_lines(kept[fold.name], fold.valid_frames)
            yield from named(f"calibration of fold {fold.name}", broken, record.aus)
    if CALIBRATED in variants:
        raw = variants["raw"]
        lines = {name: np.array([found.offset, found.slope]) for name, found in kept.items()}
        none = np.zeros((2, len(record.aus)))  # of a fold that was not run
        offset, slope = np.stack([lines.get(fold, none) for fold, _, _ in raw.groups], axis=1)
        broken = calibration_apart(raw.moments, variants[CALIBRATED].moments, offset, slope)
        yield from named("calibrated moments", broken, record.aus, places(raw))


def strange_fill(record: Record, variants: Mapping[str, GroupedMoments]) -> Iterator[str]:
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
        found = variants["raw"]
        broken = fill_apart(found.moments, variants[PREDICTED].moments, coverage.fill)
        yield from named("moments", broken, record.aus, places(found))
