"""The style of all figures, with colours that colour-blind people tell apart."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from aubench.frames import FloatArray, ImageArray
from aubench.io.atomic import atomic

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe & Ito, Color Universal Design, 2008, in our order; no yellow, which is pale on white."""

SYNTHETIC = "SYNTHETIC: rendered faces of nobody; says nothing about real ones"

ALARM = "#B00020"
"""Colour of warnings."""

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
    """Yield an empty figure with a heading; it is written to all of ``paths`` at the end.

    Args:
        paths: FigureFiles that end in ``.png`` or ``.pdf``.
        width: Inches.
        height: Inches, without the heading.
        title: First line of the heading.
        warnings: Lines below the title, in red.
    """
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
            with atomic(path) as temporary:
                drawn.savefig(temporary, format=path.suffix[1:], dpi=150, metadata=dated)


def show_picture(axes: Axes, picture: ImageArray) -> None:
    """Fill ``axes`` with a picture, without ticks or frame."""
    axes.imshow(picture, interpolation="lanczos")
    axes.set_axis_off()


def show_landmarks(
    axes: Axes, landmarks: FloatArray, height: int, width: int, *, dot: float, shift: int = 0
) -> None:
    """Draw the landmarks that lie inside a picture on ``axes``.

    Args:
        axes: Where the picture is drawn.
        landmarks: (68, 2) pixels of the picture.
        height: Of the picture in pixels.
        width: Of the picture in pixels.
        dot: Size of a landmark in square points.
        shift: Columns of ``axes`` to the left of the picture.
    """
    inside = ((landmarks > -0.5) & (landmarks < (width - 0.5, height - 0.5))).all(axis=1)
    x, y = landmarks[inside].T
    axes.scatter(x + shift, y, s=dot, c=COLOURS[5], edgecolors="black", linewidths=0.3)
