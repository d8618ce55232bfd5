"""``aubench study time``: labels and predictions over time."""

from __future__ import annotations

from pathlib import Path

import click

from aubench.cli.figures.study.options import (
    AUS_OPTION,
    PACK_OPTION,
    open_run_and_pack,
    out_option,
    units,
)


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--subject", help="Whose; a key or an id.  [default: the first tested]")
@click.option("--session", help="Which recording.  [default: the first]")
@click.option("--view", type=int, help="Which view.  [default: the first]")
@AUS_OPTION
@PACK_OPTION
@out_option("time")
def command(
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
    from aubench.figures.files import Files
    from aubench.figures.study.timeline import follow, write

    files = Files.named(out)
    tested = open_run_and_pack(run, named)
    write(follow(tested, subject, session, view, units(aus)), tested, files)
    click.echo(f"wrote {files}")
