"""What a named recipe says, in a form that a test can write out."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

from aubench.method import Method
from aubench.recipes import NamedRecipe, Setting


def by_source(recipe: NamedRecipe) -> dict[str, dict[str, Setting]]:
    """The values that the paper states, and those that are assumed."""
    assert all(given.source for given in recipe.values.values())
    return {
        kind: {name: given.value for name, given in recipe.values.items() if given.stated == stated}
        for kind, stated in (("stated", True), ("assumed", False))
    }


def settings_of(method: Method, name: Literal["paper", "quick", "house"]) -> Any:
    """The settings under a recipe, which must name every field of them, and no other."""
    recipe = method.recipes(method.variant)[name]
    assert recipe.values.keys() == {field.name for field in dataclasses.fields(method.Settings)}
    return method.Settings(**{key: given.value for key, given in recipe.values.items()})
