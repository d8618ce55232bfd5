"""``aubench study``: figures of trained runs, and of settings, with the numbers in them."""

from __future__ import annotations

from collections.abc import Callable
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
