"""``aubench prepare``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

if TYPE_CHECKING:
    from rich.progress import Progress


@click.command()
@click.argument("corpus")
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("dest", type=click.Path(path_type=Path))
@click.option("--recipe", default="tight", show_default=True, help="How faces are cropped.")
@click.option("--margin", type=float, help="Around the face, where the recipe has one.")
@click.option(
    "--size",
    default=256,
    show_default=True,
    type=click.IntRange(16, 2048),
    help="Width and height of the crops in pixels.",
)
@click.option(
    "--frames",
    default="all",
    show_default=True,
    type=click.Choice(["all", "errlog"]),
    help="All, or without those in the corpus's own error log.",
)
@click.option("--camera", help="Which camera, where there are several.  [default: left]")
@click.option(
    "--landmarks",
    help="Frames without usable landmarks, but for those of the error log: strict stops, "
    "interpolate keeps and marks them.  [default: strict]",
)
@click.option(
    "--landmark-source",
    help="Where landmarks come from, where there is a choice: corpus, a folder of CSV or .pts "
    "files, or detector (face-alignment, an extra).  [default: corpus]",
)
@click.option(
    "--quality",
    default=95,
    show_default=True,
    type=click.IntRange(1, 100),
    help="JPEG quality of the crops.",
)
@click.option(
    "--sampling",
    default="mipmap",
    show_default=True,
    type=click.Choice(["mipmap", "supersampling"]),
    help="How pictures are shrunk; supersampling is slower.",
)
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Of the reader.")
@click.option("--subjects", help="Only these, parted by commas: SN001,SN002.")
@click.option(
    "--workers",
    type=click.IntRange(1),
    help="Processes; the pack does not depend on it.  [default: one a core]",
)
def command(
    corpus: str,
    source: Path,
    dest: Path,
    *,
    recipe: str,
    margin: float | None,
    size: int,
    frames: Literal["all", "errlog"],
    camera: str | None,
    landmarks: str | None,
    landmark_source: str | None,
    quality: int,
    sampling: Literal["mipmap", "supersampling"],
    settings: tuple[str, ...],
    subjects: str | None,
    workers: int | None,
) -> None:
    """Turn CORPUS, as you hold it in SOURCE, into a pack: cropped faces, labels and landmarks.

    Crop recipes: tight (the square around the landmarks with a margin of a fifth), affine3 (chin
    and outer eye corners to fixed places), similarity5 (eyes, nose and mouth to ArcFace's
    template) and fan (face-alignment's loose square). docs/crops.md shows them.

    Stopped, even by a kill or a full disk, the same command goes on where it was. Repeated on a
    finished pack it says so and does nothing, whether or not SOURCE has changed since: after
    mending SOURCE, name a new DEST.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    from aubench.pack.prepare import prepare
    from aubench.registry import find
    from aubench.settings import parse_overrides, resolve_settings

    reader = find("corpora", corpus)
    given = {"camera": camera, "landmarks": landmarks, "landmark_source": landmark_source}
    overrides = {name: value for name, value in given.items() if value is not None}
    overrides |= parse_overrides(settings)
    keys = [f"{reader.name}/{name.strip()}" for name in subjects.split(",")] if subjects else None
    console = Console(stderr=True)
    shown = Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        Remaining(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with shown:
        bar = PrepareBar(shown)
        pack = prepare(
            reader(source, resolve_settings(reader.Settings, overrides)),
            dest,
            recipe=recipe,
            margin=margin,
            size=size,
            frames=frames,
            quality=quality,
            sampling=sampling,
            subjects=keys,
            workers=workers or os.cpu_count() or 1,
            progress=bar,
        )
    manifest = pack.manifest
    state = "written" if bar.todo else "done already"
    click.echo(
        f"{dest}: {state}: {len(manifest.subjects)} subjects, {len(pack):,} frames, "
        f"{manifest.size} pixels, {manifest.recipe.name}, "
        f"{'synthetic, ' if manifest.synthetic else ''}fingerprint {manifest.fingerprint}"
    )
    for note in manifest.notes:
        click.echo(f"note: {note}")


class PrepareBar:
    """The progress of a prepare: a bar of frames.

    Attributes:
        todo: Number of subjects that had to be prepared.
    """

    def __init__(self, progress: Progress) -> None:
        self.progress, self.todo = progress, 0
        self.task = progress.add_task("frames", total=None)

    def report(self, event: str, **values: float | int | str) -> None:
        """See `aubench.pack.prepare.prepare`."""
        if event == "prepare":
            self.todo = int(values["subjects"])
            self.progress.update(self.task, total=float(values["frames"]))
        elif event == "frames":
            self.progress.update(self.task, advance=float(values["count"]))
