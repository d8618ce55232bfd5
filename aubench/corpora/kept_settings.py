"""A reader's settings as a pack keeps them, and which of them may be loosened later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Scalar = str | int | float | bool | None

OWN_SOURCES = ("corpus", "detector")
"""What ``landmark_source`` may be other than a folder."""

FOLDER = "folder"
"""What stands for a folder of landmarks, wherever it lies; shards hold a digest of its files."""

_NOT_OF_FRAMES = frozenset({"leave_out", "max_gap"})
"""Settings that say where to look, or what to note, not what a frame is."""

_LENIENCY: Mapping[str, Sequence[Sequence[Scalar]]] = {
    "landmarks": [("strict", "interpolate")],
    "no_landmarks": [("refuse", "centre")],
    "moved_landmarks": [("refuse", "shift"), ("refuse", "keep")],
    "frame_difference": [range(1000)],
}
"""Settings that only decide what is refused → their values, from strict to lenient.

A subject that was accepted is the same under a more lenient one. Where there are several rows,
values of different rows are answers to a question that exclude each other.
"""

_BEFORE: Mapping[str, Scalar] = {"pictures": "any", "logged_landmarks": "corpus"}
"""Settings that older packs do not name → what the reader did before there was the setting."""


def kept(settings: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """Return ``settings`` without a path of this machine and without what is not of frames."""
    found = {name: value for name, value in settings.items() if name not in _NOT_OF_FRAMES}
    if found.get("landmark_source", "corpus") not in OWN_SOURCES:
        found["landmark_source"] = FOLDER
    return found


def loosest(one: Mapping[str, Scalar], two: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """Return settings under which subjects accepted under ``one`` or under ``two`` are the same.

    Of a setting that decides what is refused it is the more lenient value; one that an older pack
    does not name was as strict as can be, any other was what the reader did then. Settings in
    which the two differ otherwise are left out.
    """
    found: dict[str, Scalar] = {}
    for name in {**one, **two}:
        values = [kept_value(settings, name) for settings in (one, two)]
        orders = [order for order in _LENIENCY.get(name, ()) if all(v in order for v in values)]
        if orders:
            found[name] = max(values, key=orders[0].index)
        elif values[0] == values[1]:
            found[name] = values[0]
    return found


def kept_value(settings: Mapping[str, Scalar], name: str) -> Scalar:
    """Return a setting, or what it amounted to where a pack does not name it."""
    if name in settings:
        return settings[name]
    if name in _LENIENCY:
        return _LENIENCY[name][0][0]
    if name == "logged_landmarks" and settings.get("landmark_source", "corpus") != "corpus":
        return "lost"  # it is about DISFA's own landmarks
    return _BEFORE.get(name)
