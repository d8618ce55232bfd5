"""docs/recipes.md is what methods carry; every paper's method carries its paper's recipe."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from aubench.cli.methods.info import command
from aubench.experiment.methods import method_class
from aubench.published import all_papers
from aubench.registry import plugins

PAGE = Path(__file__).parents[2] / "docs" / "recipes.md"


def named() -> list[str]:
    """The methods on the page."""
    return re.findall(r"^## (\S+)$", PAGE.read_text(), re.MULTILINE)


def test_the_page_is_the_commands_output() -> None:
    done = CliRunner().invoke(command, [*named(), "--format", "markdown"])
    text = PAGE.read_text()
    assert done.output == text[text.index("## ") :], "run: make recipes"


def test_every_method_with_a_recipe_is_on_the_page() -> None:
    bases = {name.partition("/")[0] for name in named()}
    for name, plugin in plugins("methods").items():
        if plugin.origin == "aubench" and not plugin.load().family:
            kind, variant = method_class(name)
            assert bool(kind.recipes(variant)) == (name in bases), name


def carriers() -> list[str]:
    """Methods that a paper's table prints, and those whose summary names a paper."""
    printed = {m for p in all_papers() for t in p.tables.values() for m in t.methods.values()}
    told = {
        name
        for name, plugin in plugins("methods").items()
        if plugin.origin == "aubench" and re.search(r"\b20\d\d\b", plugin.written_summary())
    }
    return sorted(printed | told)


@pytest.mark.parametrize("name", carriers())
def test_a_papers_method_carries_its_papers_recipe_for_every_setting(name: str) -> None:
    kind, variant = method_class(name)
    recipes = kind.recipes(variant)
    assert "paper" in recipes
    fields = {field.name for field in dataclasses.fields(kind.Settings)}
    assert set(recipes["paper"].values) == fields
    assert any(given.stated for given in recipes["paper"].values.values())
    assert all(given.source for given in recipes["paper"].values.values())
    for recipe in recipes.values():
        assert set(recipe.values) <= fields
        kind(kind.Settings(**recipe.settings), variant)
