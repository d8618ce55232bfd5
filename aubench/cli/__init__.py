"""The command line: one file per command, each imported only when it is called."""

from __future__ import annotations

import importlib
import sys

import click

from aubench import __version__
from aubench.cli.faults import line_of
from aubench.cli.signals import Stopped, end, watch

SECTIONS = {
    "corpora": {
        "check-corpus": "Report what is there of a corpus, and what is not.",
        "prepare": "Turn a corpus as you hold it into a pack.",
        "pack": "Look into packs, check, merge and cut them down.",
        "synth": "Write a synthetic corpus in a real corpus's layout.",
    },
    "methods": {
        "list": "List methods, protocols and corpora.",
        "info": "Show a protocol or a method exactly, with sources.",
        "run": "Train and test a method under a protocol.",
        "predict": "Estimate AUs in your own pictures or video.",
        "pretrain": "Train a backbone on an alignment corpus.",
        "measure": "Measure a backbone on an alignment corpus.",
        "profile": "Measure parameters, flops, memory and speed.",
        "check": "Run the conformance suite on a method.",
    },
    "results": {
        "table": "Print records and published rows as a table.",
        "score": "Score a prediction file under a protocol.",
        "compare": "Compare results on the same people.",
        "verify": "Recompute a record and report disagreements.",
        "schema": "Print the JSON Schema of a record.",
    },
    "figures": {
        "show": "Draw what augmentation does to a face.",
        "study": "Study a trained run, or a setting, in figures.",
    },
}
"""Section → command → its line in ``aubench --help``.

The command is ``command`` in ``aubench.cli.SECTION.NAME``.
"""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        del ctx
        return [name for commands in SECTIONS.values() for name in commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command called ``cmd_name``, imported now."""
        del ctx
        for section, commands in SECTIONS.items():
            if cmd_name in commands:
                name = f"aubench.cli.{section}.{cmd_name.replace('-', '_')}"
                command: click.Command = importlib.import_module(name).command
                return command
        return None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        for section, commands in SECTIONS.items():
            with formatter.section(section.capitalize()):
                formatter.write_dl(list(commands.items()))


@click.group(
    cls=LazyGroup,
    epilog="\b\nExample:\n  aubench run --method adapt --protocol disfa3fold",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="aubench")
def cli() -> None:
    """The benchmark of facial Action Unit intensity estimation."""


def main() -> None:
    """Run the command line; an error of the user is one line on stderr and exit status 2."""
    watch()
    stopped = 0
    try:
        cli.main(prog_name="aubench", standalone_mode=True)
    except Stopped as error:
        stopped = error.number
    except Exception as error:
        line = line_of(error)
        if line is None:
            raise
        click.echo(f"error: {line}", err=True)
        sys.exit(2)
    if stopped:
        end(stopped)
