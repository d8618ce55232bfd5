"""``aubench study maps``: heat maps over test faces."""

from __future__ import annotations

from pathlib import Path

import click

from aubench.cli.figures.study.options import (
    AUS_OPTION,
    DEVICE_OPTION,
    PACK_OPTION,
    open_run_and_pack,
    out_option,
    units,
)


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--frame", "frames", multiple=True, metavar="SUBJECT[:SESSION]:FRAME", help="May be repeated."
)
@click.option(
    "--faces",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="Where no frame is named: of so many people, the most expressive by its labels.",
)
@AUS_OPTION
@PACK_OPTION
@DEVICE_OPTION
@out_option("maps")
def command(
    *,
    run: Path,
    frames: tuple[str, ...],
    faces: int,
    aus: str,
    named: Path | None,
    device: str,
    out: Path,
) -> None:
    """Draw the heat maps of the finished run RUN over test faces: a row a face, a column an AU.

    Each face is predicted by the fold that tests it (Ntinou et al. 2020, Fig. 7; Fan & Lin 2020,
    Fig. 4). A map is drawn as bright as its AU is predicted.
    """
    from aubench.devices import resolve_device
    from aubench.figures.files import Files
    from aubench.figures.study.maps import choose, look, named_frames, write

    files = Files.named(out)
    tested = open_run_and_pack(run, named)
    places = tested.places(units(aus))
    expected = tested.expected()
    if frames:
        rows = named_frames(expected, frames)
    else:
        rows = choose(expected, tested.labels(expected)[:, places], faces)
    seen = look(tested, rows, places, resolve_device(device))
    write(seen, [tested.protocol.aus[place] for place in places], tested, files)
    click.echo(f"wrote {files}")
