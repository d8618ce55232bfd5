"""``aubench pack``: look into packs, check them, join them, and write parts of them."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path
from typing import Literal

import click

from aubench.cli import options
from aubench.cli.progress import FrameBar
from aubench.cli.terminal import say
from aubench.pack.merge import merge as merge_packs
from aubench.pack.pack import Pack
from aubench.pack.subset import Selection
from aubench.pack.subset import subset as write_subset
from aubench.pack.summary import describe
from aubench.pack.verify import verify_pack


@click.group(epilog=options.example("aubench pack info /data/disfa.pack"))
def command() -> None:
    """Look into packs, check them, join them, and write parts of them."""


@command.command(epilog=options.example("aubench pack info /data/disfa.pack"))
@click.argument("packs", type=options.PATH, nargs=-1, required=True)
def info(*, packs: tuple[Path, ...]) -> None:
    """Print what each of PACKS holds and how it was made."""
    for path in packs:
        pack = Pack.open(path)
        say(str(path), bold=True)
        for name, text in describe(pack):
            lead = f"  {name:<16}"
            wrapped = textwrap.wrap(text, 80, initial_indent=lead, subsequent_indent=" " * 18)
            say(*(wrapped or [lead]))


@command.command(epilog=options.example("aubench pack verify /data/disfa.pack /data/bp4d.pack"))
@click.argument("packs", type=options.PATH, nargs=-1, required=True)
def verify(*, packs: tuple[Path, ...]) -> None:
    """Recompute every checksum of PACKS and name the file and row of whatever has changed.

    Exit status 1 if anything has changed.
    """
    damaged = False
    for path in packs:
        with FrameBar("verify") as bar:
            found = verify_pack(path, bar)
        for line in found:
            say(f"damaged: {line}", fg="red")
        damaged |= bool(found)
        if not found:
            say(f"{path}: {_summary(path)}, as they were written")
    if damaged:
        sys.exit(1)


@command.command(
    epilog=options.example("aubench pack merge /data/a.pack /data/b.pack /data/all.pack")
)
@click.argument("packs", type=options.PATH, nargs=-1, required=True)
@click.argument("dest", type=options.PATH)
def merge(*, packs: tuple[Path, ...], dest: Path) -> None:
    """Join PACKS, which hold different subjects of one corpus, into the pack DEST.

    All must have been prepared with the same options. Files are linked, not copied, where DEST is
    on the same disk. If the command is interrupted, repeat it: it resumes where it stopped.
    """
    merge_packs(packs, dest)
    say(f"{dest}: {_summary(dest)}")


@command.command(
    epilog=options.example(
        "aubench pack subset /data/disfa.pack /data/two.pack --subjects SN001,SN002"
    )
)
@click.argument("pack", type=options.PATH)
@click.argument("dest", type=options.PATH)
@options.word_list("--subjects", help="Subjects to keep: SN001,SN002.")
@options.word_list("--sessions", help="Recordings to keep, by the corpus's names: T1,T2.")
@options.number_list(
    "--views",
    "give numbers, as in --views 1,6",
    show_default="all",
    help="Camera views to keep: 1,6.",
)
@options.frames
@click.option(
    "--every",
    default=1,
    show_default=True,
    type=click.IntRange(1),
    help="Keep the first frame of every recording, and every N-th frame after it.",
)
def subset(
    *,
    pack: Path,
    dest: Path,
    subjects: tuple[str, ...],
    sessions: tuple[str, ...],
    views: tuple[int, ...],
    frames: Literal["all", "errlog"],
    every: int,
) -> None:
    """Write some frames of PACK to the new pack DEST; their pictures are copied unchanged."""
    whole = Pack.open(pack)
    home = f"{whole.manifest.corpus}/"
    selection = Selection(
        subjects=tuple(home + name.removeprefix(home) for name in subjects) or None,
        sessions=sessions or None,
        views=views or None,
        frames=frames,
        every=every,
    )
    with FrameBar("subset") as bar:
        write_subset(whole, dest, selection, bar)
    say(f"{dest}: {_summary(dest)}")


def _summary(path: Path) -> str:
    """The size and the fingerprint of the pack in ``path``, in a few words."""
    pack = Pack.open(path)
    manifest = pack.manifest
    return (
        f"{len(manifest.subjects)} subjects, {len(pack):,} frames, "
        f"{'synthetic, ' if manifest.synthetic else ''}fingerprint {manifest.fingerprint}"
    )
