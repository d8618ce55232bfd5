"""The error of landmarks: normalised mean error, and the area under its curve."""

from __future__ import annotations

import numpy as np

from aubench.frames import FloatArray

AUC_LIMIT = 0.07
"""Errors above 7 % of the face count as failures (Bulat & Tzimiropoulos, ICCV 2017)."""


def normalised_error(found: FloatArray, true: FloatArray) -> FloatArray:
    """Mean distance of a face's points, over √(w·h) of the box around its true points.

    Args:
        found: (N, 68, 2) in pixels.
        true: (N, 68, 2) in pixels; points that are NaN do not count.

    Returns:
        (N,), a fraction; NaN where no point is known.
    """
    known = np.asarray(np.isfinite(true).all(axis=-1))
    distance = np.where(known, np.linalg.norm(found - np.nan_to_num(true), axis=-1), 0)
    count = known.sum(axis=1)
    low = np.where(known[..., None], true, np.inf).min(axis=1)
    high = np.where(known[..., None], true, -np.inf).max(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        side = np.sqrt(np.where(count > 0, np.prod(high - low, axis=1), np.nan))
        error: FloatArray = distance.sum(axis=1) / count / side
    return error


def area_under_curve(errors: FloatArray, limit: float = AUC_LIMIT) -> float:
    """Area under the share of faces with at most a given error, up to ``limit``, over ``limit``.

    A face of error e is part of the share from e on, so the area is the mean of
    max(0, 1 − e / limit).

    Args:
        errors: (N,), fractions; NaN does not count.
        limit: The largest error of the curve, a fraction.

    Returns:
        0–1; NaN if no error counts.
    """
    errors = errors[np.isfinite(errors)]
    return float(np.clip(1 - errors / limit, 0, None).mean()) if errors.size else float("nan")
