"""Calibration: predictions taken to the scale of the labels by a line per fold and AU.

The lines are fitted on the validation people of a fold, whose moments a record keeps beside them:
with these anybody computes the same lines again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Self

import numpy as np
import numpy.typing as npt
from pydantic import model_validator

from aubench.frames import FloatArray
from aubench.io.strict_json import Real, StrictModel
from aubench.metrics.moments import INTENSITY, Array, Moments, moments
from aubench.metrics.scores import pcc

CALIBRATED = "calibrated"
"""Name of the variant of the predictions."""

ACTIVE = 30
"""An AU with fewer active validation frames, of intensity above 0, is left as it is."""

CORRELATION = 0.5
"""Where labels and predictions correlate less, the slope stays 1."""

SLOPES = (0.5, 2.0)
"""The least and the greatest slope: a line that changes more would repair a broken predictor."""


class Calibration(StrictModel):
    """The lines ŷ = offset + slope · p of one fold, and what they follow from.

    Attributes:
        columns: Names of the K moments.
        values: A × K moments of all validation frames.
        active: A numbers of validation frames of intensity above 0 that have a prediction.
        offset: A numbers, in units of the labels.
        slope: A numbers, 0.5 to 2.
    """

    columns: tuple[str, ...]
    values: tuple[tuple[Real, ...], ...]
    active: tuple[int, ...]
    offset: tuple[Real, ...]
    slope: tuple[Real, ...]

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        parts = (self.values, self.active, self.offset, self.slope)
        if self.columns != INTENSITY or {len(cell) for cell in self.values} != {len(INTENSITY)}:
            raise ValueError("validation moments of other names")
        if len({*map(len, parts)}) > 1:
            raise ValueError("lines that do not fit the moments")
        return self

    @property
    def moments(self) -> Moments:
        """(K, A), of the validation frames."""
        return Moments(np.asarray(self.values, dtype=np.float64).T)


def calibrate(labels: FloatArray, values: FloatArray) -> Calibration:
    """The lines of a fold.

    Args:
        labels: (N, A) intensities 0–5 of the validation frames; NaN = not coded.
        values: (N, A) their predictions; NaN = nothing predicted.
    """
    found = moments(labels, values)
    active = ((labels > 0) & ~np.isnan(values)).sum(axis=0)
    offset, slope = lines(found, active)
    return Calibration(
        columns=INTENSITY,
        values=found.values.T.tolist(),
        active=active.tolist(),
        offset=offset.tolist(),
        slope=slope.tolist(),
    )


def lines(m: Moments, active: npt.ArrayLike) -> tuple[Array, Array]:
    """Offset ȳ − slope · p̄ and slope sd(y) / sd(p) of every AU.

    The spreads are matched only where y and p correlate by `CORRELATION` or more; elsewhere the
    slope is 1. With fewer than `ACTIVE` active frames the line is 0 + 1 · p.

    Args:
        m: (K, A) moments of the validation frames.
        active: (A,) number of them whose label is above 0.

    Returns:
        (A,) offsets in units of the labels, (A,) slopes within `SLOPES`.
    """
    enough = np.asarray(active) >= ACTIVE
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt((m["n"] * m["yy"] - m["y"] ** 2) / (m["n"] * m["pp"] - m["p"] ** 2))
        slope = np.where(pcc(m) >= CORRELATION, spread.clip(*SLOPES), 1.0)
        offset = (m["y"] - slope * m["p"]) / m["n"]
    return np.where(enough, offset, 0.0), np.where(enough, slope, 1.0)


def calibrated(
    values: FloatArray, folds: Iterable[str], calibrations: Mapping[str, Calibration]
) -> Array:
    """(N, A) float64 predictions, each taken along the line of its fold and AU; NaN without one.

    Args:
        values: (N, A) raw predictions; NaN stays.
        folds: The fold of every row.
        calibrations: Fold → its lines.
    """
    names, places = np.unique(np.array([*folds], dtype=str), return_inverse=True)
    none = np.full(values.shape[1], np.nan)
    offset, slope = (
        np.array([getattr(calibrations.get(str(name)), part, none) for name in names])
        for part in ("offset", "slope")
    )
    shown: Array = offset[places] + slope[places] * values
    return shown
