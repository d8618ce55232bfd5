"""``aubench pack``: look into packs, check them, join them, take parts of them."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path
from typing import Literal

import click

from aubench.cli.frame_bar import FrameBar
from aubench.errors import AubenchError

_FOLDER = click.Path(path_type=Path)


@click.group()
def command() -> None:
    """Look into packs, check them, join them, take parts of them."""


@command.command()
@click.argument("packs", type=_FOLDER, nargs=-1, required=True)
def info(*, packs: tuple[Path, ...]) -> None:
    """Say what each of PACKS holds and how it was made."""
    from aubench.pack.pack import Pack
    from aubench.pack.summary import describe

    for path in packs:
        pack = Pack.open(path)
        click.secho(str(path), bold=True)
        for name, text in describe(pack):
            lead = f"  {name:<16}"
            wrapped = textwrap.wrap(text, 80, initial_indent=lead, subsequent_indent=" " * 18)
            click.echo("\n".join(wrapped or [lead]))


@command.command()
@click.argument("packs", type=_FOLDER, nargs=-1, required=True)
def verify(*, packs: tuple[Path, ...]) -> None:
    """Recompute every digest of PACKS and name what has changed: file and row.

    Exit status 1 if anything has.
    """
    from aubench.pack.verify import verify_pack

    damaged = False
    for path in packs:
        with FrameBar("verify") as bar:
            found = verify_pack(path, bar)
        for line in found:
            click.secho(f"damaged: {line}", fg="red")
        damaged |= bool(found)
        if not found:
            click.echo(f"{path}: {_summary(path)}, as they were written")
    if damaged:
        sys.exit(1)


@command.command()
@click.argument("packs", type=_FOLDER, nargs=-1, required=True)
@click.argument("dest", type=_FOLDER)
def merge(*, packs: tuple[Path, ...], dest: Path) -> None:
    """Make DEST one pack of PACKS: the same corpus and options, other subjects.

    Shards are linked, not copied, where DEST is on the same disk. Stopped, the same command goes
    on where it was.
    """
    from aubench.pack.merge import merge as join

    join(packs, dest)
    click.echo(f"{dest}: {_summary(dest)}")


@command.command()
@click.argument("pack", type=_FOLDER)
@click.argument("dest", type=_FOLDER)
@click.option("--subjects", help="Only these, parted by commas: SN001,SN002.")
@click.option("--sessions", help="Only these recordings: T1,T2.")
@click.option("--views", help="Only these views: 1,6.")
@click.option(
    "--frames",
    default="all",
    show_default=True,
    type=click.Choice(["all", "errlog"]),
    help="All, or without those in the corpus's own error log.",
)
@click.option(
    "--every",
    default=1,
    show_default=True,
    type=click.IntRange(1),
    help="The first frame of a recording and every so many after it.",
)
def subset(
    *,
    pack: Path,
    dest: Path,
    subjects: str | None,
    sessions: str | None,
    views: str | None,
    frames: Literal["all", "errlog"],
    every: int,
) -> None:
    """Write some frames of PACK to DEST, a pack of its own; pictures stay as they are."""
    from aubench.pack.pack import Pack
    from aubench.pack.subset import Selection
    from aubench.pack.subset import subset as take

    whole = Pack.open(pack)
    corpus = whole.manifest.corpus
    selection = Selection(
        subjects=_words(subjects, f"{corpus}/"),
        sessions=_words(sessions),
        views=_numbers(views),
        frames=frames,
        every=every,
    )
    with FrameBar("subset") as bar:
        take(whole, dest, selection, bar)
    click.echo(f"{dest}: {_summary(dest)}")


def _words(text: str | None, prefix: str = "") -> tuple[str, ...] | None:
    """Names parted by commas, each with ``prefix`` before it."""
    if text is None:
        return None
    return tuple(f"{prefix}{word.strip().removeprefix(prefix)}" for word in text.split(","))


def _numbers(text: str | None) -> tuple[int, ...] | None:
    words = _words(text)
    if words is None:
        return None
    try:
        return tuple(map(int, words))
    except ValueError as error:
        raise AubenchError(f"--views {text}", mend="give numbers, as in --views 1,6") from error


def _summary(path: Path) -> str:
    """A pack in a few words."""
    from aubench.pack.pack import Pack

    pack = Pack.open(path)
    manifest = pack.manifest
    return (
        f"{len(manifest.subjects)} subjects, {len(pack):,} frames, "
        f"{'synthetic, ' if manifest.synthetic else ''}fingerprint {manifest.fingerprint}"
    )
