r"""Tables in LaTeX: ``table*`` with booktabs rules, one ``tabular`` per section."""

from __future__ import annotations

from aubench.errors import printable
from aubench.report.grid import TextStyle, grid
from aubench.report.model import Section, Table

ESCAPES = {
    "\\": r"\textbackslash{}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "[": "{[}",  # after the end of a row it would begin a length
    "*": "{*}",  # and this forbid a page break there
    "†": r"\dag{}",
    "–": "--",
    "…": r"\dots{}",
    "≥": r"$\geq$",
    "±": r"$\pm$",
}

STYLE = TextStyle(
    plain=lambda text: "".join(ESCAPES.get(sign, sign) for sign in printable(text)),
    bold=lambda text: rf"\textbf{{{text}}}",
    mark=lambda letters: rf"\textsuperscript{{{letters}}}",
)

HEADER = "% needs \\usepackage{booktabs} and \\usepackage[T1]{fontenc}"


def render(tables: list[Table]) -> str:
    """Every table in LaTeX."""
    return "\n".join([HEADER, *map(_table, tables)])


def _table(table: Table) -> str:
    letters = table.footnotes()
    notes = [f"{STYLE.mark(letter)}~{STYLE.plain(note)}" for note, letter in letters.items()]
    notes += map(STYLE.plain, table.notes)
    below = [r"\par\smallskip\parbox{\textwidth}{" + "\\par\n".join(notes) + "}"] if notes else []
    return "\n".join(
        [
            r"\begin{table*}\centering\scriptsize\setlength{\tabcolsep}{3pt}",
            rf"\caption{{{STYLE.plain(table.title)}}}",
            *(_section(section, letters) for section in table.sections),
            *below,
            r"\end{table*}",
        ]
    )


def _section(section: Section, letters: dict[str, str]) -> str:
    header, *body = grid(section, letters, STYLE)
    names = 1 if section.transposed else len(section.heads)
    shape = "l" * names + "r" * (len(header) - names)
    above = [rf"\par\smallskip\emph{{{STYLE.plain(section.title)}}}\par"]
    if section.banner:
        above.append(rf"\textbf{{{STYLE.plain(section.banner)}}}\par")
    return "\n".join(
        [
            *above,
            rf"\begin{{tabular}}{{{shape}}}",
            r"\toprule",
            " & ".join(header) + r" \\",
            r"\midrule",
            *(" & ".join(line) + r" \\" for line in body),
            r"\bottomrule",
            r"\end{tabular}",
        ]
    )
