"""``aubench score``: any tool's predictions under a protocol."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from aubench.cli import options
from aubench.errors import AubenchError
from aubench.importers.tools import TOOLS

if TYPE_CHECKING:
    from aubench.evaluation.records import Record
    from aubench.metrics.groups import GroupField

PARTS = ("fold", "subject", "view", "level")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@options.protocol
@options.packs
@click.option(
    "--from",
    "tool",
    type=click.Choice(tuple(TOOLS)),
    help="Whose files; else by the file's ending.",
)
@click.option(
    "--columns", metavar="AU06=NAME,frame=NAME,…", default="", help="Columns of other names."
)
@click.option(
    "--first-frame",
    type=click.IntRange(0, 1),
    help="The number that the files give to a recording's first frame.",
)
@click.option("--allow-partial", is_flag=True, help="Score what there is; the result is partial.")
@click.option("--name", help="What tables call it; the tool's or the file's name by default.")
@click.option("--intervals", is_flag=True, help="Show the 95 % interval of every AU too.")
@click.option("--by", type=click.Choice(PARTS), help="Also the ranking metric of each of these.")
@options.results
def command(
    *,
    file: Path,
    protocol: str,
    named: tuple[Path, ...],
    tool: str | None,
    columns: str,
    first_frame: int | None,
    allow_partial: bool,
    name: str | None,
    intervals: bool,
    by: GroupField | Literal["level"] | None,
    results: Path,
) -> None:
    """Score FILE, a table of predictions or a folder of one table a recording.

    Rows are joined to the protocol's test frames by subject, session, view and frame number, never
    by their position. The result is kept like that of a run, for 'aubench table'.
    """
    from rich.console import Console

    from aubench.cli.progress import TwinProgress
    from aubench.cli.results.score_lines import breakdown_lines, coverage_lines, score_lines
    from aubench.experiment.packs import resolve_test_pack
    from aubench.importers.evaluate import Submission, evaluate
    from aubench.protocol import Protocol
    from aubench.registry import find

    wanted: Protocol = find("protocols", protocol)
    if not file.exists():
        raise AubenchError("no such file or folder", mend="check the path", path=file)
    kind = TOOLS[tool or ("parquet" if file.suffix == ".parquet" else "csv")]
    submission = Submission(
        path=file,
        tool=kind,
        name=name or (kind.name if kind.lenient else file.stem),
        columns=_pairs(columns),
        first_frame=first_frame,
        allow_partial=allow_partial,
    )
    with TwinProgress(Console(stderr=True)) as making:
        pack = resolve_test_pack(wanted, named, making)
    record, folder = evaluate(submission, wanted, pack, results)
    _warn(record)
    lines = [*score_lines(record, intervals), "", *coverage_lines(record)]
    if by is not None:
        lines += ["", *breakdown_lines(record, by, wanted.rank_by)]
    click.echo("\n".join((*lines, "", f"kept in {folder}")))


def _warn(record: Record) -> None:
    """Say loudly what the numbers are not."""
    if record.corpus.synthetic:
        corpus = record.corpus.name.upper()
        click.secho(f"SYNTHETIC: the labels are not those of {corpus}.", fg="yellow", bold=True)
    elif record.status == "partial":
        click.secho("PARTIAL: not comparable with complete results.", fg="yellow", bold=True)


def _pairs(text: str) -> dict[str, str]:
    """``A=B,C=D`` as a mapping."""
    pairs = {}
    for pair in filter(None, text.split(",")):
        key, equals, value = pair.partition("=")
        if not equals:
            raise AubenchError(f"--columns {pair}", mend="write --columns AU06=NAME,frame=NAME")
        pairs[key.strip()] = value.strip()
    return pairs
