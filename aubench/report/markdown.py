"""Tables in Markdown, as GitHub reads it."""

from __future__ import annotations

from tabulate import tabulate

from aubench.report.grid import Dress, grid
from aubench.report.model import Section, Table

DRESS = Dress(
    plain=lambda text: text.replace("|", "\\|").replace("*", "\\*"),
    bold=lambda text: f"**{text}**",
    mark=lambda letters: f"<sup>{letters}</sup>",
)


def render(tables: list[Table]) -> str:
    """Every table in Markdown."""
    return "\n\n".join(map(_table, tables))


def _table(table: Table) -> str:
    letters = table.footnotes()
    blocks = [f"### {DRESS.plain(table.title)}"]
    blocks += [_section(section, letters) for section in table.sections]
    blocks += [f"{DRESS.mark(letter)} {DRESS.plain(note)}" for note, letter in letters.items()]
    blocks += map(DRESS.plain, table.notes)
    return "\n\n".join(blocks)


def _section(section: Section, letters: dict[str, str]) -> str:
    header, *body = grid(section, letters, DRESS)
    names = 1 if section.transposed else len(section.heads)
    lines = tabulate(
        body,
        headers=header,
        tablefmt="pipe",
        disable_numparse=True,
        colalign=["left"] * names + ["right"] * (len(header) - names),
    )
    banner = [f"> **{DRESS.plain(section.banner)}**"] if section.banner else []
    return "\n\n".join([f"#### {DRESS.plain(section.title)}", *banner, lines])
