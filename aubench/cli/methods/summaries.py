"""The summary of a plug-in in one line, without importing torch, which takes seconds."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec

import click

from aubench.errors import AubenchError, printable
from aubench.registry import Plugin

SLOW = frozenset({"lightning_fabric", "timm", "torch", "torchvision"})
"""Libraries that are not imported to find a summary."""


class SlowImportError(ImportError):
    """A plug-in's module needs one of `SLOW`."""


def summary(plugin: Plugin) -> str:
    """The summary of a plug-in, or the reason why it cannot be loaded.

    A module that imports one of `SLOW` is not run: its summary is read from its source.
    """
    try:
        with _slow_imports_refused():
            thing = plugin.load()
        return _said(plugin.name, thing)
    except AubenchError as error:
        if not isinstance(error.__cause__, SlowImportError):
            return _broken(error)
    except Exception as error:  # what a stranger's class says of itself may be anything
        return _broken(error)
    try:
        return printable(plugin.written_summary())
    except AubenchError as error:
        return _broken(error)


def _broken(error: Exception) -> str:
    said = "" if isinstance(error, AubenchError) else f"{type(error).__name__}: "
    return click.style("broken: ", fg="red") + printable(f"{said}{error}")


def _said(plugin: str, thing: object) -> str:
    """What a plug-in called ``plugin`` says of itself."""
    said = getattr(thing, "title", "") or getattr(thing, "summary", "")
    doubt = " (unconfirmed)" if getattr(thing, "confidence", "") == "L" else ""
    name = getattr(thing, "name", plugin)
    return printable(f"{said}{doubt}" + ("" if name == plugin else f" (alias of {name})"))


class _Refuser:
    """Refuses to find the modules in `SLOW`."""

    @staticmethod
    def find_spec(name: str, *_: object) -> ModuleSpec | None:
        """Raise for a slow module, and leave the others to the next finder."""
        if name in SLOW:
            raise SlowImportError(name)
        return None


@contextmanager
def _slow_imports_refused() -> Iterator[None]:
    """Importing a module of `SLOW` that is not imported yet raises inside the block."""
    sys.meta_path.insert(0, _Refuser)
    try:
        yield
    finally:
        sys.meta_path.remove(_Refuser)
