r"""Tables in LaTeX with booktabs rules, one ``tabular`` per section.

A table that a column of two-column pages can hold is a ``table``, any other a ``table*``; what is
wider even than the page is scaled down to it.
"""

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

BARE = TextStyle(plain=str, bold=str, mark=str)
"""As many characters as are printed, without commands."""

HEADER = "% needs \\usepackage{booktabs,graphicx} and \\usepackage[T1]{fontenc}"

COLUMN = 225.0
"""Points that a column of two-column pages has at least (IEEE 252, CVPR 237, article 229)."""

CHARACTER, SPACE = 3.9, 6.0
"""Points of a character at scriptsize, rather more than less, and between two columns."""


def render(tables: list[Table]) -> str:
    """Every table in LaTeX."""
    return "\n".join([HEADER, *map(_table, tables)])


def _table(table: Table) -> str:
    letters = table.footnotes()
    notes = [f"{STYLE.mark(letter)}~{STYLE.plain(note)}" for note, letter in letters.items()]
    notes += map(STYLE.plain, table.notes)
    below = [r"\par\smallskip\parbox{\linewidth}{" + "\\par\n".join(notes) + "}"] if notes else []
    kind = "table" if max(_points(each, letters) for each in table.sections) <= COLUMN else "table*"
    return "\n".join(
        [
            rf"\begin{{{kind}}}\centering\scriptsize\setlength{{\tabcolsep}}{{3pt}}",
            rf"\caption{{{STYLE.plain(table.title)}}}",
            *(_section(section, letters) for section in table.sections),
            *below,
            rf"\end{{{kind}}}",
        ]
    )


def _points(section: Section, letters: dict[str, str]) -> float:
    """About how wide a section is, in points."""
    lines = grid(section, letters, BARE)
    widths = (max(map(len, column)) for column in zip(*lines, strict=True))
    return sum(CHARACTER * width + SPACE for width in widths)


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
            r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%",
            rf"\begin{{tabular}}{{{shape}}}",
            r"\toprule",
            " & ".join(header) + r" \\",
            r"\midrule",
            *(" & ".join(line) + r" \\" for line in body),
            r"\bottomrule",
            r"\end{tabular}}",
        ]
    )
