"""``aubench compare``: whether one result is better than another on the same people."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

import click
from tabulate import tabulate

from aubench.action_units import column
from aubench.cli import options
from aubench.errors import AubenchError
from aubench.evaluation.records import Record, read_record
from aubench.metrics.comparison import Comparison, compare
from aubench.metrics.groups import from_table
from aubench.metrics.scores import METRICS

VERDICTS = {"a": "A", "b": "B", None: "not distinguishable"}


@click.command(
    epilog=options.example("aubench compare runs/disfa3fold/adapt/ID runs/disfa3fold/mean/ID")
)
@click.argument("a", type=options.PATH)
@click.argument("b", type=options.PATH)
@click.option(
    "--metric", show_default="ICC, or F1 for occurrence", help="One of the records' metrics."
)
@click.option(
    "--variant",
    default="raw",
    show_default=True,
    help="Predictions to compare: raw, or a variant of the protocol.",
)
def command(*, a: Path, b: Path, metric: str | None, variant: str) -> None:
    """Compare the results in the folders A and B, paired by subject.

    Prints each difference A − B with its 95 % interval (subjects resampled) and the p-value of the
    paired randomisation test, corrected by Holm over the AUs. Where that is 0.05 or more, the two
    are "not distinguishable": neither a difference nor its absence was shown.
    """
    paths = [path / "record.json" if path.is_dir() else path for path in (a, b)]
    first, second = records = [read_record(path) for path in paths]
    if first.protocol_hash != second.protocol_hash:
        raise AubenchError(
            f"{first.protocol} ({first.protocol_hash}) and {second.protocol} "
            f"({second.protocol_hash}) are different tests",
            mend="compare results of one protocol",
        )
    if first.corpus.synthetic != second.corpus.synthetic:
        raise AubenchError(
            "one is of real faces, the other of synthetic ones",
            mend="compare results on the same frames of the same corpus",
        )
    name = _chosen(metric, first)
    for record, path in zip(records, paths, strict=True):
        if variant not in record.moments:
            known = ", ".join(record.moments)
            raise AubenchError(f"no variant {variant!r}", mend=f"choose {known}", path=path)
    moments = [from_table(record.moments[variant]) for record in records]
    found = compare(moments[0], moments[1], name)
    click.echo("\n".join(lines(found, first, second)))


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


def lines(found: Comparison, a: Record, b: Record) -> list[str]:
    """The comparison as lines: a title, a table and a verdict."""
    rows = [
        [
            column(au),
            *_cells(found.a[place], found.b[place], found.interval[place]),
            _p(found.p[place]),
            _p(found.holm[place]),
            VERDICTS[found.better_at(place)],
        ]
        for place, au in enumerate(a.aus)
    ]
    mean = _cells(found.a.mean(), found.b.mean(), found.mean_interval)
    rows.append(["mean", *mean, _p(found.mean_p), "", VERDICTS[found.better]])
    header = ["", "A", "B", "A − B", "95 % interval", "p", "p (Holm)", "better"]
    align = ("left", "right", "right", "right", "left", "right", "right", "left")
    table = tabulate(rows, header, colalign=align, disable_numparse=True)
    title = METRICS[found.metric].title
    names = f"A = {a.method.name} ({a.run_id}), B = {b.method.name} ({b.run_id})"
    verdict = {
        "a": f"{a.method.name} (A) is better",
        "b": f"{b.method.name} (B) is better",
        None: "not distinguishable",
    }[found.better]
    return [
        f"{title} under {a.protocol}, {found.subjects} subjects, {a.status} and {b.status}",
        names,
        "",
        *table.split("\n"),
        "",
        f"mean {title}: {verdict} ({f'p = {_p(found.mean_p)}'.replace('= <', '<')})",
    ]


def _cells(a: float, b: float, interval: Iterable[float]) -> list[str]:
    low, high = interval
    ends = "–" if math.isnan(low) else f"{low:+z.3f} … {high:+z.3f}"
    shown = ["–" if math.isnan(value) else f"{value:z.3f}" for value in (a, b)]
    return [*shown, "–" if math.isnan(a - b) else f"{a - b:+z.3f}", ends]


def _p(value: float) -> str:
    if math.isnan(value):
        return "–"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
