"""The survey of a corpus as text for a terminal, a file or a pipe."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from aubench.corpora.survey.corpus import Survey
from aubench.corpora.survey.finding import Finding
from aubench.errors import printable
from aubench.report.corpus.overview import (
    STATUS,
    SYNTHETIC,
    au_heads,
    au_rows,
    codings,
    counted,
    facts,
    subject_table,
)

COLOURS = {"fault": "red", "gap": "yellow", "doubt": "cyan"}
STATE_COLOURS = {"whole": "green", "partial": "yellow", "unusable": "red"}
STATUS_COLOURS = ("green", "yellow", "red")


def show(survey: Survey, console: Console) -> None:
    """Print ``survey`` on ``console``."""
    title = printable(f"{survey.corpus} in {survey.source}")
    console.print(Text(title, style="bold"), soft_wrap=True)
    if survey.synthetic:
        console.print(Text(SYNTHETIC, style="bold magenta"))
    overview = [(fact.name, fact.there, fact.should) for fact in facts(survey)]
    _table(console, "", ("", "there", "should be"), overview, left=1)
    if survey.subjects:
        heads, *rows = subject_table(survey)
        _table(console, "subjects", heads, rows, left=2)
    for coding, tally in codings(survey):
        _table(console, f"{coding}: frames a level", au_heads(tally), au_rows(tally), left=2)
    _findings(console, survey.findings)
    verdict = Text(f"{survey.corpus}: ")
    verdict.append(STATUS[survey.status], style=f"bold {STATUS_COLOURS[survey.status]}")
    verdict.append(f": {counted(survey)}")
    console.print(verdict, soft_wrap=True)


def _table(
    console: Console,
    title: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    left: int,
) -> None:
    """Print a table whose first ``left`` columns are words and whose others are numbers."""
    table = Table(
        title=title or None,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
        header_style="dim",
    )
    for place, head in enumerate(heads):
        if place < left:
            table.add_column(head, overflow="ellipsis", no_wrap=True)
        else:
            table.add_column(head, justify="right")
    for row in rows:
        table.add_row(*(Text(printable(cell), style=STATE_COLOURS.get(cell, "")) for cell in row))
    console.print(table)


def _findings(console: Console, findings: Sequence[Finding]) -> None:
    """Print one line per finding; in a terminal, long lines are folded."""
    if not console.is_terminal:
        for finding in findings:
            console.print(Text(printable(str(finding))), soft_wrap=True)
    else:
        grid = Table.grid(padding=(0, 1))
        for finding in findings:
            told = Text.assemble(
                (printable(finding.where), "bold"),
                printable(f": {finding.what}; "),
                (printable(finding.mend), "italic"),
            )
            grid.add_row(Text(finding.weight, style=COLOURS[finding.weight]), told)
        console.print(grid)
    if findings:
        console.print()
