"""``aubench score``: score the predictions of any tool under a protocol."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import click

from aubench.action_units import MAX_INTENSITY
from aubench.cli import options
from aubench.cli.progress import TwinProgress
from aubench.cli.results.score_lines import breakdown_lines, coverage_lines, score_lines
from aubench.cli.terminal import say
from aubench.errors import AubenchError
from aubench.evaluation.records import Record
from aubench.experiment.packs import resolve_test_pack
from aubench.importers.evaluate import Submission, evaluate
from aubench.importers.tool import Tool
from aubench.importers.tools import TOOLS
from aubench.io.text import in_utf8
from aubench.metrics.groups import GroupField
from aubench.protocol import Protocol
from aubench.registry import find

PARTS = ("fold", "subject", "view", "level")


@click.command(
    epilog=options.example("aubench score predictions.csv --protocol disfa3fold --name my-method")
)
@click.argument("file", type=options.PATH)
@options.protocol
@options.packs
@click.option(
    "--from",
    "tool",
    type=click.Choice(tuple(TOOLS)),
    show_default="csv or parquet, by the file's ending",
    help="Program that wrote the predictions. Read from files of "
    + ", ".join(f"{kind.release} ({kind.name})" for kind in TOOLS.values() if kind.release)
    + ".",
)
@click.option(
    "--columns",
    metavar="AU06=NAME,frame=NAME,…",
    default="",
    help="Names of columns that differ from the expected ones.",
)
@click.option(
    "--first-frame",
    type=click.IntRange(0, 1),
    show_default="as the tool counts",
    help="Number that FILE gives to the first frame of a recording.",
)
@click.option(
    "--fill",
    metavar="VALUE|none",
    show_default="as the tool writes, or 0; none for csv and parquet",
    help="What a test frame counts as that FILE does not predict; 'none' leaves it out.",
)
@click.option(
    "--allow-partial",
    is_flag=True,
    help="Score what there is if test frames are missing; the result is marked as partial.",
)
@click.option(
    "--name", show_default="the name of the tool or of FILE", help="Name to show in tables."
)
@click.option("--intervals", is_flag=True, help="Also print the 95 % interval of every AU.")
@click.option(
    "--by",
    type=click.Choice(PARTS),
    help="Also print the scores of each fold, subject, view or labelled intensity.",
)
@options.results
def command(
    *,
    file: Path,
    protocol: str,
    named: tuple[Path, ...],
    tool: str | None,
    columns: str,
    first_frame: int | None,
    fill: str | None,
    allow_partial: bool,
    name: str | None,
    intervals: bool,
    by: GroupField | Literal["level"] | None,
    results: Path,
) -> None:
    """Score FILE, a table of predictions or a folder of one table per recording.

    Rows are matched to the protocol's test frames by subject, session, view and frame number, never
    by their position. A few lost frames count as --fill, and the score without them stands beside;
    who lacks more is partial. The result is kept like that of a run, for 'aubench table'.
    """
    wanted: Protocol = find("protocols", protocol)
    if not file.exists():
        raise AubenchError("no such file or folder", mend="check the path", path=file)
    if (file / "record.json").is_file():
        mend = f"it has its scores: see 'aubench info {file}', or check it, 'aubench verify {file}'"
        raise AubenchError("the folder of a run", mend=mend, path=file)
    if file.suffix == ".zip":
        raise AubenchError("a zip file", mend="unpack it, and name what is in it", path=file)
    kind = TOOLS[tool or ("parquet" if file.suffix == ".parquet" else "csv")]
    submission = Submission(
        path=file,
        tool=kind if fill is None else replace(kind, fill=_fill(fill, wanted)),
        name=in_utf8(_name(file, kind) if name is None else name),
        columns=_pairs(columns),
        first_frame=first_frame,
        allow_partial=allow_partial,
    )
    with TwinProgress() as making:
        pack = resolve_test_pack(wanted, named, making)
    record, folder = evaluate(submission, wanted, pack, results)
    _warn(record)
    lines = [*score_lines(record, intervals), "", *coverage_lines(record)]
    if by is not None:
        lines += ["", *breakdown_lines(record, by, wanted.rank_by)]
    say(*lines, "", f"kept in {folder}")


def _name(file: Path, tool: Tool) -> str:
    """What a result is called if the user says nothing."""
    return tool.name if tool.lenient else file.stem


def _warn(record: Record) -> None:
    """Print a warning if the numbers cannot be compared with others."""
    if record.corpus.synthetic:
        corpus = record.corpus.name.upper()
        click.secho(f"SYNTHETIC: the labels are not those of {corpus}.", fg="yellow", bold=True)
    elif record.status == "partial":
        click.secho("PARTIAL: not comparable with complete results.", fg="yellow", bold=True)


def _fill(text: str, protocol: Protocol) -> float | None:
    """``--fill`` as a number on the scale of the labels; None for ``none``."""
    if text == "none":
        return None
    highest = MAX_INTENSITY if protocol.task == "intensity" else 1.0
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= highest:
        raise AubenchError(f"--fill {text}", mend=f"give a number from 0 to {highest:g}, or none")
    return value


def _pairs(text: str) -> dict[str, str]:
    """``A=B,C=D`` as a mapping."""
    pairs = {}
    for pair in filter(None, text.split(",")):
        key, equals, value = pair.partition("=")
        if not equals:
            raise AubenchError(f"--columns {pair}", mend="write --columns AU06=NAME,frame=NAME")
        pairs[key.strip()] = value.strip()
    return pairs
