"""Methods by name, configured by a recipe and by what the user sets."""

from __future__ import annotations

from collections.abc import Mapping

from aubench.errors import AubenchError
from aubench.experiment.recipe_choice import NONE, recipe_settings
from aubench.method import Method
from aubench.recipes import Recipes
from aubench.registry import find, plugins
from aubench.settings import resolve_settings


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


def method_origin(name: str) -> str:
    """Distribution and version that brought the method ``name``; ``unknown`` if it is in none."""
    known = plugins("methods").get(name.partition("/")[0])
    dist = known.entry[0].dist if known else None
    return f"{dist.name} {dist.version}" if dist else "unknown"
