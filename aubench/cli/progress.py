"""Progress in a terminal: bars of one look, and lines for epochs and folds.

Where the output is no terminal, no bar is drawn; lines are printed all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from aubench.errors import printable
from aubench.experiment.monitors import Several, TensorBoard
from aubench.monitor import Monitor

COMPILING = "compiling the renderer, once: it takes a minute before the first picture"


def duration(seconds: float) -> str:
    """A time as people say it: ``0.4 s``, ``12 s``, ``5 min 3 s``, ``2 h 10 min``."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def literal(thing: object) -> str:
    """Markup of Rich that shows the text of a path, or one out of a file, as it is."""
    return escape(printable(str(thing)))


class _Detail(ProgressColumn):
    """The field ``detail`` of a task, if it has one."""

    def render(self, task: Task) -> Text:
        """The text behind the bar."""
        return Text(task.fields.get("detail", ""))


class Bars(Progress):
    """Progress bars that vanish when the work is done.

    Args:
        console: Where they are drawn; the error output by default.
    """

    def __init__(self, console: Console | None = None) -> None:
        console = console or Console(stderr=True)
        super().__init__(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            _Detail(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )


@contextmanager
def advancing(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """One bar; yields a function that takes how many more are done."""
    with Bars() as bars:
        yield partial(bars.advance, bars.add_task(what, total=total))


@contextmanager
def counting(what: str) -> Iterator[Callable[[int, int], None]]:
    """One bar; yields a function that takes how many are done by now, and of how many."""
    with Bars() as bars:
        task = bars.add_task(what, total=None)
        yield lambda done, of: bars.update(task, completed=done, total=of)


class FrameBar(Bars):
    """A monitor of work on a pack: one bar of frames.

    Args:
        what: What is done with the frames.

    Attributes:
        announced: Values of the event that says how much there is to do; empty before it.
    """

    def __init__(self, what: str) -> None:
        super().__init__()
        self.task = self.add_task(what, total=None)
        self.announced: dict[str, float | int | str] = {}

    def report(self, event: str, **values: float | int | str) -> None:
        """Move the bar at ``frames`` (count); an event with ``frames`` in it gives the total."""
        if event == "frames":
            self.advance(self.task, float(values["count"]))
        elif "frames" in values:
            self.announced = values
            self.update(self.task, total=float(values["frames"]))


class TwinProgress(Bars):
    """A monitor of the making of a synthetic twin; silent if the published one exists already."""

    def __enter__(self) -> Self:
        """Draw nothing yet: only a twin that is made has bars."""
        return self

    def report(self, event: str, **values: float | int | str) -> None:
        """Say once what is made, then move the bars."""
        if event == "twin":
            self.start()
            self.console.print(f"no pack of {values['corpus']}: making its synthetic twin, once")
        elif event == "compile":
            self.console.print(COMPILING)
        elif event in ("synth", "prepare"):
            name, unit = {"synth": ("rendering", "parts"), "prepare": ("cropping", "frames")}[event]
            self.task = self.add_task(name, total=float(values[unit]))
        elif event in ("part", "frames"):
            self.advance(self.task, float(values["done" if event == "part" else "count"]))
        elif event == "differs":
            self.console.print(
                f"[bold yellow]the twin of {values['corpus']} is not the published one: "
                f"fingerprint {values['fingerprint']}, not {values['published']}; its numbers do "
                "not compare[/]"
            )


class FoldProgress(Bars):
    """Progress of a run: one bar per fold, and one line per epoch.

    Args:
        console: Where they are printed.
        tensorboard: Folder for TensorBoard event files; None for none.

    Attributes:
        epoch: The fold that is learned and its last finished epoch; None before the first.
    """

    def __init__(self, console: Console, tensorboard: Path | None = None) -> None:
        super().__init__(console)
        self.tensorboard = tensorboard
        self.epoch: tuple[str, int] | None = None

    def monitor(self, fold: str) -> Monitor:
        """The monitor of one fold."""
        shown = FoldBar(self, fold)
        if self.tensorboard is None:
            return shown
        return Several(shown, TensorBoard(self.tensorboard / f"fold-{fold}"))


class FoldBar:
    """A monitor of one fold: its bar and its lines."""

    def __init__(self, bars: FoldProgress, fold: str) -> None:
        self.bars, self.fold = bars, fold
        self.task = bars.add_task(f"fold {fold}", total=None)
        self.epochs = 0

    def report(self, event: str, **values: float | int | str) -> None:
        """Move the bar, or print the line of an epoch or of the whole fold."""
        if event == "fit":
            self.epochs = int(values["epochs"])
            images = int(values["images"])
            if values["epoch"]:
                self.bars.epoch = (self.fold, int(values["epoch"]))
                self.bars.console.print(
                    f"fold {self.fold}  goes on after epoch {values['epoch']}/{self.epochs}"
                )
            self.bars.update(
                self.task, total=self.epochs * images, completed=int(values["epoch"]) * images
            )
        elif event == "step":
            self.bars.update(
                self.task, advance=float(values["images"]), detail=f"loss {values['loss']:.4g}"
            )
        elif event == "epoch":
            icc = values.get("icc")
            self.bars.epoch = (self.fold, int(values["epoch"]))
            self.bars.console.print(
                f"fold {literal(self.fold)}  epoch {values['epoch']:>3}/{self.epochs}"
                f"  loss {values['loss']:.5f}"
                + (f"  validation ICC {icc:.3f}" if icc is not None else "")
                + f"  {values['images_per_second']:.0f} images/s"
            )
        elif event == "fold":
            self.bars.console.print(
                f"fold {literal(self.fold)}  tested on {values['test_images']:,} frames "
                f"in {values['seconds']:.1f} s"
            )
            self.bars.remove_task(self.task)


class EpochLines:
    """A monitor that prints what is held out and learned from, then one line per epoch.

    Args:
        console: Where they are printed.
    """

    def __init__(self, console: Console) -> None:
        self.console = console

    def report(self, event: str, **values: float | int | str) -> None:
        """Print one line of an event."""
        if event == "held out":
            line = f"held out: {values['part']}, {values['faces']:,} faces"
            self.console.print(line, highlight=False, markup=False)
        elif event == "learned from":
            line = f"learned from: {values['parts']} parts, {values['faces']:,} faces"
            self.console.print(line, highlight=False)
        if event == "epoch":
            numbers = ((key, value) for key, value in values.items() if key != "epoch")
            self.console.print(
                f"epoch {values['epoch']}  "
                + "  ".join(f"{key} {value:.4g}" for key, value in numbers)
            )
