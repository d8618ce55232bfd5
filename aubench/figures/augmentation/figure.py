"""The figure of augmented faces: landmarks on each face, targets beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from aubench.figures.augmentation.examples import Example, ExampleRow
from aubench.figures.style import figure, show_landmarks, show_picture
from aubench.predict.heat_colours import blend_map

COLUMNS = 3
LABEL, FACE = 2.2, 1.25
"""Width of a row's label, and of a face; inches."""


def draw(
    path: Path, blocks: Sequence[Sequence[ExampleRow]], title: str, warnings: Sequence[str]
) -> None:
    """Write the figure.

    Args:
        path: A PNG file.
        blocks: Rows; one block per method.
        title: Heading.
        warnings: Lines below the title.
    """
    lines = [row for block in blocks for row in block]
    pair = 2 * FACE if any(c.target is not None for row in lines for c in row.cells) else FACE
    width = LABEL + COLUMNS * (pair + 0.1)
    with figure([path], width, len(lines) * (FACE + 0.28), title, warnings) as drawn:
        grid = drawn.add_gridspec(len(lines), 1 + COLUMNS, width_ratios=[LABEL, *[pair] * COLUMNS])
        for place, row in enumerate(lines):
            _label(drawn.add_subplot(grid[place, 0]), row, heads=any(row is b[0] for b in blocks))
            for column, example in enumerate(row.cells):
                _draw(drawn.add_subplot(grid[place, 1 + column]), example)


def _label(axes: Axes, row: ExampleRow, heads: bool) -> None:
    axes.set_axis_off()
    size = 13 if heads else 11
    axes.text(0, 0.62, row.title, fontsize=size, fontweight="bold", va="bottom")
    axes.text(0, 0.56, row.numbers, fontsize=9, va="top", linespacing=1.3)


def _draw(axes: Axes, example: Example) -> None:
    """Draw a face with its landmarks and, beside it, the same with its targets if it has any."""
    picture, size = example.picture, example.picture.shape[0]
    if example.target is not None:
        lit = blend_map(picture, example.target, float(example.target.max()))
        picture = np.concatenate([picture, lit], axis=1)
    show_picture(axes, picture)
    for shift in range(0, picture.shape[1], size):
        show_landmarks(axes, example.landmarks, size, size, dot=3.5, shift=shift)
    axes.set_xlim(-0.5, picture.shape[1] - 0.5)
    axes.set_ylim(size - 0.5, -0.5)
    axes.set_title(example.caption, fontsize=9, pad=3)
