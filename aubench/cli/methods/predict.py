"""``aubench predict``: AU values of a user's own pictures and videos, from a trained run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TextIO

import click

from aubench.cli import options
from aubench.cli.terminal import say
from aubench.crops.crop import CropInfo, make_crop
from aubench.errors import AubenchError
from aubench.evaluation.run_folder import run_folder
from aubench.io.atomic import atomic
from aubench.predict.csv_writer import CsvWriter
from aubench.predict.faces import AlreadyCropped, CropByLandmarks, CroppedFace
from aubench.predict.inputs import InputFrame, InputSource, find_input
from aubench.predict.landmarks import read_landmarks
from aubench.predict.outputs import open_output, overlay_files
from aubench.predict.overlay import Overlay
from aubench.predict.overwriting import refuse_overwriting
from aubench.predict.pipeline import has_maps, predict_all
from aubench.predict.trained import Trained, open_run
from aubench.training.devices import resolve_device

Crop = Callable[[InputFrame], CroppedFace | None]


@click.command(
    epilog=options.example(
        "aubench predict runs/disfa3fold/adapt/ID face.png --landmarks face.pts --overlay out.png",
        "aubench predict runs/disfa3fold/adapt/ID crops/ --cropped --out aus.csv",
    )
)
@click.argument("run", type=options.PATH)
@click.argument("source", type=options.PATH, metavar="IMAGE|VIDEO|FOLDER")
@click.option(
    "--landmarks",
    type=options.PATH,
    metavar="FILE",
    help="68 landmarks per face: a .pts file, a folder of them, or a CSV (frame, x_0 … y_67).",
)
@click.option(
    "--cropped", is_flag=True, help="The pictures are square face crops; no landmarks are needed."
)
@click.option(
    "--fold", show_default="the first", help="Fold whose predictor is used; 'all' averages them."
)
@click.option(
    "--out", type=options.PATH, show_default="the screen", help="CSV file for the estimates."
)
@click.option(
    "--openface", is_flag=True, help="Name the columns of the CSV as OpenFace 2 does: AU01_r."
)
@click.option(
    "--overlay",
    type=options.PATH,
    metavar="OUT",
    help="Also draw the estimates: a picture for a picture, a video (.mp4) for a video, a folder "
    "for a folder.",
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

    RUN is the folder of a run. Faces are cropped as the run's training pictures were, by landmarks
    that you give, unless they are crops already. A frame without landmarks gets a row of empty
    cells. The overlay shows the picture, one bar per AU and, for heat-map methods, where in the
    face each AU was seen.
    """
    if cropped == (landmarks is not None):
        raise AubenchError(
            "both --landmarks and --cropped" if cropped else "where in the picture is the face?",
            mend="give its 68 landmarks, --landmarks FILE (.pts, or CSV with x_0 … y_67), "
            "or say --cropped if the picture is a square face crop already",
        )
    run = run_folder(run)
    given = find_input(source)
    drawings = () if overlay is None else overlay_files(overlay, given)
    read = [
        *(given.files or [source]),
        *([] if landmarks is None else [landmarks]),
        run_folder(run),
    ]
    refuse_overwriting([*([] if out is None else [out]), *drawings], read)
    trained = open_run(run, fold, resolve_device(device))
    crop = _crop(trained, given, landmarks)
    _announce(trained)
    output = open_output(drawings, given) if drawings else nullcontext()
    drawn = None if overlay is None else _overlay(trained, given, crop)
    with _opened(out) as file, output as write:
        table = CsvWriter(file, trained.record.aus, openface, named=given.is_folder)
        drawing = (drawn, write) if drawn and write else None
        total, seen = predict_all(trained, given, crop, table, drawing)
    if seen < total:
        click.echo(f"{total - seen} of {total} frames have no landmarks: empty cells", err=True)


def _crop(trained: Trained, source: InputSource, landmarks: Path | None) -> Crop:
    """The function that finds the face in a frame."""
    corpus = trained.record.corpus
    if landmarks is None:
        return AlreadyCropped(corpus.size, trained.sampling)
    recipe = make_crop(CropInfo(name=corpus.recipe, parameters=corpus.recipe_parameters or {}))
    points = read_landmarks(landmarks, source)
    return CropByLandmarks(points, recipe, corpus.size, trained.sampling)


def _announce(trained: Trained) -> None:
    """Print which method and folds predict."""
    record = trained.record
    folds = len(record.folds)
    which = (
        f"the mean of {folds} folds"
        if len(trained.folds) > 1
        else f"fold {trained.folds[0]} of {folds} (--fold all averages them)"
    )
    name = f"{record.method.name}, trained under {record.protocol}"
    say(f"{name}: {which}; crop {record.corpus.recipe}", err=True)
    for warning in _warnings(trained):
        say(warning, err=True, fg="yellow")


def _warnings(trained: Trained) -> tuple[str, ...]:
    """What a reader of the numbers must know."""
    record = trained.record
    if any(pack.synthetic for pack in (record.corpus, *record.packs)):
        return ("SYNTHETIC: trained on rendered faces, not on people",)
    return ()


def _overlay(trained: Trained, source: InputSource, crop: Crop) -> Overlay:
    """The overlay of ``trained``; with maps if the method has them for the first face."""
    face = next(filter(None, map(crop, source)), None)
    record = trained.record
    fold = "mean of folds" if len(trained.folds) > 1 else f"fold {trained.folds[0]}"
    return Overlay(
        aus=record.aus,
        title=f"{record.method.name}, {record.protocol}, {fold}",
        notes=_warnings(trained),
        maps=face is not None and has_maps(trained, face),
    )


@contextmanager
def _opened(path: Path | None) -> Iterator[TextIO]:
    """The screen, or the file ``path``."""
    if path is None:
        yield sys.stdout
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic(path) as partial, partial.open("w", encoding="utf-8", newline="") as file:
        yield file
