"""Tables in Markdown, as GitHub reads it."""

from __future__ import annotations

from tabulate import tabulate

from aubench.report.grid import TextStyle, grid
from aubench.report.model import Section, Table

STYLE = TextStyle(
    plain=lambda text: text.replace("|", "\\|").replace("*", "\\*"),
    bold=lambda text: f"**{text}**",
    mark=lambda letters: f"<sup>{letters}</sup>",
)


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
