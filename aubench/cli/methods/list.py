"""``aubench list``: what is installed."""

from __future__ import annotations

import click

from aubench.cli import options
from aubench.cli.methods.summaries import summary
from aubench.errors import printable
from aubench.registry import LISTED, Kind, plugins


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
    told = [(printable(plugin.name), summary(plugin), printable(plugin.origin)) for plugin in found]
    return [f"{indent}{name:<{width}}  {said}  [{origin}]" for name, said, origin in told]
