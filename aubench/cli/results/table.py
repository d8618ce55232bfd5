"""``aubench table``: our runs beside published numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from aubench.cli import completion, options
from aubench.cli.terminal import say
from aubench.errors import AubenchError
from aubench.evaluation.calibration import CALIBRATED
from aubench.evaluation.checks.agreement import believable
from aubench.evaluation.records import Record, find_records
from aubench.metrics import METRICS, metrics_for
from aubench.protocol import Protocol
from aubench.published import find_paper
from aubench.registry import find, plugins
from aubench.report import render
from aubench.report.chosen import chosen, renamed
from aubench.report.leaderboard import leaderboard
from aubench.report.model import Table
from aubench.report.papers.paper_table import paper_table
from aubench.report.run_rows import View

DEFAULT_PROTOCOL = "disfa3fold"


@click.command(
    epilog=options.example(
        "aubench table --protocol disfa3fold --metric icc",
        "aubench table --paper ntinou2020:2 --format latex",
        "aubench table --only adapt,scratch --rename adapt=Ours --format latex",
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
    shell_complete=completion.names("protocols"),
    show_default="those with runs, or else disfa3fold",
    help="Protocol to show; see 'aubench list protocols'.",
)
@click.option(
    "--paper",
    shell_complete=completion.names("papers"),
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
@options.word_list(
    "--only", help="Rows to show, by the names of methods or of published rows: adapt,scratch."
)
@click.option(
    "--rename",
    "renames",
    multiple=True,
    metavar="ROW=NAME",
    help="Show a row under another name, adapt=Ours; may be repeated.",
)
@options.output_format
def command(
    *,
    metric: str | None,
    protocol: str | None,
    paper: str | None,
    results: Path,
    variant: str,
    intervals: bool,
    only: tuple[str, ...],
    renames: tuple[str, ...],
    style: str,
) -> None:
    """Print our runs beside the numbers that papers have published.

    A row is a method with its settings over its seeds, computed anew from the moments in the
    records. Runs on synthetic or incomplete data, and published rows of another test or quoted from
    other papers, stand in sections of their own, never in one ranking with official runs. Runs that
    only show the effect of a setting ('aubench study sensitivity') are left out.
    """
    names = _pairs(renames)
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
    click.echo(render(renamed(chosen(tables, only), names), style))


def _pairs(texts: Sequence[str]) -> dict[str, str]:
    """``ROW=NAME`` texts as a mapping."""
    pairs = {}
    for text in texts:
        old, equals, new = text.partition("=")
        if not (equals and old.strip() and new.strip()):
            raise AubenchError(f"--rename {text}", mend="write --rename ROW=NAME")
        pairs[old.strip()] = new.strip()
    return pairs


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
        raise _no_rows(protocols, view.metric, any(each in ran for each in names))
    return found


def _no_rows(protocols: Sequence[Protocol], metric: str, ran: bool) -> AubenchError:
    """Why there is nothing to show under ``protocols``.

    Args:
        protocols: Those that were asked for.
        metric: As typed; empty for the one that a protocol ranks by.
        ran: Whether there are runs under one of them.
    """
    first = protocols[0]
    fitting = metrics_for(first.task)
    if metric and metric not in fitting:
        what = f"{first.name} is a protocol of {first.task}, {metric} is not"
        return AubenchError(what, mend=f"choose --metric {' or '.join(fitting)}")
    named = ", ".join(each.name for each in protocols)
    if ran:
        what = f"the runs under {named} have no score to show"
        return AubenchError(what, mend="'aubench info RUN' says why; choose another --variant")
    return AubenchError(
        f"no run and no published row under {named}",
        mend=f"make one: aubench run --method adapt --protocol {first.name}; runs of another "
        "folder are shown by --results FOLDER",
    )
