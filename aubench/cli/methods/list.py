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
    if kind:
        click.echo("\n".join(_lines(kind)))
        return
    blocks = ([click.style(each, bold=True), *_lines(each, "  ")] for each in KINDS)
    click.echo("\n\n".join(map("\n".join, blocks)))


def _lines(kind: Kind, indent: str = "") -> list[str]:
    """A line for each plug-in of a kind."""
    found = plugins(kind).values()
    width = max((len(plugin.name) for plugin in found), default=0)
    return [f"{indent}{p.name:<{width}}  {_said(p)}  [{p.origin}]" for p in found]


def _said(plugin: Plugin) -> str:
    """What a plug-in says about itself, or why it cannot."""
    if reason := plugin.broken:
        return click.style("broken: ", fg="red") + reason
    thing = plugin.load()
    said = getattr(thing, "title", "") or getattr(thing, "summary", "")
    doubt = " (unconfirmed)" if getattr(thing, "confidence", "") == "L" else ""
    name = getattr(thing, "name", plugin.name)
    return f"{said}{doubt}" if name == plugin.name else f"{said}{doubt} (alias of {name})"
