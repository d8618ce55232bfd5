"""Methods by name, configured by a recipe and by what the user sets."""

from __future__ import annotations

from collections.abc import Mapping

from aubench.errors import AubenchError
from aubench.method import Method
from aubench.recipes import NamedRecipe, Recipes, Setting
from aubench.registry import find, plugins
from aubench.settings import resolve_settings

AUTO = "auto"
"""The name that stands for the recipe that suits the pictures."""

NONE = "none"
"""The name that stands for the defaults of the settings."""

CHOICES = (AUTO, "paper", "quick", "house", NONE)
"""Every name of a recipe that can be typed."""


def method_class(name: str) -> tuple[type[Method], str | None]:
    """The class behind a name, and the variant: ``timm/convnext_tiny`` is one of ``timm``.

    Raises:
        AubenchError: On an unknown name, or a missing or needless variant.
    """
    base, _, variant = name.partition("/")
    kind: type[Method] = find("methods", base)
    if kind.family and not variant:
        raise AubenchError(f"{base} is a family of methods", mend=f"name one: {base}/VARIANT")
    if variant and not kind.family:
        raise AubenchError(f"{base} has no variants", mend=f"type {base!r} alone")
    return kind, variant or None


def recipes_of(name: str) -> Recipes:
    """The recipes that the method ``name`` carries."""
    kind, variant = method_class(name)
    return kind.recipes(variant)


def make_method(name: str, overrides: Mapping[str, str], recipe: str = NONE) -> Method:
    """The method that ``name`` stands for, with its settings.

    Args:
        name: A registered name, or ``FAMILY/VARIANT``.
        overrides: ``--set`` fields and values as typed; they win over the recipe.
        recipe: A recipe that the method carries, or `NONE`.

    Raises:
        AubenchError: On an unknown name, a missing or needless variant, an unknown setting, or a
            recipe that the method has not.
    """
    kind, variant = method_class(name)
    begun = recipe_settings(name, kind.recipes(variant), recipe)
    return kind(resolve_settings(kind.Settings, overrides, begun), variant)


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


def method_origin(name: str) -> str:
    """Distribution and version that brought the method ``name``; ``unknown`` if it is in none."""
    known = plugins("methods").get(name.partition("/")[0])
    dist = known.entry[0].dist if known else None
    return f"{dist.name} {dist.version}" if dist else "unknown"
