"""``aubench compare``: whether one result is better than others on the same people."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import click

from aubench.cli import options
from aubench.cli.results.compare_lines import (
    many_lines,
    one_seed_lines,
    seed_lines,
    two_lines,
    what_lines,
)
from aubench.cli.terminal import say
from aubench.errors import AubenchError
from aubench.evaluation.records import Record, read_record
from aubench.evaluation.run_folder import RECORD, run_folder
from aubench.metrics.best import against_best
from aubench.metrics.comparison import compare
from aubench.metrics.paired import paired
from aubench.report.runs.method_runs import method_runs


@click.command(
    epilog=options.example(
        "aubench compare runs/disfa3fold/adapt/ID runs/disfa3fold/mean/ID",
        "aubench compare runs/disfa3fold/adapt/* runs/disfa3fold/scratch/*",
    )
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

    Runs of one method that differ in their seed only are one result, the mean of its seeds. Of two
    results, A and B, prints each difference A − B with its 95 % interval and the p-value of the
    same test, corrected by Holm over the AUs; then P(A > B), the share of people on whom A is
    better. With one run each, the test swaps their predictions person by person; with several
    seeds, it is Student's t over people and seeds. Of more, prints all against the best by one test
    that corrects for their number. Where p is 0.05 or more, two results are "not distinguishable":
    neither a difference nor its absence was shown. Of seeds of one method alone, prints their
    spread.
    """
    paths = [path if path.is_file() else run_folder(path) / RECORD for path in results]
    records = [read_record(path) for path in paths]
    _check_one_test(records)
    name = _chosen(metric, records[0])
    for record, path in zip(records, paths, strict=True):
        if variant not in record.moments:
            known = ", ".join(record.moments)
            raise AubenchError(f"no variant {variant!r}", mend=f"choose {known}", path=path)
    rows = method_runs(records)
    if len(rows) == len(rows[0].records) == 1:
        raise AubenchError("one result only", mend="name two or more folders, of different runs")
    moments = [row.moments(variant) for row in rows]
    lines = what_lines(rows, name, variant)
    if len(rows) == 1:
        lines += seed_lines(rows[0], moments[0], name)
    elif len(rows) == 2:
        found = compare(moments[0], moments[1], name)
        lines += two_lines(found, rows[0].first, rows[1].first) + one_seed_lines(rows)
    else:
        for run in chain(*moments):
            paired(moments[0][0], run)
        lines += many_lines(against_best(moments, name), rows, name) + one_seed_lines(rows)
    say(*lines)


def _check_one_test(records: Sequence[Record]) -> None:
    """Refuse results of different protocols or corpora."""
    first = records[0]
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
