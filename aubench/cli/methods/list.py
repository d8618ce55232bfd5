"""``aubench list``: what is installed."""

from __future__ import annotations

import textwrap

import click

from aubench.cli import options
from aubench.cli.methods.summaries import summary
from aubench.errors import printable
from aubench.registry import LISTED, Kind, Plugin, plugins
from aubench.report.fit import terminal_width

NARROWEST = 30
"""Characters of a summary's line at least, however narrow the terminal is."""


@click.command(epilog=options.example("aubench list methods"))
@click.argument("kind", required=False, type=click.Choice(LISTED))
def command(kind: Kind | None) -> None:
    """List methods, protocols, corpora and papers, with the package that each comes from.

    A plug-in that cannot be loaded is shown as broken, with the reason.
    """
    if kind:
        click.echo("\n".join(_lines(kind)))
        return
    blocks = ([click.style(each, bold=True), *_lines(each, "  ")] for each in LISTED)
    click.echo("\n\n".join(map("\n".join, blocks)))


def _lines(kind: Kind, indent: str = "") -> list[str]:
    """One line per plug-in of a kind."""
    found = plugins(kind).values()
    width = max((len(plugin.name) for plugin in found), default=0)
    return [line for p in found for line in _wrapped(f"{indent}{printable(p.name):<{width}}  ", p)]


def _wrapped(lead: str, plugin: Plugin) -> list[str]:
    """One plug-in on as many lines as the terminal needs."""
    text = f"{summary(plugin)}  [{printable(plugin.origin)}]"
    width = terminal_width()
    if width is None or len(lead) + len(click.unstyle(text)) <= width:
        return [lead + text]
    room = max(NARROWEST, width - len(lead))
    first, *others = textwrap.wrap(text, room, break_on_hyphens=False, break_long_words=False)
    return [lead + first, *(" " * len(lead) + line for line in others)]
