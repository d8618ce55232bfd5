"""What ``aubench info METHOD`` says: what the method uses, and its recipes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from aubench.cli.methods.info.setting_lines import meanings_table
from aubench.cli.methods.recipe_tables import needs_lines, settings_table
from aubench.experiment.methods import method_class, method_origin
from aubench.method import Method
from aubench.recipes import NamedRecipe

HEADINGS = {"paper": "the paper's", "quick": "for a synthetic twin", "house": "ours: no paper"}
"""Name of a recipe → what it is."""

USES = {
    "frame": "one frame at a time",
    "window": "the frames around it",
    "person": "all test frames of the person",
    "all": "all test frames",
}
"""Context of a method → what it looks at to predict a frame."""


def method_lines(name: str, style: str) -> Iterator[str]:
    """Yield what is known of a method, line by line.

    Args:
        name: Of the method, ``FAMILY/VARIANT`` for one of a family.
        style: One of `aubench.cli.methods.recipe_tables.FORMATS`; the meaning of settings stands
            in text only.
    """
    kind, variant = method_class(name)
    title = f"{name}: {kind.summary}"
    yield f"## {name}" if style == "markdown" else title
    yield ""
    if style == "markdown":
        yield kind.summary
        yield ""
    yield f"From {method_origin(name)}. To predict a frame it uses {USES[kind.context]}."
    recipes = kind.recipes(variant)
    if style == "text":
        yield ""
        yield "settings (--set KEY=VALUE)"
        yield ""
        yield meanings_table(kind.Settings)
    for which, recipe in recipes.items():
        yield from _recipe(which, recipe, style)
    if not recipes and style != "text":
        yield ""
        yield _defaults(kind, style)


def _recipe(which: str, recipe: NamedRecipe, style: str) -> Iterator[str]:
    yield ""
    title = f"recipe {which}, {HEADINGS[which]}: {recipe.source}"
    yield f"### {title[0].upper()}{title[1:]}" if style == "markdown" else title
    yield ""
    needs = list(needs_lines(recipe))
    if needs:
        yield f"needs {'; '.join(needs)}"
        yield ""
    yield settings_table(recipe.settings, recipe, style)


def _defaults(kind: type[Method], style: str) -> str:
    values = dataclasses.asdict(kind.Settings())
    return settings_table(values, None, style) if values else "It has no settings."
