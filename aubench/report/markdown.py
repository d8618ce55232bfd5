"""Tables in Markdown, as GitHub reads it."""

from __future__ import annotations

import re
from string import punctuation

from tabulate import tabulate

from aubench.errors import printable
from aubench.report.grid import TextStyle, grid
from aubench.report.model import Section, Table

_MARKUP = re.compile(r"[\\`*_<>|~$&\[\]]|:(?=//)|(?<=\bwww)\.|^\s*(?:[#+-]+(?=\s|$)|\d+[.)](?= ))")
"""Signs that GitHub's Markdown takes for markup: of emphasis, code, links, HTML, tables, lists."""

STYLE = TextStyle(
    plain=lambda text: _MARKUP.sub(_escaped, printable(text)),
    bold=lambda text: f"**{text}**",
    mark=lambda letters: f"<sup>{letters}</sup>",
)


def _escaped(sign: re.Match[str]) -> str:
    return "".join(f"\\{each}" if each in punctuation else each for each in sign[0])


def render(tables: list[Table]) -> str:
    """Every table in Markdown."""
    return "\n\n".join(map(_table, tables))


def _table(table: Table) -> str:
    letters = table.footnotes()
    blocks = [f"### {STYLE.plain(table.title)}"]
    blocks += [_section(section, letters) for section in table.sections]
    blocks += [f"{STYLE.mark(letter)} {STYLE.plain(note)}" for note, letter in letters.items()]
    blocks += map(STYLE.plain, table.notes)
    return "\n\n".join(blocks)


def _section(section: Section, letters: dict[str, str]) -> str:
    header, *body = grid(section, letters, STYLE)
    names = 1 if section.transposed else len(section.heads)
    lines = tabulate(
        body,
        headers=header,
        tablefmt="pipe",
        disable_numparse=True,
        colalign=["left"] * names + ["right"] * (len(header) - names),
    )
    banner = [f"> **{STYLE.plain(section.banner)}**"] if section.banner else []
    return "\n\n".join([f"#### {STYLE.plain(section.title)}", *banner, lines])
