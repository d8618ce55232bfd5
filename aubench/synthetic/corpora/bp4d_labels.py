"""Label files as BP4D and FERA have them: 0 or 1, an intensity of 0–5, and 9 if not coded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from aubench.action_units import column
from aubench.corpora.bp4d import facts
from aubench.frames import IntArray
from aubench.synthetic.face.expression import AUS

NOT_CODED = 9

OCCLUDED = 99
"""Header of FERA 2015's last column, the occlusion flag; no AU has this number."""


def write_labels(
    folder: Path,
    shown: IntArray,
    number: int,
    frames: range,
    *,
    intensity: Sequence[int],
    occurrence: Sequence[int],
    flagged: bool = False,
) -> None:
    """Write the labels of a video: a file ``AU06`` per intensity AU, and the file ``occurrence``.

    Args:
        folder: Where to.
        shown: (T, 17) 0–5, the order of `aubench.synthetic.face.expression.AUS`.
        number: Of the video, which decides what is not coded.
        frames: Numbers of the frames.
        intensity: AUs whose intensity is coded.
        occurrence: AUs in the header of the occurrence file.
        flagged: Whether that file ends with an occlusion flag, which is 0 everywhere.
    """
    for au in intensity:
        codes = _intensity_codes(shown, au, number).tolist()
        (folder / column(au)).write_text(_table(zip(frames, codes, strict=True)))
    header = [0, *occurrence]
    columns = [_occurrence_codes(shown, au, number).tolist() for au in occurrence]
    if flagged:
        header.append(OCCLUDED)
        columns.append([0] * len(shown))
    rows = zip(frames, *columns, strict=True)
    (folder / "occurrence").write_text(_table([header, *rows]))


def _intensity_codes(shown: IntArray, au: int, number: int) -> IntArray:
    """The intensity codes of one AU.

    Every fourth video lacks the codes of one of BP4D's intensity AUs in its last tenth, each time
    of the next AU.

    Returns:
        (T,) 0–5 or `NOT_CODED`.
    """
    codes = shown[:, AUS.index(au)].copy()
    if number % 4 == 3 and au == facts.AUS[number // 4 % len(facts.AUS)]:
        codes[-_tenth(len(codes)) :] = NOT_CODED
    return codes


def _occurrence_codes(shown: IntArray, au: int, number: int) -> IntArray:
    """The occurrence codes of one AU, which is present from intensity 1.

    An AU that these faces cannot show is nowhere coded. Every fourth video lacks the codes of one
    AU in its first tenth, each time of the next of the 12 that papers score.

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
    """A tenth of ``count``, rounded up."""
    return -(-count // 10)


def _table(rows: Iterable[Iterable[int]]) -> str:
    """Rows of integers as comma-separated lines."""
    return "".join(",".join(map(str, row)) + "\n" for row in rows)
