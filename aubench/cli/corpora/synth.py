"""``aubench synth``: write a synthetic corpus in a real corpus's layout."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from aubench.synthetic.corpora.bp4d_tree import Bp4dTree
    from aubench.synthetic.corpora.tree import SyntheticTree

WORKERS = click.option(
    "--workers", type=click.IntRange(1), default=lambda: max(1, (os.cpu_count() or 1)),
    show_default="all cores", help="Processes.",
)  # fmt: skip
SEED = click.option(
    "--seed", type=click.IntRange(0, 999_999), default=0, show_default=True,
    help="Another seed, other people.",
)  # fmt: skip
DEST = click.argument("dest", type=click.Path(path_type=Path))
SCALE = click.option(
    "--scale", type=float, default=1.0, show_default=True,
    help="Share of the real number of frames, at least one a video.",
)  # fmt: skip
PICTURES = click.option(
    "--pictures", type=int,
    help="Different pictures a video, each held for several frames.  [default: all differ]",
)  # fmt: skip


@click.group()
def command() -> None:
    """Write a synthetic corpus: made-up faces, exact labels and landmarks, no real person."""


@command.command()
@DEST
@click.option(
    "--frames",
    type=int,
    default=4845,
    show_default=True,
    help="Frames a subject; fewer make a time-lapse of the same recording.",
)
@click.option("--width", type=int, default=1024, show_default=True, help="Pixels.")
@click.option("--height", type=int, default=768, show_default=True, help="Pixels.")
@click.option("--cameras", default="left", show_default=True, help="left, right or left,right.")
@click.option("--subjects", default="", help="Only these, such as SN001,SN002.  [default: all 27]")
@SEED
@WORKERS
def disfa(
    dest: Path, *, frames: int, width: int, height: int, cameras: str, subjects: str, seed: int,
    workers: int,
) -> None:  # fmt: skip
    """Write 27 made-up people in DISFA's own layout to DEST.

    Repeat the command to finish a tree that was interrupted.
    """
    from aubench.synthetic.corpora.disfa_tree import DisfaTree

    tree = DisfaTree(seed, frames, width, height, _words(cameras))
    _write(tree, dest, subjects, workers)


def bp4d_options(function: Callable[..., None]) -> Callable[..., None]:
    """The options that BP4D and FERA 2015 share."""
    height = click.option(
        "--height", type=int, default=1392, show_default=True,
        help="Pixels; pictures are three quarters as wide.",
    )  # fmt: skip
    people = click.option(
        "--subjects", default="", help="Only these, such as F001,M002.  [default: all 41]"
    )
    for option in (WORKERS, SEED, people, height, PICTURES, SCALE, DEST):
        function = option(function)
    return function


@command.command()
@bp4d_options
def bp4d(dest: Path, **options: Any) -> None:
    """Write 41 made-up people in BP4D's own layout to DEST.

    Repeat the command to finish a tree that was interrupted.
    """
    from aubench.synthetic.corpora.bp4d_tree import Bp4dTree

    _write_bp4d(Bp4dTree, dest, **options)


@command.command()
@bp4d_options
def fera2015(dest: Path, **options: Any) -> None:
    """Write the 41 people of 'synth bp4d' in FERA 2015's layout to DEST.

    Repeat the command to finish a tree that was interrupted.
    """
    from aubench.synthetic.corpora.bp4d_tree import Fera2015Tree

    _write_bp4d(Fera2015Tree, dest, **options)


def _write_bp4d(
    kind: type[Bp4dTree], dest: Path, *, scale: float, pictures: int | None, height: int,
    subjects: str, seed: int, workers: int,
) -> None:  # fmt: skip
    _write(kind(seed, scale, height, pictures), dest, subjects, workers)


@command.command()
@DEST
@SCALE
@PICTURES
@click.option("--size", type=int, default=512, show_default=True, help="Width and height, pixels.")
@click.option(
    "--subjects", default="", help="Only these: TR, VA, TR/F001,VA/M002.  [default: all 61]"
)
@SEED
@WORKERS
def fera2017(
    dest: Path, *, scale: float, pictures: int | None, size: int, subjects: str, seed: int,
    workers: int,
) -> None:  # fmt: skip
    """Write 61 made-up people in FERA 2017's own layout, every video in nine views, to DEST.

    With few pictures the real number of frames is written in minutes. Repeat the command to finish
    a tree that was interrupted.
    """
    from aubench.synthetic.corpora.fera2017_tree import Fera2017Tree

    _write(Fera2017Tree(seed, scale, size, pictures), dest, subjects, workers)


@command.command()
@DEST
@click.option("--count", type=int, default=10_000, show_default=True, help="Pictures.")
@click.option("--size", type=int, default=256, show_default=True, help="Width and height, pixels.")
@SEED
@WORKERS
def alignment(dest: Path, *, count: int, size: int, seed: int, workers: int) -> None:
    """Write faces in every pose and light with 68 landmarks each (300-W .pts) to DEST.

    Repeat the command to finish a tree that was interrupted.
    """
    from aubench.synthetic.corpora.alignment_tree import AlignmentTree

    _write(AlignmentTree(seed, count, size), dest, "", workers, "folders")


@command.command()
@click.argument("path", type=click.Path(path_type=Path))
@SEED
def sheet(path: Path, *, seed: int) -> None:
    """Draw a contact sheet of faces and Action Units to PATH, a PNG."""
    from aubench.synthetic.contact_sheet import write_contact_sheet

    write_contact_sheet(path, seed)


def _write(
    tree: SyntheticTree, dest: Path, subjects: str, workers: int, what: str = "subjects"
) -> None:
    """Write the tree with a progress bar over its parts."""
    parts = tree.chosen(_words(subjects))
    with _progress(what, len(parts)) as advance:
        tree.write(dest, parts, workers=workers, progress=advance)


def _words(text: str) -> tuple[str, ...]:
    """The words of a comma-separated list."""
    return tuple(word for word in text.replace(" ", "").split(",") if word)


@contextmanager
def _progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on stderr; yields what advances it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.advance(task, done)
