"""Differences over people and seeds: what one method's own runs differ by is no difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from aubench.metrics.intervals import LEVEL
from aubench.metrics.moments import Array
from aubench.metrics.paired import TIED


@dataclass(frozen=True)
class Variance:
    """An estimated variance with its degrees of freedom.

    Attributes:
        value: (...), 0 where nothing varies.
        freedom: (...) of Student's t that goes with it.
    """

    value: Array
    freedom: Array

    def __add__(self, other: Variance) -> Variance:
        """Of the sum of two independent parts (Satterthwaite, Biometrics Bulletin 2(6), 1946).

        >>> half = Variance(np.array(0.5), np.array(4.0))
        >>> both = half + half
        >>> both.value.item(), both.freedom.item()
        (1.0, 8.0)
        """
        value = self.value + other.value
        parts = self.value**2 / self.freedom + other.value**2 / other.freedom
        freedom = np.array(np.broadcast_to(self.freedom, value.shape), dtype=np.float64)
        np.divide(value**2, parts, out=freedom, where=parts > 0)
        return Variance(value, freedom)


def of_mean(values: Array) -> Variance:
    """The variance of the mean of (R, ...) values; 0 of one value, whose variance is not known.

    >>> of_mean(np.array([1.0, 2.0, 3.0])).value.round(6).item()  # 1 / 3
    0.333333
    """
    count = len(values)
    value = values.var(axis=0, ddof=1) / count if count > 1 else np.zeros(values.shape[1:])
    return Variance(np.asarray(value), np.full(values.shape[1:], max(count - 1.0, 1.0)))


def shared(scores: Sequence[Array]) -> tuple[Array, int]:
    """The variance of every method's mean over its seeds, with the degrees of freedom of all.

    A method's variance over seeds is its own or that pooled over the methods, the larger one. Two
    or three seeds often lie close together by chance, and of the many pairs of a table some would
    then be called different: with own variances alone, a test of ten equal methods of two seeds
    each called one worse in .12 to .18 of tables. A method of one seed, or whose seeds all score
    the same, has none.

    >>> values, freedom = shared([np.array([0.0, 2.0]), np.array([0.0, 4.0]), np.array([9.0])])
    >>> values.tolist(), freedom  # variances 2 and 8, 5 pooled; over two seeds each
    ([2.5, 4.0, 0.0], 2)

    Args:
        scores: (R,) scores of the R seeds of each method.
    """
    own = np.array([of_mean(each).value * len(each) for each in scores])
    vary = own > TIED**2
    weights = vary * np.array([len(each) - 1 for each in scores])
    freedom = int(weights.sum())
    pooled = weights @ own / max(freedom, 1)
    values = np.where(vary, np.maximum(own, pooled), 0) / [len(each) for each in scores]
    return values, max(freedom, 1)


def student_test(parts: Array, seeds: Sequence[Array]) -> tuple[Array, Array]:
    """p-values and 95 % intervals of the means of S differences, over people and seeds.

    The variance over people is that of the subjects' differences; the variance over seeds, of
    either method's own scores over their number, is added. Swapping people, as the sign-flip test
    does, cannot show what other seeds would have given: it called equal methods whose seeds differ
    different in up to two thirds of trials (`docs/statistics.md`).

    >>> parts = np.array([[0.9], [1.1], [1.0], [1.0]])
    >>> alone = student_test(parts, [])
    >>> wide = student_test(parts, [np.array([[0.2], [1.2]])])
    >>> alone[0].round(4).tolist(), wide[0].round(4).tolist()
    ([0.0001], [0.2935])

    Args:
        parts: (S, M), M columns of differences; NaN = undefined.
        seeds: (R, M) per method: the scores of its R seeds.

    Returns:
        (M,) p-values of a mean of 0 and (M, 2) intervals, which exclude 0 just where p is below
        0.05; all NaN with fewer than two subjects.
    """
    width = parts.shape[1]
    if len(parts) < 2:
        return np.full(width, np.nan), np.full((width, 2), np.nan)
    total = sum(map(of_mean, seeds), of_mean(parts))
    centre, error = parts.mean(axis=0), np.sqrt(total.value)
    with np.errstate(divide="ignore"):  # the same difference on everybody: t = ∞
        t = np.divide(np.abs(centre), error, out=np.zeros_like(error), where=centre != 0)
    half = stdtrit(total.freedom, (1 + LEVEL) / 2) * error
    return 2 * stdtr(total.freedom, -t), np.stack([centre - half, centre + half], axis=-1)
