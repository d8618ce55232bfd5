"""Landmark files whose numbers are those of the pictures, or those moved by one."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Literal

from aubench.errors import AubenchError

Moved = Literal["refuse", "shift", "keep"]
"""What to do about numbers that are moved by one (see `settle`)."""


def settle(
    numbers: Collection[int], spans: Collection[tuple[int, int]], moved: Moved, path: Path
) -> int:
    """Return what to take from each number to get that of its picture: 0, or −1 or 1 (`shift`).

    Numbers are moved up by one if the last is one beyond the last picture and there is none for
    the first picture; down, if it is the other way about. Somebody counted from 1 where pictures
    count from 0, or landmarks of an end are lost and one file is too many: numbers do not tell.

    Args:
        numbers: Of the landmarks.
        spans: First and last number of the pictures; several where either may be meant.
        moved: ``refuse`` raises the question, ``shift`` answers that all are one off, ``keep``
            that they are right as they are.
        path: The file or folder, for messages.

    Raises:
        AubenchError: If the numbers are moved and ``moved`` is ``refuse``.
    """
    if not numbers or moved == "keep":
        return 0
    low, high = min(numbers), max(numbers)
    for first, last in spans:
        up, down = low > first and high == last + 1, low == first - 1 and high < last
        if not up and not down:
            continue
        if moved == "shift":
            return 1 if up else -1
        raise AubenchError(
            f"landmarks are numbered {low}–{high}, but should be {first}–{last}: is each off by "
            f"one, or is number {first if up else last} lost and {high if up else low} too many?",
            mend="say --set moved_landmarks=shift if each is off by one, or keep if not",
            path=path,
        )
    return 0
