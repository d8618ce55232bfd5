"""How tables fit a terminal: its width, and columns in blocks that are no wider."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence

GAP = 2
"""Blanks between two columns."""


def terminal_width() -> int | None:
    """Columns of the terminal, or of ``$COLUMNS``; None where the output goes to a file or pipe."""
    return shutil.get_terminal_size((0, 0)).columns or None


def blocks(widths: Sequence[int], names: int, width: int | None) -> Iterator[list[int]]:
    """Yield the columns of each block; every block begins with the columns that name a row.

    Args:
        widths: Of all columns, in characters.
        names: Number of columns at the front that name a row.
        width: Of the terminal; None for no limit.
    """
    lead = list(range(names))
    taken = used = sum(widths[:names]) + GAP * (names - 1)
    block = list(lead)
    for column in range(names, len(widths)):
        if width is not None and len(block) > names and used + GAP + widths[column] > width:
            yield block
            block, used = list(lead), taken
        block.append(column)
        used += GAP + widths[column]
    yield block
