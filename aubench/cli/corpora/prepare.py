"""``aubench prepare``: make a pack of a corpus."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from aubench.cli import completion, options
from aubench.cli.corpora.prepare_progress import PrepareProgress
from aubench.cli.terminal import say
from aubench.pack.prepare import prepare
from aubench.settings import resolve_settings


@click.command(
    epilog=options.example(
        "aubench prepare disfa /data/DISFA /data/disfa.pack",
        "aubench prepare disfa /data/DISFA /data/test.pack --subjects SN001,SN002 --size 128",
    )
)
@click.argument("corpus", shell_complete=completion.names("corpora"))
@click.argument("source", type=options.PATH)
@click.argument("dest", type=options.PATH)
@click.option(
    "--recipe",
    default="tight",
    show_default=True,
    help="How faces are cropped: tight, stretch, affine3, similarity5 or fan (see above).",
)
@click.option(
    "--margin",
    type=float,
    show_default="the recipe's own",
    help="Space around the face, as a share of its size; for recipes that have a margin.",
)
@click.option(
    "--size",
    default=256,
    show_default=True,
    type=click.IntRange(16, 2048),
    help="Width and height of the crops in pixels.",
)
@options.frames
@options.camera
@click.option(
    "--landmarks",
    show_default="strict",
    help="What to do with frames that have no usable landmarks and are not in the error log: "
    "strict stops; interpolate fills them in and marks them.",
)
@options.landmark_source
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
    help="How pictures are made smaller; supersampling is slower.",
)
@options.reader_settings
@options.word_list("--subjects", help="Subjects to prepare: SN001,SN002.")
@options.workers
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
    subjects: tuple[str, ...],
    workers: int,
) -> None:
    """Turn CORPUS, as you hold it in the folder SOURCE, into a pack: the folder DEST.

    A pack holds cropped faces, labels and landmarks, and is what every run reads. Names of corpora:
    'aubench list corpora'.

    Crop recipes: tight (the square around the landmarks with a margin of a fifth), stretch (their
    box with a margin, stretched to a square), affine3 (chin and outer eye corners to fixed
    places), similarity5 (eyes, nose and mouth to ArcFace's template) and fan (face-alignment's
    loose square). docs/crops.md shows them.

    Everything that can be seen without a picture (labels, counts of frames, files of landmarks) is
    checked first. If the command is interrupted, even by a kill or a full disk, repeat it: it
    resumes where it stopped. After a refusal over lost landmarks, repeat it with --landmarks
    interpolate; what is finished is kept. Repeated on a finished pack it says so, or that labels or
    landmarks have changed since and which files to remove to have these subjects made anew.
    """
    reader = options.find_corpus(corpus, source)
    overrides = options.reader_overrides(
        settings, camera=camera, landmarks=landmarks, landmark_source=landmark_source
    )
    with PrepareProgress() as bar:
        pack = prepare(
            reader(source, resolve_settings(reader.Settings, overrides)),
            dest,
            recipe=recipe,
            margin=margin,
            size=size,
            frames=frames,
            quality=quality,
            sampling=sampling,
            subjects=[f"{reader.name}/{name}" for name in subjects] or None,
            workers=workers,
            progress=bar,
        )
    manifest = pack.manifest
    state = "written" if bar.announced.get("subjects") else "done already"
    say(
        f"{dest}: {state}: {len(manifest.subjects)} subjects, {len(pack):,} frames, "
        f"{manifest.size} pixels, {manifest.recipe.name}, "
        f"{'synthetic, ' if manifest.synthetic else ''}fingerprint {manifest.fingerprint}"
    )
    for note in manifest.notes:
        say(f"note: {note}")
