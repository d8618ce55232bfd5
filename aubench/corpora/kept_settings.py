"""A reader's settings as a pack keeps them, and which of them may be loosened later."""

from __future__ import annotations

from collections.abc import Mapping

Scalar = str | int | float | bool | None

OWN_SOURCES = ("corpus", "detector")
"""What ``landmark_source`` may be other than a folder."""

FOLDER = "folder"
"""What stands for a folder of landmarks, wherever it lies; shards hold a digest of its files."""

_FINDING = frozenset({"leave_out"})
"""Settings that say where to look, not what a frame is."""

_LENIENCY: Mapping[str, tuple[Scalar, ...]] = {
    "landmarks": ("strict", "interpolate"),
    "frame_difference": tuple(range(1000)),
}
"""Settings that only decide what is refused → their values, from strict to lenient.

A subject that was accepted is the same under a more lenient one.
"""


def kept(settings: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """Return ``settings`` without a path of this machine and without what only finds files."""
    found = {name: value for name, value in settings.items() if name not in _FINDING}
    if found.get("landmark_source", "corpus") not in OWN_SOURCES:
        found["landmark_source"] = FOLDER
    return found


def loosest(one: Mapping[str, Scalar], two: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """Return settings under which subjects accepted under ``one`` or under ``two`` are the same.

    Of a setting that decides what is refused it is the more lenient value; one that an older pack
    does not name was as strict as can be. Settings in which the two differ otherwise are left out.
    """
    found: dict[str, Scalar] = {}
    for name in {**one, **two}:
        values = [settings[name] for settings in (one, two) if name in settings]
        order = _LENIENCY.get(name, ())
        if all(value in order for value in values):
            found[name] = max(values, key=order.index)
        elif len(values) == 2 and values[0] == values[1]:
            found[name] = values[0]
    return found
