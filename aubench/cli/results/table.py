"""``aubench table``: records and published rows, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aubench.errors import AubenchError
from aubench.metrics import METRICS
from aubench.report import FORMATS, render

if TYPE_CHECKING:
    from aubench.evaluation.records import Record
    from aubench.report.leaderboard import View
    from aubench.report.model import Table

DEFAULT_PROTOCOL = "disfa3fold"


@click.command()
@click.option("--metric", type=click.Choice(tuple(METRICS)), help="Default: the protocol's own.")
@click.option("--protocol", help="Default: those with runs, or disfa3fold.")
@click.option("--paper", metavar="KEY[:TABLE]", help="Redraw a paper's table: ntinou2020:2.")
@click.option(
    "--results",
    type=click.Path(path_type=Path),
    default=Path("runs"),
    show_default=True,
    help="Folder of our runs.",
)
@click.option(
    "--variant",
    type=click.Choice(("raw", "clamped", "rounded")),
    default="raw",
    show_default=True,
    help="Predictions of our runs that are scored.",
)
@click.option("--intervals", is_flag=True, help="Show 95 % intervals under our rows.")
@click.option("--format", "style", type=click.Choice(FORMATS), default="text", show_default=True)
def command(
    *,
    metric: str | None,
    protocol: str | None,
    paper: str | None,
    results: Path,
    variant: str,
    intervals: bool,
    style: str,
) -> None:
    """Print our runs beside published rows.

    Runs on synthetic or incomplete data stand in sections of their own, never in one ranking with
    published rows.
    """
    from aubench.evaluation.records import find_records
    from aubench.report.leaderboard import View

    records = [record for _, record in find_records(results)]
    view = View(metric or "", variant, intervals)
    if paper is not None:
        tables = _paper(paper, records, view)
    else:
        tables = _protocols(protocol, records, view)
    click.echo(render(tables, style))


def _paper(key: str, records: Sequence[Record], view: View) -> list[Table]:
    """One table of a paper, or all."""
    from aubench.published import find_paper
    from aubench.report.paper_table import reprint

    name, _, number = key.partition(":")
    paper = find_paper(name)
    return [reprint(paper, n, records, view) for n in ([number] if number else paper.tables)]


def _protocols(name: str | None, records: Sequence[Record], view: View) -> list[Table]:
    """The table of one protocol, or of each that has runs."""
    from dataclasses import replace

    from aubench.registry import find, plugins
    from aubench.report.leaderboard import leaderboard

    ran = sorted({record.protocol for record in records})
    strange = [each for each in ran if each not in plugins("protocols")]
    if strange and not name:
        click.echo(f"left out, protocol not installed: {', '.join(strange)}", err=True)
    names = [name] if name else [e for e in ran if e not in strange] or [DEFAULT_PROTOCOL]
    protocols = [find("protocols", each) for each in names]
    tables = [
        leaderboard(each, replace(view, metric=view.metric or each.rank_by), records)
        for each in protocols
    ]
    found = [table for table in tables if table is not None]
    if not found:
        raise AubenchError(
            f"neither a run nor a published row of {', '.join(names)} has this metric",
            mend="choose another --metric, --protocol or --results",
        )
    return found
