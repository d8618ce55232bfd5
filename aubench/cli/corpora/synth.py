"""``aubench synth``: write a synthetic corpus in a real corpus's layout."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from aubench.cli import options
from aubench.cli.progress import COMPILING, advancing
from aubench.synthetic.contact_sheet import write_contact_sheet
from aubench.synthetic.corpora.alignment_tree import AlignmentTree
from aubench.synthetic.corpora.bp4d_tree import Bp4dTree, Fera2015Tree
from aubench.synthetic.corpora.disfa_tree import DisfaTree
from aubench.synthetic.corpora.fera2017_tree import Fera2017Tree
from aubench.synthetic.corpora.tree import SyntheticTree
from aubench.synthetic.render.compiled import is_compiled

SEED = click.option(
    "--seed",
    type=click.IntRange(0, 999_999),
    default=0,
    show_default=True,
    help="Seed of everything random; another seed gives other people.",
)
DEST = click.argument("dest", type=options.PATH)
SCALE = click.option(
    "--scale",
    type=float,
    default=1.0,
    show_default=True,
    help="Share of the real number of frames to write; at least one per video.",
)
PICTURES = click.option(
    "--pictures",
    type=int,
    show_default="all differ",
    help="Number of different pictures per video, each held for several frames.",
)


def pixels(flag: str, default: int, what: str) -> options.Decorator:
    """An option for a size in pixels."""
    return click.option(
        flag, type=int, default=default, show_default=True, help=f"{what} in pixels."
    )


@click.group(epilog=options.example("aubench synth disfa synthetic/disfa --frames 100"))
def command() -> None:
    """Write a synthetic corpus: made-up faces, exact labels and landmarks, no real person.

    Every command below resumes where it stopped if it is repeated.
    """


@command.command(
    epilog=options.example("aubench synth disfa synthetic/disfa --frames 100 --subjects SN001")
)
@DEST
@click.option(
    "--frames",
    type=int,
    default=4845,
    show_default=True,
    help="Frames per subject; fewer make a time-lapse of the same recording.",
)
@pixels("--width", 1024, "Width of the pictures")
@pixels("--height", 768, "Height of the pictures")
@options.word_list(
    "--cameras", default="left", show_default=True, help="Cameras to write: left,right."
)
@options.word_list("--subjects", show_default="all 27", help="Subjects to write: SN001,SN002.")
@SEED
@options.workers
def disfa(
    dest: Path,
    *,
    frames: int,
    width: int,
    height: int,
    cameras: tuple[str, ...],
    subjects: tuple[str, ...],
    seed: int,
    workers: int,
) -> None:
    """Write 27 made-up people in DISFA's own layout to the folder DEST."""
    _write(DisfaTree(seed, frames, width, height, cameras), dest, subjects, workers)


def bp4d_options(function: Callable[..., None]) -> Callable[..., None]:
    """The options that BP4D and FERA 2015 share."""
    height = pixels("--height", 1392, "Height of the pictures, which are three quarters as wide,")
    people = options.word_list(
        "--subjects", show_default="all 41", help="Subjects to write: F001,M002."
    )
    for option in (options.workers, SEED, people, height, PICTURES, SCALE, DEST):
        function = option(function)
    return function


@command.command(epilog=options.example("aubench synth bp4d synthetic/bp4d --scale 0.01"))
@bp4d_options
def bp4d(dest: Path, **given: Any) -> None:
    """Write 41 made-up people in BP4D's own layout to the folder DEST."""
    _write_bp4d(Bp4dTree, dest, **given)


@command.command(epilog=options.example("aubench synth fera2015 synthetic/fera2015 --scale 0.01"))
@bp4d_options
def fera2015(dest: Path, **given: Any) -> None:
    """Write the 41 people of 'synth bp4d' in FERA 2015's layout to the folder DEST."""
    _write_bp4d(Fera2015Tree, dest, **given)


def _write_bp4d(
    kind: type[Bp4dTree],
    dest: Path,
    *,
    scale: float,
    pictures: int | None,
    height: int,
    subjects: tuple[str, ...],
    seed: int,
    workers: int,
) -> None:
    _write(kind(seed, scale, height, pictures), dest, subjects, workers)


@command.command(epilog=options.example("aubench synth fera2017 synthetic/fera2017 --pictures 4"))
@DEST
@SCALE
@PICTURES
@pixels("--size", 512, "Width and height of the pictures")
@options.word_list(
    "--subjects",
    show_default="all 61",
    help="Partitions or subjects to write: TR, VA or TR/F001,VA/M002.",
)
@SEED
@options.workers
def fera2017(
    dest: Path,
    *,
    scale: float,
    pictures: int | None,
    size: int,
    subjects: tuple[str, ...],
    seed: int,
    workers: int,
) -> None:
    """Write 61 made-up people in FERA 2017's own layout to the folder DEST.

    Every video is written in nine views. With few pictures the real number of frames is written in
    minutes.
    """
    _write(Fera2017Tree(seed, scale, size, pictures), dest, subjects, workers)


@command.command(epilog=options.example("aubench synth alignment synthetic/faces --count 1000"))
@DEST
@click.option(
    "--count", type=int, default=10_000, show_default=True, help="Number of pictures to write."
)
@pixels("--size", 256, "Width and height of the pictures")
@SEED
@options.workers
def alignment(dest: Path, *, count: int, size: int, seed: int, workers: int) -> None:
    """Write faces in every pose and light to the folder DEST, with 68 landmarks each (.pts)."""
    _write(AlignmentTree(seed, count, size), dest, (), workers, "folders")


@command.command(epilog=options.example("aubench synth sheet faces.png"))
@click.argument("path", type=options.PATH)
@SEED
def sheet(path: Path, *, seed: int) -> None:
    """Draw a contact sheet of faces and Action Units to the file PATH, a PNG."""
    write_contact_sheet(path, seed)


def _write(
    tree: SyntheticTree,
    dest: Path,
    subjects: tuple[str, ...],
    workers: int,
    what: str = "subjects",
) -> None:
    """Write the tree with a progress bar over its parts."""
    parts = tree.chosen(subjects)
    if not is_compiled():
        click.echo(COMPILING, err=True)
    with advancing(what, len(parts)) as advance:
        tree.write(dest, parts, workers=workers, progress=advance)
