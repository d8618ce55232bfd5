"""The examples in the docstrings of `aubench.metrics` hold, and every score has one."""

import doctest
import inspect
import pkgutil
from importlib import import_module

import pytest

import aubench.metrics
from aubench.metrics import scores

MODULES = [module.name for module in pkgutil.iter_modules(aubench.metrics.__path__)]
SCORES = [
    name
    for name, function in inspect.getmembers(scores, inspect.isfunction)
    if function.__module__ == scores.__name__ and not name.startswith("_")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_hold(name: str) -> None:
    assert doctest.testmod(import_module(f"aubench.metrics.{name}")).failed == 0


@pytest.mark.parametrize("name", SCORES)
def test_every_score_has_an_example(name: str) -> None:
    assert doctest.DocTestFinder(recurse=False).find(getattr(scores, name))[0].examples
