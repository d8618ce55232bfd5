"""The command line: one file a command, each loaded only when it is asked for."""

from __future__ import annotations

import errno
import importlib
import sys

import click

from aubench import __version__
from aubench.errors import AubenchError

COMMANDS = {
    "check": "Run the conformance suite on a method.",
    "check-corpus": "Report what is there of a corpus, and what is not.",
    "compare": "Compare two results on the same people.",
    "info": "Show a protocol exactly: subjects, AUs, counts, source.",
    "list": "List methods, protocols and corpora.",
    "pack": "Look into packs, check, merge and cut them down.",
    "predict": "Estimate AUs in your own pictures or video.",
    "prepare": "Turn a corpus as you hold it into a pack.",
    "pretrain": "Train a backbone on an alignment corpus.",
    "profile": "Measure parameters, flops, memory and speed.",
    "run": "Train and test a method under a protocol.",
    "schema": "Print the JSON Schema of a record.",
    "score": "Score a prediction file under a protocol.",
    "show": "Draw what augmentation does to a face.",
    "study": "Study a trained run, or a setting, in figures.",
    "synth": "Write a synthetic corpus in a real corpus's layout.",
    "table": "Print records and published rows as a table.",
    "verify": "Recompute a record and report disagreements.",
}
"""Command → its line in ``aubench --help``; the command is `command` in ``aubench.cli.NAME``."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command's name."""
        del ctx
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"aubench.cli.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="aubench")
def cli() -> None:
    """The benchmark of facial Action Unit intensity estimation."""


def main() -> None:
    """Run the command line; a user's mistake is one line on stderr and exit status 2."""
    try:
        cli.main(prog_name="aubench", standalone_mode=True)
    except AubenchError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(2)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS):
            raise
        what = error.strerror or str(error)
        mend = "free some space and repeat the command: what is finished is kept"
        if error.errno in (errno.EACCES, errno.EROFS):
            mend = "choose a folder that you may write to"
        click.echo(f"error: {error.filename or 'disk'}: {what}; {mend}", err=True)
        sys.exit(2)
