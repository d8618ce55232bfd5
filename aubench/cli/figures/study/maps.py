"""``aubench study maps``: heat maps over test faces."""

from __future__ import annotations

from pathlib import Path

import click

from aubench.cli import options
from aubench.cli.figures.study.shared import open_run_and_pack, out_option
from aubench.cli.terminal import say
from aubench.figures.files import FigureFiles
from aubench.figures.study.maps import choose, named_frames, predict_maps, write
from aubench.training.devices import resolve_device


@click.command(
    short_help="Draw heat maps over test faces.",
    epilog=options.example(
        "aubench study maps runs/disfa3fold/adapt/ID",
        "aubench study maps runs/disfa3fold/adapt/ID --frame SN001:10 --aus 1,4,12",
    ),
)
@click.argument("run", type=options.PATH)
@click.option(
    "--frame",
    "frames",
    multiple=True,
    metavar="SUBJECT[:SESSION]:FRAME",
    show_default="chosen by --faces",
    help="A test frame to draw; may be repeated.",
)
@click.option(
    "--faces",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="Number of people to draw if no --frame is given, each in the frame with the strongest "
    "labels.",
)
@options.only_aus
@options.tested_pack
@options.device
@out_option("maps")
def command(
    *,
    run: Path,
    frames: tuple[str, ...],
    faces: int,
    aus: tuple[int, ...],
    named: Path | None,
    device: str,
    out: Path,
) -> None:
    """Draw the heat maps of the finished run RUN over test faces: a row per face, a column per AU.

    Each face is predicted by the fold that tests it (Ntinou et al. 2020, Fig. 7; Fan & Lin 2020,
    Fig. 4). A map is drawn as bright as its AU is predicted.
    """
    files = FigureFiles.named(out)
    tested = open_run_and_pack(run, named)
    places = tested.places(aus)
    expected = tested.expected()
    if frames:
        rows = named_frames(expected, frames)
    else:
        rows = choose(expected, tested.labels(expected)[:, places], faces)
    seen = predict_maps(tested, rows, places, resolve_device(device))
    write(seen, [tested.protocol.aus[place] for place in places], tested, files)
    say(f"wrote {files}")
