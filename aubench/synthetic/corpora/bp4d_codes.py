"""Labels as BP4D's coders write them: 0 or 1, an intensity of 0–5, and 9 where nothing is coded."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from aubench.corpora.bp4d import facts
from aubench.frames import IntArray
from aubench.synthetic.face.expression import AUS

NOT_CODED = 9


def intensity_codes(shown: IntArray, au: int, number: int) -> IntArray:
    """A column of intensities.

    Every fourth video lacks the codes of one of BP4D's intensity AUs in its last tenth, the next
    of them each time.

    Args:
        shown: (T, 17) 0–5, the order of `aubench.synthetic.face.expression.AUS`.
        au: Which.
        number: Of the video.

    Returns:
        (T,) 0–5 or `NOT_CODED`.
    """
    codes = shown[:, AUS.index(au)].copy()
    if number % 4 == 3 and au == facts.AUS[number // 4 % len(facts.AUS)]:
        codes[-_tenth(len(codes)) :] = NOT_CODED
    return codes


def occurrence_codes(shown: IntArray, au: int, number: int) -> IntArray:
    """A column of occurrence: present from intensity 1.

    An AU that these faces cannot show is nowhere coded. Every fourth video lacks the codes of one
    AU in its first tenth, the next of the 12 that papers score each time.

    Args:
        shown: As for `intensity_codes`.
        au: Which.
        number: Of the video.

    Returns:
        (T,) 0, 1 or `NOT_CODED`.
    """
    if au not in AUS:
        return np.full(len(shown), NOT_CODED)
    codes = (shown[:, AUS.index(au)] > 0).astype(np.int64)
    if number % 4 == 1 and au == facts.OCCURRENCE[number // 4 % len(facts.OCCURRENCE)]:
        codes[: _tenth(len(codes))] = NOT_CODED
    return codes


def _tenth(count: int) -> int:
    return -(-count // 10)


def table(rows: Iterable[Iterable[int]]) -> str:
    """Rows of integers as comma-separated lines."""
    return "".join(",".join(map(str, row)) + "\n" for row in rows)
