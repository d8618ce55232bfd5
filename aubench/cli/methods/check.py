"""``aubench check``: the conformance suite."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aubench.cli import options
from aubench.errors import AubenchError

if TYPE_CHECKING:
    from aubench.conformance import Finding
    from aubench.method import Method

SIZES = (64, 128)
"""Tried in this order, where none is named: a method may need more than the least."""

EPOCHS = 2
"""The fewest that can be interrupted."""

MARKS = {True: ("ok", "green"), False: ("FAIL", "red"), None: ("–", "yellow")}


@click.command()
@click.argument("method")
@options.settings
@click.option(
    "--size",
    type=click.IntRange(16, 2048),
    help=f"Pixels a side.  [default: {' or '.join(map(str, SIZES))}]",
)
def command(*, method: str, settings: tuple[str, ...], size: int | None) -> None:
    """Check that METHOD does what the harness relies on, on a few synthetic faces.

    One line a check; exit status 1 if any fails. Where the method has a setting ``epochs``, it is 2
    unless --set says otherwise.
    """
    from aubench.settings import parse_overrides

    failed = 0
    for finding in findings(method, parse_overrides(settings), SIZES if size is None else (size,)):
        failed += finding.passed is False
        mark, colour = MARKS[finding.passed]
        click.echo(f"{click.style(f'{mark:<4}', colour)}  {finding.name:<24}  {finding.reason}")
    click.echo(f"{method}: {f'{failed} failed' if failed else 'conforms'}")
    sys.exit(1 if failed else 0)


def findings(name: str, overrides: dict[str, str], sizes: tuple[int, ...]) -> Iterator[Finding]:
    """What came of every check of the method ``name``.

    Raises:
        AubenchError: If it refuses every one of ``sizes``, or this kind of task.
    """
    from aubench.conformance import check_declaration
    from aubench.experiment.plan import make_method
    from aubench.registry import find, plugins

    base = name.partition("/")[0]
    kind: type[Method] = find("methods", base)
    declared = list(check_declaration(kind, plugins("methods")[base].written_summary()))
    yield from declared
    if not all(finding.passed for finding in declared if finding.name == "settings"):
        return
    if "epochs" in {field.name for field in dataclasses.fields(kind.Settings)}:
        overrides = {"epochs": str(EPOCHS)} | overrides
    yield from tried(lambda: make_method(name, overrides), sizes)


def tried(make: Callable[[], Method], sizes: tuple[int, ...]) -> Iterator[Finding]:
    """How the method behaves at the first of ``sizes`` that it does not refuse."""
    from tempfile import TemporaryDirectory

    from rich.console import Console

    from aubench.cli.progress import TwinProgress
    from aubench.conformance import AUS, check_behaviour, draw_sample
    from aubench.method import RunContext

    _refuse_skipped(make())
    for size in sizes:
        with TemporaryDirectory() as folder:
            make().check(RunContext(AUS, Path(folder), synthetic=True))
            with TwinProgress(Console(stderr=True)) as making:
                sample = draw_sample(size, making)
            behaviour = check_behaviour(make, sample, Path(folder))
            try:
                first = next(behaviour)
            except AubenchError:
                if size == sizes[-1]:
                    raise
                continue
            click.echo(f"      at {size}×{size} pixels, AUs {', '.join(map(str, AUS))}")
            yield first
            yield from behaviour
            return


def _refuse_skipped(method: Method) -> None:
    """Raise if the method cannot estimate the intensities of the sample's AUs."""
    from aubench.conformance import AUS
    from aubench.protocol import Fold, Protocol

    protocol = Protocol(
        name="check",
        title="Conformance",
        task="intensity",
        corpora=("disfa",),
        aus=AUS,
        folds=(Fold(name="0", train=(), valid=(), test=()),),
        source="aubench",
        confidence="H",
    )
    reason = method.skip(protocol)
    if reason:
        raise AubenchError(
            f"cannot be tried on intensities of AUs {', '.join(map(str, AUS))}: {reason}",
            mend="check another method",
        )
