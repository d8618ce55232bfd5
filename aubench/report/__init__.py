"""Tables of our records and of published numbers, in several formats."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from aubench.report.model import Table

FORMATS = ("text", "markdown", "latex", "csv", "html")


def render(tables: list[Table], style: str) -> str:
    """The text of ``tables`` in the format ``style``, one of `FORMATS`."""
    renderer: Callable[[list[Table]], str]
    renderer = importlib.import_module(f"aubench.report.{style}").render
    return renderer(tables)
