"""The command line: one file per command, each imported only when it is called."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click
from click.exceptions import NoArgsIsHelpError
from click.shell_completion import CompletionItem

from aubench import __version__
from aubench.cli.faults import line_of
from aubench.cli.mistakes import mended
from aubench.cli.signals import Stopped, end, watch
from aubench.cli.terminal import guard_streams

SECTIONS = {
    "data": {
        "check-corpus": "Report what is there of a corpus, and what is not.",
        "prepare": "Turn a corpus as you hold it into a pack.",
        "pack": "Look into packs, check, merge and cut them down.",
        "synth": "Write a synthetic corpus in a real corpus's layout.",
    },
    "run": {
        "run": "Train and test a method under a protocol.",
        "predict": "Estimate AUs in your own pictures or video.",
        "pretrain": "Train a backbone on an alignment corpus.",
        "measure": "Measure a backbone on an alignment corpus.",
    },
    "score": {
        "score": "Score a prediction file under a protocol.",
        "table": "Print records and published rows as a table.",
        "compare": "Compare results on the same people.",
        "verify": "Recompute a record and report disagreements.",
    },
    "look": {
        "list": "List methods, protocols, corpora and papers.",
        "info": "Show any of these, or a finished run, exactly.",
        "show": "Draw what augmentation does to a face.",
        "study": "Study a trained run, or a setting, in figures.",
    },
    "develop": {
        "check": "Run the conformance suite on a method.",
        "profile": "Measure parameters, flops, memory and speed.",
        "schema": "Print the JSON Schema of a record.",
    },
}
"""Section of ``aubench --help`` → command → its line there."""

FOLDERS = {
    "corpora": ("check-corpus", "prepare", "pack", "synth"),
    "figures": ("show", "study"),
    "methods": ("list", "info", "run", "predict", "pretrain", "measure", "profile", "check"),
    "results": ("table", "score", "compare", "verify", "schema"),
}
"""Folder → its commands; each is ``command`` in ``aubench.cli.FOLDER.NAME``."""


WORDS = "aubench.words"
"""Where a context keeps the words of the command line."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        del ctx
        return [name for commands in SECTIONS.values() for name in commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command called ``cmd_name``, imported now."""
        del ctx
        for folder, commands in FOLDERS.items():
            if cmd_name in commands:
                name = f"aubench.cli.{folder}.{cmd_name.replace('-', '_')}"
                command: click.Command = importlib.import_module(name).command
                return command
        return None

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """The context of a call; a mistake among the options before the command is mended."""
        words = list(args)
        try:
            context = super().make_context(info_name, args, parent, **extra)
        except NoArgsIsHelpError:
            raise
        except click.UsageError as error:
            raise mended(error, words, self) from error
        context.meta[WORDS] = words
        return context

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a mistake in the command line is told with its mend."""
        try:
            return super().invoke(ctx)
        except NoArgsIsHelpError:
            raise
        except click.UsageError as error:
            raise mended(error, ctx.meta[WORDS], self) from error

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands that begin so, with their lines, without importing them."""
        lines = [pair for commands in SECTIONS.values() for pair in commands.items()]
        found = [CompletionItem(n, help=line) for n, line in lines if n.startswith(incomplete)]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

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
    guard_streams()
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
