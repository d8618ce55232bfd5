"""Tables as one HTML page without other files."""

from __future__ import annotations

import html

from aubench.errors import printable
from aubench.report.grid import TextStyle, grid
from aubench.report.model import Section, Table

CSS = """\
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem; }
table { border-collapse: collapse; border-block: 2px solid; margin-bottom: 1.5rem; }
thead { border-bottom: 1px solid; }
th, td { padding: .15rem .5rem; text-align: right; font-variant-numeric: tabular-nums; }
th:first-child, td:first-child { text-align: left; }
.banner { color: #a00; font-weight: bold; }
.notes { font-size: .85em; list-style: none; padding: 0; }"""


def escape(text: str) -> str:
    """The text as it stands in a page: no markup, nothing that steers a terminal."""
    return html.escape(printable(text))


STYLE = TextStyle(
    plain=escape,
    bold=lambda text: f"<strong>{text}</strong>",
    mark=lambda letters: f"<sup>{letters}</sup>",
)


def render(tables: list[Table]) -> str:
    """Every table on one page."""
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">',
            f"<title>aubench</title>\n<style>\n{CSS}\n</style>",
            *map(_table, tables),
            "</html>",
        ]
    )


def _table(table: Table) -> str:
    letters = table.footnotes()
    notes = [f"{STYLE.mark(letter)} {escape(note)}" for note, letter in letters.items()]
    notes += map(escape, table.notes)
    return "\n".join(
        [
            f"<h2>{escape(table.title)}</h2>",
            *(_section(section, letters) for section in table.sections),
            '<ul class="notes">',
            *(f"<li>{note}</li>" for note in notes),
            "</ul>",
        ]
    )


def _section(section: Section, letters: dict[str, str]) -> str:
    header, *body = grid(section, letters, STYLE)
    banner = [f'<p class="banner">{escape(section.banner)}</p>'] if section.banner else []
    return "\n".join(
        [
            f"<h3>{escape(section.title)}</h3>",
            *banner,
            "<table>",
            f"<thead>{_line(header, 'th')}</thead>",
            "<tbody>",
            *(_line(line, "td") for line in body),
            "</tbody>\n</table>",
        ]
    )


def _line(cells: list[str], tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in cells) + "</tr>"
