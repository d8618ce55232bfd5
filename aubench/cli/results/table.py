"""``aubench table``: our runs beside published numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from aubench.cli import options
from aubench.cli.terminal import say
from aubench.errors import AubenchError
from aubench.evaluation.calibration import CALIBRATED
from aubench.evaluation.checks.agreement import believable
from aubench.evaluation.records import Record, find_records
from aubench.metrics import METRICS
from aubench.published import find_paper
from aubench.registry import find, plugins
from aubench.report import render
from aubench.report.leaderboard import leaderboard
from aubench.report.model import Table
from aubench.report.papers.paper_table import paper_table
from aubench.report.run_rows import View

DEFAULT_PROTOCOL = "disfa3fold"


@click.command(
    epilog=options.example(
        "aubench table --protocol disfa3fold --metric icc",
        "aubench table --paper ntinou2020:2 --format latex",
    )
)
@click.option(
    "--metric",
    type=click.Choice(tuple(METRICS)),
    show_default="the one that the protocol ranks by",
    help="Metric to show.",
)
@click.option(
    "--protocol",
    show_default="those with runs, or else disfa3fold",
    help="Protocol to show; see 'aubench list protocols'.",
)
@click.option(
    "--paper",
    metavar="KEY[:TABLE]",
    help="Print the tables of a paper instead, or one of them (ntinou2020:2); see 'aubench list "
    "papers'.",
)
@options.results
@click.option(
    "--variant",
    type=click.Choice(("raw", "clamped", "rounded", CALIBRATED)),
    default="raw",
    show_default=True,
    help="Predictions of our runs to score: as they are, clamped to 0–5, rounded, or calibrated on "
    "the validation people, which is never ranked with published rows.",
)
@click.option("--intervals", is_flag=True, help="Also show the 95 % intervals of our runs.")
@options.output_format
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
    """Print our runs beside the numbers that papers have published.

    A row is a method with its settings over its seeds, computed anew from the moments in the
    records. Runs on synthetic or incomplete data, and published rows of another test or quoted from
    other papers, stand in sections of their own, never in one ranking with official runs. Runs that
    only show the effect of a setting ('aubench study sensitivity') are left out.
    """
    if not results.is_dir():
        say(f"{results}: no such folder, so no runs are shown; --results names another", err=True)
    found = list(find_records(results, lambda error: say(f"broken: {error}", err=True)))
    _say_left_out([record for _, record in found])
    records, doubts = believable((path, record) for path, record in found if not record.sweep)
    for line in doubts:
        say(line, err=True)
    view = View(metric or "", variant, intervals)
    if paper is not None and variant == CALIBRATED:
        what = "calibrated predictions are never shown beside published numbers"
        raise AubenchError(what, mend="leave out --paper or --variant")
    if paper is not None:
        tables = _paper(paper, records, view)
    else:
        tables = _protocols(protocol, records, view)
    click.echo(render(tables, style))


def _say_left_out(records: Sequence[Record]) -> None:
    """Say how many runs a table leaves out because they were made for a sweep alone."""
    swept = Counter(record.sweep for record in records if record.sweep)
    if swept:
        named = ", ".join(f"{count} of {setting}" for setting, count in sorted(swept.items()))
        say(
            f"left out, runs of sweeps: {named}; 'aubench study sensitivity' draws them, and "
            "'aubench run' with the settings of one makes it a row",
            err=True,
        )


def _paper(key: str, records: Sequence[Record], view: View) -> list[Table]:
    """One table of a paper, or all of them."""
    name, _, number = key.partition(":")
    paper = find_paper(name)
    return [paper_table(paper, n, records, view) for n in ([number] if number else paper.tables)]


def _protocols(name: str | None, records: Sequence[Record], view: View) -> list[Table]:
    """The table of one protocol, or of each that has runs."""
    ran = sorted({record.protocol for record in records})
    strange = [each for each in ran if each not in plugins("protocols")]
    if strange and not name:
        say(f"left out, protocol not installed: {', '.join(strange)}", err=True)
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
