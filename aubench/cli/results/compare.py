"""``aubench compare``: whether one result is better than others on the same people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from aubench.cli import options
from aubench.cli.results.compare_lines import many_lines, two_lines, what_lines
from aubench.errors import AubenchError
from aubench.evaluation.records import Record, read_record
from aubench.metrics.best import against_best
from aubench.metrics.comparison import compare
from aubench.metrics.groups import from_table
from aubench.metrics.paired import paired


@click.command(
    epilog=options.example("aubench compare runs/disfa3fold/adapt/ID runs/disfa3fold/mean/ID")
)
@click.argument("results", type=options.PATH, nargs=-1, required=True)
@click.option(
    "--metric", show_default="ICC, or F1 for occurrence", help="One of the records' metrics."
)
@click.option(
    "--variant",
    default="raw",
    show_default=True,
    help="Predictions to compare: raw, or a variant of the protocol.",
)
def command(*, results: tuple[Path, ...], metric: str | None, variant: str) -> None:
    """Compare the results in two or more folders, paired by subject.

    Of two, A and B, prints each difference A − B with its 95 % interval and the p-value of the same
    test, which swaps their predictions person by person, corrected by Holm over the AUs; then
    P(A > B), the share of people on whom A is better. Of more, prints all against the best by one
    test that corrects for their number. Where p is 0.05 or more, two results are "not
    distinguishable": neither a difference nor its absence was shown.
    """
    paths = [path / "record.json" if path.is_dir() else path for path in results]
    records = [read_record(path) for path in paths]
    _check_one_test(records)
    name = _chosen(metric, records[0])
    for record, path in zip(records, paths, strict=True):
        if variant not in record.moments:
            known = ", ".join(record.moments)
            raise AubenchError(f"no variant {variant!r}", mend=f"choose {known}", path=path)
    moments = [from_table(record.moments[variant]) for record in records]
    click.echo("\n".join(what_lines(records, name, variant)) + "\n")
    if len(records) == 2:
        lines = two_lines(compare(moments[0], moments[1], name), records[0], records[1])
    else:
        for other in moments[1:]:
            paired(moments[0], other)
        lines = many_lines(against_best(moments, name), records, name)
    click.echo("\n".join(lines))


def _check_one_test(records: Sequence[Record]) -> None:
    """Refuse results of different protocols or corpora."""
    first = records[0]
    if len(records) < 2:
        raise AubenchError("one result only", mend="name two or more folders")
    for record in records[1:]:
        if first.protocol_hash != record.protocol_hash:
            raise AubenchError(
                f"{first.protocol} ({first.protocol_hash}) and {record.protocol} "
                f"({record.protocol_hash}) are different tests",
                mend="compare results of one protocol",
            )
        if first.corpus.synthetic != record.corpus.synthetic:
            raise AubenchError(
                "one is of real faces, the other of synthetic ones",
                mend="compare results on the same frames of the same corpus",
            )


def _chosen(metric: str | None, record: Record) -> str:
    """The metric asked for, or the first of the record."""
    known = record.scores.get("raw", {})
    if not known:
        raise AubenchError(
            f"run {record.run_id} has no score: its test labels are not public",
            mend="compare results that were scored",
        )
    if metric is None:
        return next(iter(known))
    if metric not in known:
        raise AubenchError(f"no metric {metric!r} here", mend=f"choose {', '.join(known)}")
    return metric
