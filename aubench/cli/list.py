"""``aubench list``: what is installed."""

from __future__ import annotations

import click

from aubench.registry import Kind, Plugin, plugins

KINDS: tuple[Kind, ...] = ("methods", "protocols", "corpora", "papers")


@click.command()
@click.argument("kind", required=False, type=click.Choice(KINDS))
def command(kind: Kind | None) -> None:
    """List methods, protocols, corpora and papers, with where each comes from.

    A plug-in that cannot be loaded is shown as broken, with the reason.
    """
    for number, each in enumerate([kind] if kind else KINDS):
        if number:
            click.echo()
        click.secho(each, bold=True)
        found = list(plugins(each).values())
        width = max((len(plugin.name) for plugin in found), default=0)
        for plugin in found:
            click.echo(f"  {plugin.name:<{width}}  {_line(plugin)}  [{plugin.origin}]")


def _line(plugin: Plugin) -> str:
    """What a plug-in says about itself, or why it cannot."""
    if reason := plugin.broken:
        return click.style("broken: ", fg="red") + reason
    thing = plugin.load()
    said = getattr(thing, "title", "") or getattr(thing, "summary", "")
    doubt = " (unconfirmed)" if getattr(thing, "confidence", "") == "L" else ""
    name = getattr(thing, "name", plugin.name)
    return f"{said}{doubt}" if name == plugin.name else f"{said}{doubt} (alias of {name})"
