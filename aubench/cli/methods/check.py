"""``aubench check``: the conformance suite."""

from __future__ import annotations

import dataclasses
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from aubench.cli import completion, options
from aubench.cli.faults import TRACEBACK
from aubench.cli.methods.blame import blames_the_method
from aubench.cli.progress import TwinProgress
from aubench.conformance import (
    AUS,
    Finding,
    answers,
    check_behaviour,
    check_class,
    check_declaration,
    draw_sample,
    examine,
)
from aubench.errors import AubenchError, printable
from aubench.experiment.methods import make_method
from aubench.method import Method, RunContext
from aubench.protocol import Fold, Protocol
from aubench.registry import find, plugins
from aubench.settings import parse_overrides

SIZES = (64, 128)
"""Sizes of pictures that are tried in this order: some methods refuse the first."""

EPOCHS = 2
"""The fewest that can be interrupted."""

MARKS = {True: ("ok", "green"), False: ("FAIL", "red"), None: ("–", "yellow")}


@click.command(epilog=options.example("aubench check adapt"))
@click.argument("method", shell_complete=completion.names("methods"))
@options.settings
@click.option(
    "--size",
    type=click.IntRange(16, 2048),
    show_default=" or ".join(map(str, SIZES)),
    help="Width and height of the pictures in pixels.",
)
@blames_the_method
def command(*, method: str, settings: tuple[str, ...], size: int | None) -> None:
    """Check that METHOD behaves as the harness needs it to, on a few synthetic faces.

    Prints one line per check; the exit status is 1 if any fails. Where the method has a setting
    'epochs', it is 2 unless --set says otherwise.
    """
    failed = 0
    for finding in findings(method, parse_overrides(settings), SIZES if size is None else (size,)):
        failed += finding.passed is False
        mark, colour = MARKS[finding.passed]
        reason = printable(finding.reason)
        click.echo(f"{click.style(f'{mark:<4}', colour)}  {finding.name:<24}  {reason}")
        if finding.error is not None and os.environ.get(TRACEBACK):
            traceback.print_exception(finding.error)
    click.echo(f"{method}: {f'{failed} failed' if failed else 'conforms'}")
    sys.exit(1 if failed else 0)


def findings(name: str, overrides: dict[str, str], sizes: tuple[int, ...]) -> Iterator[Finding]:
    """The findings of every check of the method ``name``.

    Raises:
        AubenchError: If the method refuses every one of ``sizes``, or this kind of task.
    """
    base = name.partition("/")[0]
    if base not in plugins("methods"):
        find("methods", base)  # says what was meant
    found = check_class(plugins("methods")[base].load)
    yield found
    if not found.passed:
        return
    kind = find("methods", base)
    declared = list(check_declaration(kind, written_summary(base)))
    yield from declared
    if not all(finding.passed for finding in declared if finding.name in {"settings", "recipes"}):
        return
    if "epochs" in {field.name for field in dataclasses.fields(kind.Settings)}:
        overrides = {"epochs": str(EPOCHS)} | overrides
    yield from tried(lambda: make_method(name, overrides), sizes)


def written_summary(name: str) -> str:
    """The summary of a method as its source has it; empty where that cannot be read."""
    try:
        return plugins("methods")[name].written_summary()
    except (OSError, SyntaxError, ValueError):
        return ""


def tried(make: Callable[[], Method], sizes: tuple[int, ...]) -> Iterator[Finding]:
    """The findings at the first of ``sizes`` that the method does not refuse."""
    with TemporaryDirectory() as folder:
        said = examine("answers", lambda: _answers(make, Path(folder)), refusals=True)
    yield said
    if not said.passed:
        return
    for size in sizes:
        with TemporaryDirectory() as folder:
            with TwinProgress() as making:
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


def _answers(make: Callable[[], Method], folder: Path) -> str:
    """What a method says of itself; raises if it cannot estimate the sample's AUs."""
    method, run = make(), RunContext(AUS, folder, synthetic=True)
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
    said = answers(method, protocol, run)
    if reason := method.skip(protocol):
        raise AubenchError(
            f"cannot be tried on intensities of AUs {', '.join(map(str, AUS))}: {reason}",
            mend="check another method",
        )
    method.check(run)
    return said
