"""What ``aubench prepare`` says while it works: how much there is to do, then how far it is."""

from __future__ import annotations

import time

import click

from aubench.cli.progress import FrameBar
from aubench.pack.summary import in_bytes

STEP = 5
"""Percent of the frames between two lines, where there is no terminal for a bar."""


class PrepareProgress(FrameBar):
    """A monitor of ``prepare``: a bar in a terminal, lines elsewhere (a log, a cluster)."""

    def __init__(self) -> None:
        super().__init__("frames")
        self.began = time.monotonic()
        self.done = 0
        self.said = 0

    def report(self, event: str, **values: float | int | str) -> None:
        """See `FrameBar.report`."""
        super().report(event, **values)
        if event == "examine" and values["subjects"]:
            self._say(f"checking the files of {values['subjects']} subjects")
        elif event == "prepare" and values["subjects"]:
            self.began = time.monotonic()
            self._say(_announced(values))
        elif event == "frames":
            self.done += int(values["count"])
            self._line()

    def _line(self) -> None:
        """Say how far it is, once per `STEP`, where there is no bar."""
        total = int(self.announced["frames"])
        percent = 100 * self.done // max(total, 1) // STEP * STEP
        if percent == self.said or self.console.is_terminal:
            return
        self.said = percent
        taken = time.monotonic() - self.began
        left = taken * (total - self.done) / self.done
        self._say(
            f"{percent:3} %: {self.done:,} of {total:,} frames in {in_words(taken)}"
            + (f", {in_words(left)} to go" if self.done < total else "")
        )

    def _say(self, text: str) -> None:
        """Print a line: above the bar, or into the output where there is none."""
        if self.console.is_terminal:
            self.console.print(text, highlight=False, markup=False)
        else:
            click.echo(text)


def _announced(values: dict[str, float | int | str]) -> str:
    """How much there is to do, and what it takes."""
    size, free = float(values.get("bytes", 0)), float(values["free"])
    parts = [f"{values['subjects']} subjects, {values['frames']:,} frames to prepare"]
    if size:
        parts.append(f"about {in_bytes(size)}")
    parts.append(f"{in_bytes(free)} are free" + (", too little" if size > free else ""))
    took = float(values.get("seconds", 0))
    parts.append(f"about {in_words(took)}" if took else "time not known yet")
    return ", ".join(parts)


def in_words(seconds: float) -> str:
    """A time as people say it: ``40 s``, ``12 min``, ``3.5 h``."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"
