"""Figures: one style, colours that colour-blind people tell apart, no display needed."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe & Ito, Color Universal Design, 2008, in our order; no yellow, which is pale on white."""

SYNTHETIC = "SYNTHETIC: rendered faces of nobody; says nothing about real ones"

ALARM = "#B00020"
"""Of what a viewer must not overlook."""

_STYLE: dict[Any, Any] = {  # matplotlib types its keys one by one
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "axes.titlesize": 10,
    "axes.labelsize": 10,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": "#DDDDDD",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "pdf.fonttype": 42,  # text stays text: editors and search find it
}

_LINE = 0.25
"""Height of a line of the heading, inches."""

_LETTER = 0.112
"""Width of a letter of the heading, inches."""


@contextmanager
def figure(
    paths: Sequence[Path], width: float, height: float, title: str, warnings: Sequence[str] = ()
) -> Iterator[Figure]:
    """An empty figure below its heading, written to every one of ``paths`` when it is drawn.

    Args:
        paths: Files that end in ``.png`` or ``.pdf``.
        width: Inches.
        height: Of what is drawn, inches; the heading comes on top.
        title: What it shows.
        warnings: Below the title, in an alarming colour.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    wrap = partial(textwrap.wrap, width=max(20, int(width / _LETTER)))
    lines = [(text, n > 0) for n, long in enumerate((title, *warnings)) for text in wrap(long)]
    head = _LINE * len(lines) + 0.1
    whole = height + head
    with rc_context(_STYLE):
        engine = ConstrainedLayoutEngine(rect=(0, 0, 1, height / whole))
        drawn = Figure(figsize=(width, whole), layout=engine)
        for line, (text, alarming) in enumerate(lines):
            drawn.text(
                0.1 / width,
                1 - (line * _LINE + 0.08) / whole,
                text,
                va="top",
                fontsize=11 if alarming else 12,
                fontweight="bold",
                color=ALARM if alarming else "black",
            )
        yield drawn
        drawn.draw_without_rendering()
        drawn.set_layout_engine("none")  # what has been laid out once is the same in every file
        for path in paths:
            path.parent.mkdir(parents=True, exist_ok=True)
            dated = {"CreationDate": None} if path.suffix == ".pdf" else None
            drawn.savefig(path, dpi=150, metadata=dated)
