"""Settings with their meaning, as the docstrings of their classes say it."""

from __future__ import annotations

import dataclasses
import re

from tabulate import tabulate

from aubench.cli.methods.recipe_tables import WIDTH
from aubench.report.fit import terminal_width
from aubench.settings import shown

NARROWEST = 30
"""Characters of the column of meanings at least, however narrow the terminal is."""

HEADED = len("setting") + 2
"""Characters that a column takes at least for its header, as tabulate pads it."""


def meanings(kind: type) -> dict[str, str]:
    """Setting → what it means, from the ``Attributes:`` of ``kind`` and of its bases."""
    found: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        _, _, section = (base.__doc__ or "").partition("Attributes:\n")
        name = ""
        for line in section.splitlines():
            if match := re.match(r" {4,8}(\w+): +(.*)", line):
                name, found[match[1]] = match[1], match[2]
            elif name and line.strip() and line.startswith(" " * 8):
                found[name] += f" {line.strip()}"
            elif line.strip():
                break
    return {name: text.replace("`", "") for name, text in found.items()}


def meanings_table(kind: type) -> str:
    """A table of the settings of the dataclass ``kind``: default and meaning."""
    said = meanings(kind)
    defaults = dataclasses.asdict(kind())
    rows = [(name, shown(value), said.get(name, "")) for name, value in defaults.items()]
    if not rows:
        return "It has no settings."
    names = max(HEADED, *(len(name) for name, _, _ in rows))
    values = max(HEADED, *(len(value) for _, value, _ in rows))
    room = (terminal_width() or names + values + 4 + WIDTH) - names - values - 4
    return tabulate(
        rows,
        headers=("setting", "default", "meaning"),
        disable_numparse=True,
        maxcolwidths=[None, None, max(NARROWEST, min(WIDTH, room))],
    )
