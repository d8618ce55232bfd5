"""Rows of augmented faces as one picture: landmarks on the face, targets beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from aubench.figures.augmentation.draws import Cell, Row
from aubench.figures.style import COLOURS, figure
from aubench.predict.heat_colours import blend_map

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = 3
LABEL, FACE = 2.2, 1.25
"""Width of a row's label, and of a face; inches."""


def draw(path: Path, blocks: Sequence[Sequence[Row]], title: str, warnings: Sequence[str]) -> None:
    """Write the picture.

    Args:
        path: A PNG.
        blocks: Rows, a block a method.
        title: Above it.
        warnings: Below the title.
    """
    lines = [row for block in blocks for row in block]
    pair = 2 * FACE if any(c.target is not None for row in lines for c in row.cells) else FACE
    width = LABEL + COLUMNS * (pair + 0.1)
    with figure([path], width, len(lines) * (FACE + 0.28), title, warnings) as drawn:
        grid = drawn.add_gridspec(len(lines), 1 + COLUMNS, width_ratios=[LABEL, *[pair] * COLUMNS])
        for place, row in enumerate(lines):
            _label(drawn.add_subplot(grid[place, 0]), row, heads=any(row is b[0] for b in blocks))
            for column, cell in enumerate(row.cells):
                _draw(drawn.add_subplot(grid[place, 1 + column]), cell)


def _label(axes: Axes, row: Row, heads: bool) -> None:
    axes.set_axis_off()
    size = 13 if heads else 11
    axes.text(0, 0.62, row.title, fontsize=size, fontweight="bold", va="bottom")
    axes.text(0, 0.56, row.numbers, fontsize=9, va="top", linespacing=1.3)


def _draw(axes: Axes, cell: Cell) -> None:
    """A face with its landmarks and, if there are any, the same with its targets."""
    picture, size = cell.picture, cell.picture.shape[0]
    if cell.target is not None:
        lit = blend_map(picture, cell.target, float(cell.target.max()))
        picture = np.concatenate([picture, lit], axis=1)
    axes.imshow(picture, interpolation="lanczos")
    for shift in range(0, picture.shape[1], size):
        x, y = cell.landmarks.T
        inside = (x > -0.5) & (x < size - 0.5) & (y > -0.5) & (y < size - 0.5)
        dot = {"s": 3.5, "c": COLOURS[5], "edgecolors": "black", "linewidths": 0.25}
        axes.scatter(x[inside] + shift, y[inside], **dot)  # type: ignore[arg-type]  # mypy takes the dict for one type
    axes.set_xlim(-0.5, picture.shape[1] - 0.5)
    axes.set_ylim(size - 0.5, -0.5)
    axes.set_axis_off()
    axes.set_title(cell.caption, fontsize=9, pad=3)
