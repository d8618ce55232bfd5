"""``aubench study noise``: robustness to badly found landmarks."""

from __future__ import annotations

from pathlib import Path

import click

from aubench.cli.figures.study.options import (
    DEVICE_OPTION,
    PACK_OPTION,
    counting,
    metric_of,
    open_run_and_pack,
    out_option,
)
from aubench.errors import AubenchError

LEVELS = "0,5,10,15,20,25,30,35,40,45,50,55"
"""The range of Sánchez-Lozano et al. 2018."""


@click.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN...")
@click.option(
    "--levels",
    default=LEVELS,
    show_default=True,
    metavar="PX,PX,…",
    help="Standard deviations of the noise, pixels of a 256×256 crop.",
)
@click.option(
    "--source",
    type=click.Path(path_type=Path),
    help="The corpus that the pack was made of, to crop from.  [default: the pack's crops]",
)
@click.option("--seed", default=0, show_default=True, help="Of the noise.")
@click.option("--metric", help="Drawn; the CSV has all.  [default: the protocol's]")
@PACK_OPTION
@DEVICE_OPTION
@out_option("noise")
def command(
    *,
    runs: tuple[Path, ...],
    levels: str,
    source: Path | None,
    seed: int,
    metric: str | None,
    named: Path | None,
    device: str,
    out: Path,
) -> None:
    """Score the runs RUN on faces cropped by noisy landmarks (Sánchez-Lozano et al. 2018, Fig. 4).

    Gaussian noise is put on every test frame's landmarks before it is cropped; nothing is trained
    anew. All runs must be of one protocol and one pack. Without --source, new crops are cut out of
    the pack's own and black beyond their border, which is harder than the real thing.
    """
    from aubench.devices import resolve_device
    from aubench.figures.files import Files
    from aubench.figures.study.curves import Chart, Curve, write
    from aubench.figures.study.noise import noise_scores
    from aubench.figures.study.tested import refuse_apart, warnings
    from aubench.figures.study.uncropped import FromCorpus, FromPack

    files = Files.named(out)
    wanted = _levels(levels)
    studied = [open_run_and_pack(run, named) for run in runs]
    refuse_apart(studied)
    first = studied[0]
    shown = metric_of(metric, first.protocol)
    origin = FromPack(first.pack) if source is None else FromCorpus(source, first.pack)
    total = len(first.expected()) * len(wanted) * len(studied)
    chosen = resolve_device(device)
    with counting("predicting", total) as advance:
        curves = [
            Curve(
                tested.name,
                noise_scores(tested, origin, wanted, seed=seed, device=chosen, advance=advance),
            )
            for tested in studied
        ]
    chart = Chart(
        title=f"Landmark noise, {first.protocol.name}; {origin.description}",
        warnings=warnings([tested.record for tested in studied]),
        axis="Standard deviation of the noise on landmarks, pixels of a 256×256 crop",
        key="noise_px",
        metric=shown,
        aus=first.protocol.aus,
        curves=curves,
    )
    write(chart, files)
    click.echo(f"wrote {files}")


def _levels(text: str) -> tuple[float, ...]:
    """Levels of noise, ascending, from ``0,5,10``."""
    try:
        levels = sorted({float(word) for word in text.split(",")})
    except ValueError:
        levels = []
    if not levels or not 0 <= levels[0] <= levels[-1] < float("inf"):
        raise AubenchError(f"--levels {text}", mend="write pixels with commas: 0,5,10")
    return tuple(levels)
