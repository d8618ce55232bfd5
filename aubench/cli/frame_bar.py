"""A bar of frames, on the terminal only."""

from __future__ import annotations

from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


class FrameBar:
    """Shows how many frames of a pack have been seen; a `aubench.monitor.Monitor`.

    Args:
        name: What is done with them.
    """

    def __init__(self, name: str) -> None:
        console = Console(stderr=True)
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self.task = self.progress.add_task(name, total=None)

    def __enter__(self) -> Self:
        self.progress.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.progress.stop()

    def report(self, event: str, **values: float | int | str) -> None:
        """``frames`` (count) moves the bar; what comes before says how many there are."""
        if event == "frames":
            self.progress.advance(self.task, float(values["count"]))
        else:
            self.progress.update(self.task, total=float(values["frames"]))
