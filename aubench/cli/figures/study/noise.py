"""``aubench study noise``: robustness to badly found landmarks."""

from __future__ import annotations

from pathlib import Path

import click

from aubench.cli import options
from aubench.cli.figures.study.shared import (
    metric_of,
    metric_option,
    open_run_and_pack,
    out_option,
)
from aubench.cli.progress import advancing
from aubench.cli.terminal import say
from aubench.errors import AubenchError
from aubench.figures.files import FigureFiles
from aubench.figures.study.curves import Chart, Curve, write
from aubench.figures.study.noise import noise_scores
from aubench.figures.study.picture_source import FromCorpus, FromPack, PictureSource
from aubench.figures.study.tested_run import require_same_test, warnings
from aubench.training.devices import resolve_device

LEVELS = "0,5,10,15,20,25,30,35,40,45,50,55"
"""The range of Sánchez-Lozano et al. 2018."""


@click.command(
    short_help="Score runs on faces cropped by noisy landmarks.",
    epilog=options.example(
        "aubench study noise runs/disfa3fold/adapt/ID runs/disfa3fold/hr2018/ID --levels 0,10,20"
    ),
)
@click.argument("runs", nargs=-1, required=True, type=options.PATH, metavar="RUN...")
@click.option(
    "--levels",
    default=LEVELS,
    show_default=True,
    metavar="PX,PX,…",
    help="Standard deviations of the noise, in pixels of a 256×256 crop.",
)
@click.option(
    "--source",
    type=options.PATH,
    show_default="the pack's crops",
    help="Folder of the corpus that the pack was made of, to crop from.",
)
@click.option(
    "--landmark-source",
    type=options.PATH,
    help="Folder of the landmarks that the pack was made with, where they were not the corpus's.",
)
@options.seed
@metric_option
@options.tested_pack
@options.device
@out_option("noise")
def command(
    *,
    runs: tuple[Path, ...],
    levels: str,
    source: Path | None,
    landmark_source: Path | None,
    seed: int,
    metric: str | None,
    named: Path | None,
    device: str,
    out: Path,
) -> None:
    """Score the runs RUN on faces cropped by noisy landmarks (Sánchez-Lozano et al. 2018, Fig. 4).

    Gaussian noise is put on every test frame's landmarks before it is cropped; nothing is trained
    anew. All runs must be of one protocol and one pack. Without --source, new crops are cut out of
    the pack's own crops and are black beyond their border, which is harder for a method.
    """
    files = FigureFiles.named(out)
    wanted = _levels(levels)
    studied = [open_run_and_pack(run, named) for run in runs]
    require_same_test(studied)
    first = studied[0]
    shown = metric_of(metric, first.protocol)
    pictures: PictureSource = FromPack(first.pack)
    if source is not None:
        pictures = FromCorpus(source, first.pack, landmark_source)
    total = len(first.expected()) * len(wanted) * len(studied)
    chosen = resolve_device(device)
    with advancing("predicting", total) as advance:
        curves = [
            Curve(
                tested.name,
                noise_scores(tested, pictures, wanted, seed=seed, device=chosen, advance=advance),
            )
            for tested in studied
        ]
    chart = Chart(
        title=f"Landmark noise, {first.protocol.name}; {pictures.description}",
        warnings=warnings([tested.record for tested in studied]),
        axis="Standard deviation of the noise on landmarks, pixels of a 256×256 crop",
        key="noise_px",
        metric=shown,
        aus=first.protocol.aus,
        curves=curves,
    )
    write(chart, files)
    say(f"wrote {files}")


def _levels(text: str) -> tuple[float, ...]:
    """Levels of noise, ascending, from ``0,5,10``."""
    try:
        levels = sorted({float(word) for word in text.split(",")})
    except ValueError:
        levels = []
    if not levels or not 0 <= levels[0] <= levels[-1] < float("inf"):
        raise AubenchError(f"--levels {text}", mend="write pixels with commas: 0,5,10")
    return tuple(levels)
