"""Progress in a terminal: the making of a twin; of a run, a bar a fold and a line an epoch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from aubench.experiment.monitors import Several, TensorBoard

if TYPE_CHECKING:
    from rich.console import Console

    from aubench.monitor import Monitor


class TwinProgress:
    """Shows the making of a synthetic twin; nothing, if it exists.

    Args:
        console: Where to.
    """

    def __init__(self, console: Console) -> None:
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.completed:.0f}/{task.total:.0f}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.progress.stop()

    def report(self, event: str, **values: float | int | str) -> None:
        """Say once what is made, then move the bars."""
        if event == "twin":
            self.progress.start()
            self.progress.console.print(
                f"no pack of {values['corpus']}: making its synthetic twin, once"
            )
        elif event in ("synth", "prepare"):
            name, unit = {"synth": ("rendering", "parts"), "prepare": ("cropping", "frames")}[event]
            self.task = self.progress.add_task(name, total=float(values[unit]))
        elif event in ("part", "frames"):
            self.progress.advance(self.task, float(values["done" if event == "part" else "count"]))


class FoldProgress:
    """Shows every fold that runs.

    Args:
        console: Where to.
        tensorboard: Folder of TensorBoard event files, if they are wanted.
    """

    def __init__(self, console: Console, tensorboard: Path | None) -> None:
        self.tensorboard = tensorboard
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.percentage:>3.0f}%"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[detail]}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )

    def __enter__(self) -> Self:
        self.progress.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.progress.stop()

    def monitor(self, fold: str) -> Monitor:
        """The monitor of one fold."""
        shown = FoldBar(self.progress, fold)
        if self.tensorboard is None:
            return shown
        return Several(shown, TensorBoard(self.tensorboard / f"fold-{fold}"))


class FoldBar:
    """One fold's bar and lines."""

    def __init__(self, progress: Progress, fold: str) -> None:
        self.progress, self.fold = progress, fold
        self.task = progress.add_task(f"fold {fold}", total=None, detail="")
        self.epochs = 0

    def report(self, event: str, **values: float | int | str) -> None:
        """Move the bar, or print the line of an epoch or of the whole fold."""
        if event == "fit":
            self.epochs = int(values["epochs"])
            total = self.epochs * int(values["images"])
            self.progress.update(
                self.task, total=total, completed=int(values["epoch"]) * int(values["images"])
            )
        elif event == "step":
            self.progress.update(
                self.task, advance=float(values["images"]), detail=f"loss {values['loss']:.4g}"
            )
        elif event == "epoch":
            icc = values.get("icc")
            self.progress.console.print(
                f"fold {self.fold}  epoch {values['epoch']:>3}/{self.epochs}"
                f"  loss {values['loss']:.5f}"
                + (f"  validation ICC {icc:.3f}" if icc is not None else "")
                + f"  {values['images_per_second']:.0f} images/s"
            )
        elif event == "fold":
            self.progress.console.print(
                f"fold {self.fold}  tested on {values['test_images']:,} frames "
                f"in {values['seconds']:.1f} s"
            )
            self.progress.remove_task(self.task)
