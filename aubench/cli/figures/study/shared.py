"""What the commands of 'aubench study' share."""

from __future__ import annotations

from pathlib import Path

import click

from aubench.cli import options
from aubench.cli.progress import TwinProgress
from aubench.errors import AubenchError
from aubench.figures.study.tested_run import TestedRun, open_tested_run
from aubench.metrics.scores import metrics_for
from aubench.protocol import Protocol

metric_option = click.option(
    "--metric",
    show_default="the one that the protocol ranks by",
    help="Metric to draw, such as icc or f1; the CSV has all metrics.",
)


def out_option(default: str) -> options.Decorator:
    """The option that names the three files to write."""
    return click.option(
        "--out",
        default=default,
        show_default=True,
        type=options.PATH,
        help="Name of the files to write, without ending: .png, .pdf and .csv.",
    )


def open_run_and_pack(run: Path, named: Path | None) -> TestedRun:
    """The run in the folder ``run`` with its pack; the synthetic twin is made if it is missing."""
    with TwinProgress() as making:
        return open_tested_run(run, named, making)


def metric_of(name: str | None, protocol: Protocol) -> str:
    """The metric to draw: the one named, or the protocol's own.

    Raises:
        AubenchError: If the metric is none of the protocol's task.
    """
    known = metrics_for(protocol.task)
    if name is not None and name not in known:
        raise AubenchError(f"no metric {name!r} here", mend=f"choose {', '.join(known)}")
    return name or protocol.rank_by
