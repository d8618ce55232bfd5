"""Words about videos that are a little shorter or longer than their labels."""

from __future__ import annotations

NEAR = 5
"""Frames by which a video and its labels may differ for a user to be told how to allow it: what
encoders add or drop at an end. With more it is likelier another recording."""


def unequal_mend(shown: int, coded: int) -> str:
    """Return what to do about a video of ``shown`` frames of which ``coded`` have labels."""
    mend = "put back the video and the label files of one release"
    more = abs(shown - coded)
    return mend + f", or allow it with --set frame_difference={more}" * (more <= NEAR)


def difference_note(name: str, shown: int, coded: int) -> str:
    """Return the note that a recording is kept whose video and labels differ; empty if equal."""
    kept = f"{name} has {shown:,} frames, but {coded:,} are coded: the first {min(shown, coded):,}"
    return f"{kept} are kept" if shown != coded else ""
