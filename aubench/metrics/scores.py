"""Scores: every metric as a function of moments.

Each function takes `Moments` of shape (K, ...) and gives float64 of shape (...); NaN means
undefined. ȳ and p̄ are the means, s_yy, s_pp and s_yp the variances and the covariance over the n
frames (divided by n; no ratio depends on that). The examples of intensity share four frames with
ȳ = 1, p̄ = 2, s_yy = 1, s_pp = 3 and s_yp = 1; those of occurrence have TP = 2, FP = 1 and TN = 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from aubench.metrics.moments import Array, Moments, moments
from aubench.protocol import Coding

CONSTANT = 1e-10
"""A side is constant if its variance is at most this part of its mean square.

Sums of a constant over a million frames, in any order and any number of chunks, stay well below
it; an estimator whose spread is a hundred-thousandth of its size says nothing either.
"""


def icc(m: Moments) -> Array:
    """ICC(3,1) of two raters, 2·s_yp / (s_yy + s_pp), −1 to 1.

    Two-way mixed, consistency, single rater (Shrout & Fleiss 1979), which for two raters takes
    this form; `icc31` is the general one. It ignores a constant offset. One side constant: 0. Both
    constant: undefined.

    >>> m = moments(np.c_[[0, 0, 2, 2]], np.c_[[1, 1, 1, 5]])
    >>> icc(m).tolist()  # 2·1 / (1 + 3)
    [0.5]
    """
    yy, pp, yp = _spread(m)
    return _ratio(2 * yp, yy + pp)


def pcc(m: Moments) -> Array:
    """Pearson's correlation, s_yp / √(s_yy·s_pp), −1 to 1; undefined if a side is constant.

    >>> m = moments(np.c_[[0, 0, 2, 2]], np.c_[[1, 1, 1, 5]])
    >>> pcc(m).round(6).tolist()  # 1 / √3
    [0.57735]
    """
    yy, pp, yp = _spread(m)
    return _ratio(yp, np.sqrt(yy * pp)).clip(-1, 1)


def ccc(m: Moments) -> Array:
    """Concordance, 2·s_yp / (s_yy + s_pp + (ȳ − p̄)²), −1 to 1 (Lin, Biometrics 45(1), 1989).

    One side constant: 0. Both constant: undefined.

    >>> m = moments(np.c_[[0, 0, 2, 2]], np.c_[[1, 1, 1, 5]])
    >>> ccc(m).tolist()  # 2·1 / (1 + 3 + (1 − 2)²)
    [0.4]
    """
    yy, pp, yp = _spread(m)
    both = (yy == 0) & (pp == 0)
    offset = _ratio(m["y"] - m["p"], m["n"])
    return _ratio(2 * yp, np.where(both, 0, yy + pp + offset**2))


def mse(m: Moments) -> Array:
    """Mean squared error, Σ(y − p)² / n, in squared units of the labels.

    >>> m = moments(np.c_[[0, 0, 2, 2]], np.c_[[1, 1, 1, 5]])
    >>> mse(m).tolist()  # (1 + 1 + 1 + 9) / 4
    [3.0]
    """
    return _ratio((m["yy"] - 2 * m["yp"] + m["pp"]).clip(0), m["n"])


def rmse(m: Moments) -> Array:
    """Root of `mse`, in units of the labels: the root is taken last, after pooling.

    >>> m = moments(np.c_[[0, 0, 2, 2]], np.c_[[1, 1, 1, 5]])
    >>> rmse(m).round(6).tolist()  # √3
    [1.732051]
    """
    return np.sqrt(mse(m))


def mae(m: Moments) -> Array:
    """Mean absolute error, Σ|y − p| / n, in units of the labels.

    >>> m = moments(np.c_[[0, 0, 2, 2]], np.c_[[1, 1, 1, 5]])
    >>> mae(m).tolist()  # (1 + 1 + 1 + 3) / 4
    [1.5]
    """
    return _ratio(m["abs"], m["n"])


def f1(m: Moments) -> Array:
    """F1 of presence, 2·TP / (2·TP + FP + FN), 0–1 (F1-frame in the FERA challenges).

    Present means p ≥ `aubench.metrics.moments.CUTOFF`. Undefined if an AU is never present and
    never called.

    >>> m = moments(np.c_[[1, 1, 0, 0]], np.c_[[0.9, 0.6, 0.6, 0.1]], occurrence=True)
    >>> f1(m).tolist()  # 2·2 / (2·2 + 1 + 0)
    [0.8]
    """
    return _ratio(2 * m["tp"], 2 * m["tp"] + m["fp"] + m["fn"])


def acc(m: Moments) -> Array:
    """Accuracy of presence, (TP + TN) / n, 0–1, at the same cut-off as `f1`.

    >>> m = moments(np.c_[[1, 1, 0, 0]], np.c_[[0.9, 0.6, 0.6, 0.1]], occurrence=True)
    >>> acc(m).tolist()  # (2 + 1) / 4
    [0.75]
    """
    return _ratio(m["tp"] + m["tn"], m["n"])


def auc(m: Moments) -> Array:
    """Area under the ROC curve, 0–1: the chance that a positive frame outscores a negative one.

    From the score histogram: pairs in one bin count one half, so the exact value is at most
    `auc_error` away. Undefined if there are no positive or no negative frames.

    >>> m = moments(np.c_[[1, 1, 0, 0]], np.c_[[0.9, 0.6, 0.6, 0.1]], occurrence=True)
    >>> auc(m).tolist()  # of four pairs, three are won and one is a tie
    [0.875]
    """
    positive, negative = m.histogram
    below = np.cumsum(negative, axis=0) - negative
    wins = (positive * (below + negative / 2)).sum(axis=0)
    return _ratio(wins, positive.sum(axis=0) * negative.sum(axis=0))


def auc_error(m: Moments) -> Array:
    """How far `auc` can be from the AUC of the exact scores: half the share of tied pairs.

    >>> m = moments(np.c_[[1, 1, 0, 0]], np.c_[[0.9, 0.6, 0.6, 0.1]], occurrence=True)
    >>> auc_error(m).tolist()  # one of four pairs is a tie
    [0.125]
    """
    positive, negative = m.histogram
    tied = (positive * negative).sum(axis=0) / 2
    return _ratio(tied, positive.sum(axis=0) * negative.sum(axis=0))


@dataclass(frozen=True)
class Metric:
    """A score with its name.

    Attributes:
        name: As typed (``icc``).
        title: As printed (``ICC(3,1)``).
        of: Moments (K, ...) → (...).
        task: Where it is used.
        higher: True if more is better.
        nothing: What predictions that say nothing score; NaN if that depends on the labels. It
            stands in where leaving out one subject leaves the score undefined.
    """

    name: str
    title: str
    of: Callable[[Moments], Array]
    task: Coding
    higher: bool
    nothing: float = float("nan")


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("icc", "ICC(3,1)", icc, "intensity", True, 0.0),
        Metric("mse", "MSE", mse, "intensity", False),
        Metric("rmse", "RMSE", rmse, "intensity", False),
        Metric("mae", "MAE", mae, "intensity", False),
        Metric("pcc", "PCC", pcc, "intensity", True, 0.0),
        Metric("ccc", "CCC", ccc, "intensity", True, 0.0),
        Metric("f1", "F1", f1, "occurrence", True, 0.0),
        Metric("acc", "accuracy", acc, "occurrence", True),
        Metric("auc", "AUC", auc, "occurrence", True, 0.5),
    )
}
"""Every metric by name, in the order of tables."""


def metrics_for(task: Coding) -> tuple[str, ...]:
    """Names of the metrics of a task, in the order of tables.

    >>> metrics_for("occurrence")
    ('f1', 'acc', 'auc')
    """
    return tuple(name for name, metric in METRICS.items() if metric.task == task)


def mean_icc(labels: npt.NDArray[np.floating], predictions: npt.NDArray[np.floating]) -> float:
    """Mean ICC(3,1) over the AUs whose labels vary: what training chooses epochs by.

    Which AUs count follows from the labels alone, so that epochs are compared over the same ones; a
    constant prediction counts as 0. The second AU's labels are constant, so only the first counts:

    >>> labels = np.array([[0, 0], [0, 0], [2, 0], [2, 0]])
    >>> mean_icc(labels, np.array([[1, 0], [1, 0], [1, 0], [5, 3]]))
    0.5

    Args:
        labels: (N, A) intensity 0–5; NaN = not coded.
        predictions: (N, A) on the same scale.

    Returns:
        −1 to 1; NaN if the labels of no AU vary, or a prediction that counts is not finite. Unlike
        a record's mean, which is withheld if any AU is undefined: a few validation subjects need
        not show every AU.
    """
    spread, _, _ = _spread(moments(labels, labels))
    varies, coded = spread > 0, ~np.isnan(labels)
    if not varies.any() or not np.isfinite(predictions[coded & varies]).all():
        return float("nan")
    return float(icc(moments(labels, predictions))[varies].mean())


def icc31(table: npt.ArrayLike) -> float:
    """ICC(3,1) of any number of raters, (BMS − EMS) / (BMS + (k − 1)·EMS).

    Shrout & Fleiss, Psychological Bulletin 86(2), 1979; BMS and EMS are the mean squares between
    targets and of the residual of the two-way analysis of variance. Their table 2:

    >>> ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8],
    ...            [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    >>> round(icc31(ratings), 5)
    0.71484

    Args:
        table: (n, k) ratings of n targets by k raters, without gaps; n, k ≥ 2.
    """
    x = np.asarray(table, dtype=np.float64)
    n, k = x.shape
    centred = x - x.mean()
    targets = centred.mean(axis=1, keepdims=True)
    raters = centred.mean(axis=0, keepdims=True)
    between = k * np.sum(targets**2) / (n - 1)
    residual = np.sum((centred - targets - raters) ** 2) / ((n - 1) * (k - 1))
    return float((between - residual) / (between + (k - 1) * residual))


def _spread(m: Moments) -> tuple[Array, Array, Array]:
    """s_yy, s_pp and s_yp; exactly 0 where a side is constant, NaN where there are no frames."""
    n = np.where(m["n"] > 0, m["n"], np.nan)
    y, p = m["y"] / n, m["p"] / n
    square_y, square_p = m["yy"] / n, m["pp"] / n
    yy, pp = square_y - y * y, square_p - p * p
    yy = np.where(yy <= CONSTANT * square_y, 0.0, yy)
    pp = np.where(pp <= CONSTANT * square_p, 0.0, pp)
    return yy, pp, np.where((yy == 0) | (pp == 0), 0.0, m["yp"] / n - y * p)


def _ratio(above: Array, below: Array) -> Array:
    """``above / below``; NaN where ``below`` is 0 or NaN."""
    out: Array = np.full(np.shape(below), np.nan)
    np.divide(above, below, out=out, where=below != 0)
    return out
