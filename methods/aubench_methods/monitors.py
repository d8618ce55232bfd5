"""A monitor for methods that fit several networks."""

from __future__ import annotations

from aubench.monitor import Monitor


class Labelled:
    """A monitor that adds values to each event: which part of a method it is of.

    Args:
        monitor: Receives the events.
        **values: Values that every event gets (``au``).
    """

    def __init__(self, monitor: Monitor, **values: float | int | str) -> None:
        self.monitor, self.values = monitor, values

    def report(self, event: str, **values: float | int | str) -> None:
        """Pass an event on."""
        self.monitor.report(event, **self.values, **values)
