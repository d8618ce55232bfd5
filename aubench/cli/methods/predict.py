"""``aubench predict``: AU values of a user's own pictures and videos, from a trained run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from aubench.cli import options
from aubench.errors import AubenchError

if TYPE_CHECKING:
    from aubench.predict.faces import Face
    from aubench.predict.inputs import Shot, Source
    from aubench.predict.outputs import Gallery
    from aubench.predict.overlay import Overlay
    from aubench.predict.trained import Trained


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("source", type=click.Path(path_type=Path), metavar="IMAGE|VIDEO|FOLDER")
@click.option(
    "--landmarks",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="68 points a face: a .pts file, a folder of them, or a CSV (frame, x_0 … y_67).",
)
@click.option("--cropped", is_flag=True, help="The pictures are square face crops already.")
@click.option("--fold", help="Whose predictor; 'all' averages them.  [default: the first]")
@click.option("--out", type=click.Path(path_type=Path), help="The CSV.  [default: the screen]")
@click.option("--openface", is_flag=True, help="Name columns as OpenFace 2 does: AU01_r.")
@click.option(
    "--overlay",
    type=click.Path(path_type=Path),
    metavar="OUT",
    help="Also draw: a picture, a video (.mp4), or for a folder a folder.",
)
@options.device
def command(
    *,
    run: Path,
    source: Path,
    landmarks: Path | None,
    cropped: bool,
    fold: str | None,
    out: Path | None,
    openface: bool,
    overlay: Path | None,
    device: str,
) -> None:
    """Estimate AU intensities in a picture, a folder or a video with the finished run RUN.

    Faces are cropped as the run's training pictures were, from landmarks that you give; or they are
    crops already. A frame without landmarks gets a row of empty cells. The overlay shows the
    picture, a bar an AU and, for heat-map methods, where in the face each AU was seen.
    """
    from aubench.devices import resolve_device
    from aubench.predict.csv_writer import Sheet
    from aubench.predict.inputs import find_source
    from aubench.predict.pipeline import predict_all
    from aubench.predict.trained import open_run

    if cropped == (landmarks is not None):
        raise AubenchError(
            "both --landmarks and --cropped" if cropped else "where in the picture is the face?",
            mend="give its 68 landmarks, --landmarks FILE (.pts, or CSV with x_0 … y_67), "
            "or say --cropped if the picture is a square face crop already",
        )
    shots = find_source(source)
    trained = open_run(run, fold, resolve_device(device))
    crop = _crop(trained, shots, landmarks)
    _announce(trained)
    picture = None if overlay is None else _picture(trained, shots, crop, overlay)
    with _opened(out) as file, picture[1] if picture else nullcontext():
        sheet = Sheet(file, trained.record.aus, openface, named=shots.is_folder)
        total, seen = predict_all(trained, shots, crop, sheet, picture)
    if seen < total:
        click.echo(f"{total - seen} of {total} frames have no landmarks: empty cells", err=True)


def _crop(trained: Trained, shots: Source, landmarks: Path | None) -> Callable[[Shot], Face | None]:
    """How faces are found."""
    from aubench.crops.crop import CropInfo, make_crop
    from aubench.predict.faces import AlreadyCropped, ByLandmarks
    from aubench.predict.points import read_points

    corpus = trained.record.corpus
    if landmarks is None:
        return AlreadyCropped(corpus.size)
    recipe = make_crop(CropInfo(name=corpus.recipe, parameters=corpus.recipe_parameters or {}))
    return ByLandmarks(read_points(landmarks, shots), recipe, corpus.size)


def _announce(trained: Trained) -> None:
    """Say who predicts."""
    record = trained.record
    folds = len(record.folds)
    which = (
        f"the mean of {folds} folds"
        if len(trained.folds) > 1
        else f"fold {trained.folds[0]} of {folds} (--fold all averages them)"
    )
    name = f"{record.method.name}, trained under {record.protocol}"
    click.echo(f"{name}: {which}; crop {record.corpus.recipe}", err=True)
    for warning in _warnings(trained):
        click.echo(click.style(warning, "yellow"), err=True)


def _warnings(trained: Trained) -> tuple[str, ...]:
    """What a reader of the numbers must know."""
    if trained.record.corpus.synthetic:
        return ("SYNTHETIC: trained on rendered faces, not on people",)
    return ()


def _picture(
    trained: Trained, shots: Source, crop: Callable[[Shot], Face | None], path: Path
) -> tuple[Overlay, Gallery]:
    """What draws, and where it goes."""
    from aubench.predict.outputs import open_gallery
    from aubench.predict.overlay import Overlay
    from aubench.predict.pipeline import has_maps

    gallery = open_gallery(path, shots)
    face = next(filter(None, map(crop, shots)), None)
    record = trained.record
    fold = "mean of folds" if len(trained.folds) > 1 else f"fold {trained.folds[0]}"
    overlay = Overlay(
        aus=record.aus,
        title=f"{record.method.name}, {record.protocol}, {fold}",
        notes=_warnings(trained),
        maps=face is not None and has_maps(trained, face),
    )
    return overlay, gallery


@contextmanager
def _opened(path: Path | None) -> Iterator[TextIO]:
    """The screen, or a file that gets its name when it is whole."""
    if path is None:
        yield sys.stdout
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.partial")
    with temporary.open("w", encoding="utf-8", newline="") as file:
        yield file
    temporary.replace(path)
