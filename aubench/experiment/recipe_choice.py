"""Which recipe a run takes, and the settings that it gives."""

from __future__ import annotations

from aubench.errors import AubenchError
from aubench.recipes import NamedRecipe, Recipes, Setting

AUTO = "auto"
"""The name that stands for the recipe that suits the pictures."""

NONE = "none"
"""The name that stands for the defaults of the settings."""

CHOICES = (AUTO, "paper", "quick", "house", NONE)
"""Every name of a recipe that can be typed."""


def recipe_settings(name: str, recipes: Recipes, recipe: str) -> dict[str, Setting]:
    """Setting → value by a recipe of what is called ``name``; empty for `NONE`.

    Raises:
        AubenchError: If it has no such recipe.
    """
    if recipe == NONE:
        return {}
    if recipe not in recipes:
        raise AubenchError(
            f"{name} has no recipe {recipe!r}", mend=f"choose one of {', '.join((*recipes, NONE))}"
        )
    return recipes[recipe].settings


def choose_recipe(recipes: Recipes, wanted: str, *, synthetic: bool) -> str:
    """The name of the recipe that a run takes.

    Args:
        recipes: Those of the method.
        wanted: One of `CHOICES`; `AUTO` is ``quick`` where every picture is synthetic, else the
            paper's, or ours (``house``) for a method without a paper.
        synthetic: True if every picture is synthetic.
    """
    if wanted != AUTO:
        return wanted
    order = ("quick", "paper", "house") if synthetic else ("paper", "house")
    return next((name for name in order if name in recipes), NONE)


def reference_recipe(recipes: Recipes) -> NamedRecipe | None:
    """The recipe that runs of a method are held against: its paper's, or ours."""
    return recipes.get("paper", recipes.get("house"))
