"""What the studies' commands share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aubench.errors import AubenchError

if TYPE_CHECKING:
    from aubench.figures.study.tested import Tested
    from aubench.protocol import Protocol

Command = Callable[..., Any]

PACK_OPTION = click.option(
    "--pack",
    "named",
    type=click.Path(path_type=Path),
    help="What the run was tested on; else the configured pack; else the synthetic twin.",
)
DEVICE_OPTION = click.option(
    "--device", default="auto", show_default=True, help="cpu, cuda, cuda:1, mps."
)
AUS_OPTION = click.option("--aus", default="", metavar="1,12,…", help="Only these Action Units.")


def out_option(default: str) -> Callable[[Command], Command]:
    """The option that names the three files."""
    return click.option(
        "--out",
        default=default,
        show_default=True,
        type=click.Path(path_type=Path),
        help="Name of the files: .png, .pdf and .csv.",
    )


def open_run_and_pack(run: Path, named: Path | None) -> Tested:
    """The run with its pack; a twin is made if it must be."""
    from rich.console import Console

    from aubench.cli.progress import TwinProgress
    from aubench.figures.study.tested import open_tested

    with TwinProgress(Console(stderr=True)) as making:
        return open_tested(run, named, making)


def units(text: str) -> tuple[int, ...]:
    """Action Units from ``1,12``; none from nothing."""
    try:
        return tuple(dict.fromkeys(int(word) for word in filter(None, text.split(","))))
    except ValueError:
        raise AubenchError(f"--aus {text}", mend="write numbers with commas: 1,12") from None


@contextmanager
def counting(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal; what it gives is told how many more are done."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task(what, total=total)
        yield lambda count: bars.advance(task, count)


def metric_of(name: str | None, protocol: Protocol) -> str:
    """The metric to draw: the one named, or the protocol's own.

    Raises:
        AubenchError: If it is none of this task.
    """
    from aubench.metrics.scores import metrics_for

    known = metrics_for(protocol.task)
    if name is not None and name not in known:
        raise AubenchError(f"no metric {name!r} here", mend=f"choose {', '.join(known)}")
    return name or protocol.rank_by
