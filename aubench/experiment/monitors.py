"""Monitors that write a log file or TensorBoard events, and one that passes events on."""

from __future__ import annotations

import json
import time
from pathlib import Path

from aubench.monitor import Monitor


class JsonLines:
    """Appends every event but single steps to a JSONL file, one object per line.

    Args:
        path: The log; an interrupted run goes on in the same file.
        **context: Values that every line carries (``fold``).
    """

    def __init__(self, path: Path, **context: str) -> None:
        self.path, self.context = path, context

    def report(self, event: str, **values: float | int | str) -> None:
        """Append one event with the time."""
        if event == "step":
            return
        line = {"time": round(time.time(), 3), "event": event, **self.context, **values}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


class TensorBoard:
    """Writes the numbers of every epoch for TensorBoard (the ``tensorboard`` extra).

    Args:
        folder: Where the event files go.
    """

    def __init__(self, folder: Path) -> None:
        from torch.utils.tensorboard.writer import SummaryWriter  # noqa: PLC0415  # an optional extra

        self.writer = SummaryWriter(folder)

    def report(self, event: str, **values: float | int | str) -> None:
        """Add the numbers of an epoch under its index."""
        if event != "epoch":
            return
        for name, value in values.items():
            if name != "epoch" and not isinstance(value, str):
                self.writer.add_scalar(name, value, int(values["epoch"]))
        self.writer.flush()


class Several:
    """Passes every event on to several monitors."""

    def __init__(self, *monitors: Monitor) -> None:
        self.monitors = monitors

    def report(self, event: str, **values: float | int | str) -> None:
        """Pass one event on to every monitor."""
        for monitor in self.monitors:
            monitor.report(event, **values)
