"""``aubench study``: figures of trained runs, and of settings, with the numbers in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aubench.errors import AubenchError

if TYPE_CHECKING:
    from aubench.study.tested import Tested

Command = Callable[..., Any]

PACK = click.option(
    "--pack",
    "named",
    type=click.Path(path_type=Path),
    help="What the run was tested on; else the configured pack; else the synthetic twin.",
)
DEVICE = click.option("--device", default="auto", show_default=True, help="cpu, cuda, cuda:1, mps.")
AUS = click.option("--aus", default="", metavar="1,12,…", help="Only these Action Units.")


def out(default: str) -> Callable[[Command], Command]:
    """The option that names the three files."""
    return click.option(
        "--out",
        default=default,
        show_default=True,
        type=click.Path(path_type=Path),
        help="Name of the files: .png, .pdf and .csv.",
    )


@click.group()
def command() -> None:
    """Study a trained run, or a setting: a figure as PNG and PDF, its numbers as CSV."""


@command.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--subject", help="Whose; a key or an id.  [default: the first tested]")
@click.option("--session", help="Which recording.  [default: the first]")
@click.option("--view", type=int, help="Which view.  [default: the first]")
@AUS
@PACK
@out("time")
def time(
    *,
    run: Path,
    subject: str | None,
    session: str | None,
    view: int | None,
    aus: str,
    named: Path | None,
    out: Path,
) -> None:
    """Draw labels and predictions of the finished run RUN over time (Fan & Lin 2020, Fig. 5)."""
    from aubench.study.course import follow, write
    from aubench.study.files import Files

    files = Files.named(out)
    tested = _tested(run, named)
    write(follow(tested, subject, session, view, _units(aus)), tested, files)
    click.echo(f"wrote {files}")


@command.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--frame", "frames", multiple=True, metavar="SUBJECT:FRAME", help="May be repeated.")
@click.option(
    "--faces",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="Where no frame is named: of so many people, the most expressive by its labels.",
)
@AUS
@PACK
@DEVICE
@out("maps")
def maps(
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
    from aubench.study.files import Files
    from aubench.study.maps import choose, look, named_frames, write

    files = Files.named(out)
    tested = _tested(run, named)
    places = tested.places(_units(aus))
    expected = tested.expected()
    if frames:
        rows = named_frames(expected, frames)
    else:
        rows = choose(expected, tested.labels(expected)[:, places], faces)
    seen = look(tested, rows, places, resolve_device(device))
    write(seen, [tested.protocol.aus[place] for place in places], tested, files)
    click.echo(f"wrote {files}")


@command.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN...")
@click.option(
    "--levels",
    default="0,5,10,15,20,25,30,35,40,45,50,55",
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
@PACK
@DEVICE
@out("noise")
def noise(
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
    from aubench.study.curves import Chart, Curve, write
    from aubench.study.files import Files
    from aubench.study.noise import noise_scores
    from aubench.study.tested import refuse_apart, warnings
    from aubench.study.uncropped import FromCorpus, FromPack

    files = Files.named(out)
    wanted = _levels(levels)
    studied = [_tested(run, named) for run in runs]
    refuse_apart(studied)
    first = studied[0]
    origin = FromPack(first.pack) if source is None else FromCorpus(source, first.pack)
    total = len(first.expected()) * len(wanted) * len(studied)
    chosen = resolve_device(device)
    with _counting("predicting", total) as advance:
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
        metric=_metric(metric, first),
        aus=first.protocol.aus,
        curves=curves,
    )
    write(chart, files)
    click.echo(f"wrote {files}")


def _tested(run: Path, named: Path | None) -> Tested:
    """The run with its pack; a twin is made if it must be."""
    from rich.console import Console

    from aubench.cli.progress import TwinProgress
    from aubench.study.tested import open_tested

    with TwinProgress(Console(stderr=True)) as making:
        return open_tested(run, named, making)


def _units(text: str) -> tuple[int, ...]:
    """Action Units from ``1,12``; none from nothing."""
    try:
        return tuple(dict.fromkeys(int(word) for word in filter(None, text.split(","))))
    except ValueError:
        raise AubenchError(f"--aus {text}", mend="write numbers with commas: 1,12") from None


@contextmanager
def _counting(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal; what it gives is told how many more are done."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task(what, total=total)
        yield lambda count: bars.advance(task, count)


def _levels(text: str) -> tuple[float, ...]:
    """Levels of noise, ascending, from ``0,5,10``."""
    try:
        levels = sorted({float(word) for word in text.split(",")})
    except ValueError:
        levels = []
    if not levels or not 0 <= levels[0] <= levels[-1] < float("inf"):
        raise AubenchError(f"--levels {text}", mend="write pixels with commas: 0,5,10")
    return tuple(levels)


def _metric(name: str | None, tested: Tested) -> str:
    """The metric to draw."""
    known = tested.record.scores["raw"]
    if name is not None and name not in known:
        raise AubenchError(f"no metric {name!r} here", mend=f"choose {', '.join(known)}")
    return name or tested.protocol.rank_by
