"""What a pack notes of frames that have no landmarks of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

_NAMED = 12
"""How many recordings a note names; DISFA's error log gives ten with more than two seconds."""


@dataclass(frozen=True)
class Gap:
    """The longest stretch without landmarks in a recording.

    Attributes:
        recording: ``SN021 left``.
        first: Number of its first frame.
        last: Number of its last frame.
        rate: Frames a second; None if not known.
    """

    recording: str
    first: int
    last: int
    rate: float | None

    @property
    def frames(self) -> int:
        """How many frames it has, those included that the pack leaves out."""
        return self.last - self.first + 1

    @property
    def seconds(self) -> float:
        """How long it is; 0 if the rate is not known."""
        return self.frames / self.rate if self.rate else 0.0

    def __str__(self) -> str:
        length = f"{self.frames:,} frames"
        if self.rate:
            length = f"{self.seconds:.{1 if self.seconds >= 1 else 2}f} s"
        frames = f"{self.first}–{self.last}" if self.frames > 1 else f"{self.first}"
        return f"{self.recording} {frames}, {length}"


def gap_notes(index: pd.DataFrame, rate: float | None, limit: float | None) -> Iterator[str]:
    """Yield what a user must know about frames without landmarks of their own, one line each.

    Args:
        index: Of a pack (`Pack.index`).
        rate: Frames a second of the recordings; None if not known.
        limit: Seconds; recordings with a longer gap are named. None: no limit.
    """
    gaps, filled, bare, bare_frames = [], 0, [], 0
    for key, frames in index.groupby(["subject", "session", "view"], observed=True, sort=False):
        subject, session, view = map(str, key)
        tracked = frames["tracked"].to_numpy()
        name = f"{subject.partition('/')[2]} {session}{f' view {view}' if view != '0' else ''}"
        if not tracked.any():
            bare.append(name)
            bare_frames += len(frames)
        elif not tracked.all():
            filled += int((~tracked).sum())
            gaps.append(_longest(name, frames["frame"].to_numpy(), tracked, rate))
    if gaps:
        yield (
            f"{filled} frames have no landmarks of their own: cropped by their neighbours'; "
            f"longest gap: {max(gaps, key=lambda gap: gap.frames)}"
        )
    if wide := [gap for gap in gaps if limit is not None and gap.seconds > limit]:
        wide.sort(key=lambda gap: -gap.frames)
        yield (
            f"landmarks filled in over more than {limit:g} s, where crops may leave the face: "
            f"{_some([str(gap) for gap in wide], '; ')}"
        )
    if bare:
        yield (
            f"{len(bare)} recordings have no landmarks at all, and their {bare_frames:,} frames "
            f"are cropped about the middle of the picture: {_some(bare, ', ')}"
        )


def _longest(name: str, frames: np.ndarray, tracked: np.ndarray, rate: float | None) -> Gap:
    """Return the longest gap between frames with landmarks, or between those and an end."""
    order = np.argsort(frames)
    frames, tracked = frames[order], tracked[order]
    known = np.flatnonzero(tracked)
    bounds = np.concatenate([[frames[0] - 1], frames[known], [frames[-1] + 1]])
    holds = np.diff(np.concatenate([[-1], known, [len(frames)]])) > 1  # a frame that is filled in
    widest = int(np.argmax(np.where(holds, np.diff(bounds), 0)))
    return Gap(name, int(bounds[widest]) + 1, int(bounds[widest + 1]) - 1, rate)


def _some(names: list[str], parted: str) -> str:
    """The first names, and how many more there are."""
    more = f"{parted}and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return parted.join(names[:_NAMED]) + more
