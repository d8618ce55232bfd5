"""Checks of what a method declares and says of itself: class, settings, recipes, summary."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Iterator, Mapping

from aubench.conformance.finding import FaultError, Finding, examine, named
from aubench.conformance.sources import COMPANY
from aubench.method import Method, RunContext
from aubench.protocol import Protocol
from aubench.recipes import Given, NamedRecipe
from aubench.settings import resolve_settings, shown
from aubench.training.recipe import Recipe

RECIPES = ("paper", "quick", "house")
"""The names that a recipe may have."""


def check_class(load: Callable[[], type[Method]]) -> Finding:
    """Check that what an entry point names is a class of methods that can be made.

    Args:
        load: Returns the class, or raises an `AubenchError` that says why there is none.
    """
    return examine("class", lambda: _can_be_made(load()))


def _can_be_made(kind: type[Method]) -> str:
    if forgotten := sorted(getattr(kind, "__abstractmethods__", ())):
        raise FaultError(f"{kind.__name__} does not write {', '.join(forgotten)}")
    return f"{kind.__module__}.{kind.__name__}"


def check_declaration(kind: type[Method], written: str) -> Iterator[Finding]:
    """Check a method without running it.

    Args:
        kind: Class of the method.
        written: Its summary as it stands in the source.
    """
    settings = examine("settings", lambda: _settings_are_sound(kind))
    yield settings
    if settings.passed:
        yield examine("recipes", lambda: _recipes_are_sound(kind))
    yield examine("summary", lambda: _has_summary(kind, written))
    yield examine("context", lambda: _says_what_it_uses(kind))


def answers(method: Method, protocol: Protocol, run: RunContext) -> str:
    """What a method says of itself for a record, in words.

    Args:
        method: Configured.
        protocol: What `Method.skip` is asked of.
        run: What `Method.departures` is asked of.

    Raises:
        FaultError: If an answer is of another type than it must be.
    """
    reason = method.skip(protocol)
    if not isinstance(reason, str | None):
        raise FaultError(f"skip gave {named(reason)}, not a text or None")
    files = method.ingredients()
    if not isinstance(files, Mapping) or not all(isinstance(v, str) for v in files.values()):
        raise FaultError("ingredients gave something else than names with hashes")
    for hook, said in (
        ("synthetic_parts", method.synthetic_parts()),
        ("departures", method.departures(run)),
    ):
        if not isinstance(said, tuple) or not all(isinstance(each, str) for each in said):
            raise FaultError(f"{hook} gave {named(said)}, not a tuple of texts")
    return "skip, ingredients, synthetic_parts and departures"


def _recipes_are_sound(kind: type[Method]) -> str:
    recipes = kind.recipes("x" if kind.family else None)
    if not isinstance(recipes, Mapping):
        raise FaultError(f"recipes gave {named(recipes)}, not names with recipes")
    fields = {field.name for field in dataclasses.fields(kind.Settings)}
    for name, recipe in recipes.items():
        if name not in RECIPES:
            raise FaultError(f"a recipe is called {name!r}, not one of {', '.join(RECIPES)}")
        if not isinstance(recipe, NamedRecipe):
            raise FaultError(f"{name} is {named(recipe)}, not a NamedRecipe")
        for setting, given in recipe.values.items():
            if setting not in fields:
                raise FaultError(f"{name} gives {setting}, which is no setting")
            if not isinstance(given, Given):
                raise FaultError(f"{name} gives {setting} without a source: stated() or assumed()")
            _typed(kind.Settings, setting, given.value, name)
        resolve_settings(kind.Settings, {}, recipe.settings)
    return ", ".join(recipes) or "none"


def _typed(kind: type, setting: str, value: object, recipe: str) -> None:
    """Raise unless a recipe's value is what ``--set`` would make of it."""
    wanted = getattr(resolve_settings(kind, {setting: shown(value)}), setting)
    wanted = tuple(wanted) if isinstance(wanted, list) else wanted
    if type(wanted) is not type(value) and not (isinstance(wanted, float) and wanted == value):
        raise FaultError(f"{recipe} gives {setting}={value!r}, which must be {wanted!r}")


def _settings_are_sound(method: type[Method]) -> str:
    from aubench.training.torch_method import TorchMethod  # noqa: PLC0415  # torch

    kind = method.Settings
    if not inspect.isclass(kind):
        raise FaultError(f"Settings is {named(kind)}: name the class, not an instance")
    if not dataclasses.is_dataclass(kind):
        raise FaultError(f"{kind.__name__} is no dataclass")
    if not kind.__dataclass_params__.frozen:  # type: ignore[attr-defined]  # every dataclass has it
        raise FaultError(f"{kind.__name__} is not frozen: write @dataclass(frozen=True)")
    fields = dataclasses.fields(kind)
    missing = dataclasses.MISSING
    for field in fields:
        if field.default is missing and field.default_factory is missing:
            raise FaultError(f"{field.name} has no default")
    settings = kind()
    if issubclass(method, TorchMethod) and not issubclass(kind, Recipe):
        raise FaultError(f"{kind.__name__} does not derive from {Recipe.__module__}.Recipe")
    for field in fields:
        value = getattr(settings, field.name)
        typed = getattr(resolve_settings(kind, {field.name: shown(value)}), field.name)
        if typed != value:
            raise FaultError(f"--set {field.name}={shown(value)} gives {typed!r}, not {value!r}")
    return f"a frozen dataclass; --set reaches all {len(fields)} fields" if fields else "none"


def _has_summary(kind: type[Method], written: str) -> str:
    if not kind.summary or "\n" in kind.summary:
        raise FaultError("summary must be one line, for aubench list")
    if written != kind.summary:
        raise FaultError("summary must be a plain string in the body of the class: list reads it")
    return kind.summary


def _says_what_it_uses(kind: type[Method]) -> str:
    if kind.context not in COMPANY:
        raise FaultError(f"context is {kind.context!r}, not one of {', '.join(COMPANY)}")
    return f"declares that a value depends on {COMPANY[kind.context][0]}"
