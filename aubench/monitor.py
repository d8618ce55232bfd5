"""The monitor interface: what receives the progress of long work."""

from __future__ import annotations

from typing import Protocol


class Monitor(Protocol):
    """Receives progress events, to draw a bar or to write a log."""

    def report(self, event: str, **values: float | int | str) -> None:
        """Receive one event with its values.

        Training reports ``fit`` (epochs, images), ``step`` (loss, images) and ``epoch`` (all of
        it); the makers of packs and twins say in their docstrings what they report.
        """
        ...


class Silence:
    """A monitor that ignores every event."""

    def report(self, event: str, **values: float | int | str) -> None:
        """Do nothing."""
