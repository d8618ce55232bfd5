"""Recipes as tables: every setting with its value, and whether the paper states it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tabulate import tabulate

from aubench.recipes import NamedRecipe, Setting
from aubench.settings import shown

FORMATS = {"text": "simple", "markdown": "github"}
"""Our name of a format → tabulate's."""

WIDTH = 72
"""Characters of the column of sources, in text."""


def settings_table(
    settings: Mapping[str, Setting], recipe: NamedRecipe | None, style: str = "text"
) -> str:
    """A table of settings: name, value, and where the value comes from.

    Args:
        settings: Setting → its value.
        recipe: The recipe that they began with; None for the defaults.
        style: One of `FORMATS`.
    """
    rows = [(name, shown(value), _source(name, value, recipe)) for name, value in settings.items()]
    widths = [None, None, WIDTH] if style == "text" and rows else None
    return tabulate(
        rows,
        headers=("setting", "value", "source"),
        tablefmt=FORMATS[style],
        disable_numparse=True,
        maxcolwidths=widths,
    )


def needs_lines(recipe: NamedRecipe) -> Iterator[str]:
    """Yield what a recipe needs beside settings, one line each."""
    needs = recipe.needs
    if needs.size is not None:
        yield f"pictures of {needs.size}×{needs.size} pixels"
    if needs.crops:
        margin = f", margin at least {needs.margin:g}" if needs.margin else ""
        yield f"crop {' or '.join(needs.crops)}{margin}"
    for part, words in needs.parts.items():
        yield f"{part}: {words}"


def _source(name: str, value: Setting, recipe: NamedRecipe | None) -> str:
    """Where the value of a setting comes from, in words."""
    given = None if recipe is None else recipe.values.get(name)
    if given is None:
        return "default, or --set"
    if given.value != value:
        return f"--set; the recipe has {shown(given.value)}"
    return f"{'stated' if given.stated else 'assumed'}: {given.source}"
