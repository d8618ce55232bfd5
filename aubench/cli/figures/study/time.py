"""``aubench study time``: labels and predictions over time."""

from __future__ import annotations

from pathlib import Path

import click

from aubench.cli import options
from aubench.cli.figures.study.shared import open_run_and_pack, out_option
from aubench.cli.terminal import say
from aubench.figures.files import FigureFiles
from aubench.figures.study.timeline import recording_timeline, write


@click.command(
    short_help="Draw labels and predictions over time.",
    epilog=options.example(
        "aubench study time runs/disfa3fold/adapt/ID --subject SN032 --aus 6,12"
    ),
)
@click.argument("run", type=options.PATH)
@click.option(
    "--subject", show_default="the first", help="Subject to draw: a key (disfa/SN001) or an id."
)
@click.option("--session", show_default="the first", help="Recording to draw.")
@click.option("--view", type=int, show_default="the first", help="Camera view to draw.")
@options.only_aus
@options.tested_pack
@out_option("time")
def command(
    *,
    run: Path,
    subject: str | None,
    session: str | None,
    view: int | None,
    aus: tuple[int, ...],
    named: Path | None,
    out: Path,
) -> None:
    """Draw labels and predictions of the finished run RUN over time (Fan & Lin 2020, Fig. 5)."""
    files = FigureFiles.named(out)
    tested = open_run_and_pack(run, named)
    write(recording_timeline(tested, subject, session, view, aus), tested, files)
    say(f"wrote {files}")
