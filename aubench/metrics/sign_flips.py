"""The sign-flip test: whether differences of subjects are centred on 0, without any distribution.

Were two systems the same, each subject's two sets of predictions could as well be swapped, which
turns the sign of the subject's difference (Fisher, The Design of Experiments, 1935).
"""

from __future__ import annotations

from functools import cache
from math import ceil

import numpy as np

from aubench.metrics.intervals import LEVEL
from aubench.metrics.moments import Array
from aubench.metrics.paired import TIED

SIGNIFICANT = 1 - LEVEL
"""A difference is called only where its p-value is below this."""

FLIPS = 10_000
"""All 2^S patterns of signs are tried if they are no more than this; else as many drawn ones."""


@cache
def sign_flips(count: int) -> Array:
    """(R, count) patterns of signs, 1 and −1, one of them 1 throughout; always the same ones.

    >>> sign_flips(2).tolist()
    [[1.0, 1.0], [-1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]]
    """
    if 2**count <= FLIPS:
        flipped = np.arange(2**count)[:, None] >> np.arange(count) & 1
    else:
        drawn = np.random.default_rng(0).integers(0, 2, size=(FLIPS, count))
        flipped = np.vstack([np.zeros_like(drawn[:1]), drawn])
    signs = 1 - 2 * flipped.astype(np.float64)
    signs.flags.writeable = False  # every caller shares it
    return signs


def needed(patterns: int) -> int:
    """The number of patterns, of all, that make a p-value `SIGNIFICANT` or more.

    >>> needed(512)  # 26 / 512 = 0.051
    26
    """
    return ceil(SIGNIFICANT * patterns - TIED * patterns)


def flip_test(parts: Array) -> tuple[Array, Array]:
    """p-values and 95 % intervals of the means of S differences, which never contradict each other.

    The p-value of a mean δ is the share of patterns of signs under which the differences from δ
    have a mean at least as far from 0 as they are. That holds just if δ lies between the mean of
    the subjects that are flipped and the mean of those that are not, so every pattern is an
    interval of δ, and the values that the test does not reject are an interval too.

    >>> p, interval = flip_test(np.array([[1.0], [2.0], [3.0], [4.0], [5.0], [6.0]]))
    >>> p.tolist()  # 2 of 2⁶ patterns: nobody flipped, everybody
    [0.03125]
    >>> interval.tolist()
    [[1.0, 6.0]]

    Args:
        parts: (S, M), M columns of differences; NaN = undefined.

    Returns:
        (M,) p-values of a mean of 0, and (M, 2) means with a p-value of at least 0.05; without
        bounds where no p-value can be less, as with fewer than six subjects.
    """
    signs = sign_flips(len(parts))
    flipped = (signs < 0).sum(axis=1, keepdims=True)
    kept = len(parts) - flipped
    total, signed = parts.sum(axis=0), signs @ parts
    one = (total - signed) / 2 / np.maximum(flipped, 1)  # means of those flipped, if any
    other = (total + signed) / 2 / np.maximum(kept, 1)
    one_side = (flipped == 0) | (kept == 0)
    low = np.where(one_side, -np.inf, np.minimum(one, other))
    high = np.where(one_side, np.inf, np.maximum(one, other))
    for side in (low, high):
        side[np.abs(side) <= TIED] = 0
    p = ((low <= 0) & (high >= 0)).mean(axis=0)
    first, last = needed(len(signs)) - 1, len(signs) - needed(len(signs))
    ends = np.partition(low, first, axis=0)[first], np.partition(high, last, axis=0)[last]
    defined = ~np.isnan(total)
    interval = np.where(defined[:, None], np.stack(ends, axis=-1), np.nan)
    return np.where(defined, p, np.nan), interval
