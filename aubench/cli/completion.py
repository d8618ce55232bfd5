"""Values for shell completion: names of plug-ins and folds; nothing here loads torch."""

from __future__ import annotations

from collections.abc import Callable

import click
from click.shell_completion import CompletionItem

from aubench.errors import AubenchError
from aubench.registry import LISTED, Kind, find, plugins

Items = list[CompletionItem]
Complete = Callable[[click.Context, click.Parameter, str], Items]
"""Called with the word as typed so far; gives the words that it may become."""


def names(*kinds: Kind) -> Complete:
    """Completion by the names of every plug-in of these kinds."""

    def complete(
        _context: click.Context, _option: click.Parameter, begun: str
    ) -> list[CompletionItem]:
        known = sorted({name for kind in kinds for name in plugins(kind)})
        return [CompletionItem(name) for name in known if name.startswith(begun)]

    return complete


any_name = names(*LISTED)


def folds(context: click.Context, _option: click.Parameter, begun: str) -> Items:
    """The folds of the protocol that the command line names."""
    try:
        protocol = find("protocols", context.params.get("protocol") or "")
    except AubenchError:
        return []
    return [CompletionItem(fold.name) for fold in protocol.folds if fold.name.startswith(begun)]


def devices(_context: click.Context, _option: click.Parameter, begun: str) -> Items:
    """Kinds of devices, there or not: looking for them would load torch."""
    known = ("auto", "cpu", "cuda", "mps")
    return [CompletionItem(name) for name in known if name.startswith(begun)]
