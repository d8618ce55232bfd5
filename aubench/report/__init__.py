"""Tables: records and published rows, side by side, in several formats."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from aubench.report.model import Table

FORMATS = ("text", "markdown", "latex", "csv", "html")


def render(tables: list[Table], style: str) -> str:
    """``tables`` in one of `FORMATS`."""
    renderer: Callable[[list[Table]], str]
    renderer = importlib.import_module(f"aubench.report.{style}").render
    return renderer(tables)
