"""The figure of all crop recipes: one synthetic face, and every crop of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from aubench.crops.crop import CROPS, Crop
from aubench.crops.warp import Matrix, transform, warp
from aubench.figures.style import COLOURS, SYNTHETIC, figure, show_landmarks
from aubench.frames import FloatArray, ImageArray
from aubench.synthetic.corpora.disfa_tree import DisfaTree
from aubench.synthetic.dynamics import FRAMES, perform
from aubench.synthetic.face.identity import draw_person
from aubench.synthetic.face.model import build
from aubench.synthetic.scene import Scene

SIZE = 256
"""Width and height of the crops in pixels."""

WHOLE = 600
"""Width and height of the picture that is cropped, in pixels."""

FACE, LABEL = 2.3, 3.0
"""Width of a crop, and of the source picture; inches."""


def synthetic_face(seed: int) -> tuple[ImageArray, FloatArray]:
    """A rendered face, its head turned and tilted a little: (H, W, 3) RGB, (68, 2) landmarks."""
    view = DisfaTree(width=WHOLE, height=WHOLE).view(seed, 0.0)
    view = replace(view, turn=(-10.0, 0.0, 12.0), fill=0.6)
    return Scene(build(draw_person(seed)), view).draw(perform(seed).moment(FRAMES // 2))


def draw(path: Path, seed: int) -> None:
    """Write the picture: the source with the outline of each crop, then the crops."""
    picture, landmarks = synthetic_face(seed)
    columns = len(CROPS)
    title = "Crop recipes: what each takes of a picture, and its crop with the landmarks"
    width = LABEL + columns * FACE
    with figure([path], width, LABEL + 0.2, title, (SYNTHETIC,)) as drawn:
        ratios = [LABEL, *[FACE] * columns]
        cells = drawn.subplots(1, 1 + columns, width_ratios=ratios)
        _show(cells[0], picture, landmarks, "the picture")
        cells[0].spines[:].set_visible(False)
        for axes, colour, (name, recipe) in zip(cells[1:], COLOURS, CROPS.items(), strict=False):
            matrix = recipe.matrix(landmarks, SIZE)
            _outline(cells[0], matrix, colour)
            crop = warp(picture, matrix, SIZE)
            _show(axes, crop, transform(landmarks, matrix), _caption(name, recipe))
            axes.spines[:].set(visible=True, color=colour, linewidth=3)


def _caption(name: str, recipe: Crop) -> str:
    margin = getattr(recipe, "margin", None)
    return name if margin is None else f"{name}, margin {margin:g}"


def _show(axes: Axes, picture: ImageArray, landmarks: FloatArray, title: str) -> None:
    """Draw a picture with the landmarks that lie inside it."""
    height, width = picture.shape[:2]
    axes.imshow(picture, interpolation="lanczos")
    show_landmarks(axes, landmarks, height, width, dot=5)
    axes.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5), xticks=[], yticks=[])
    axes.set_title(title, fontweight="bold")


def _outline(axes: Axes, matrix: Matrix, colour: str) -> None:
    """Draw the border of a crop in the source picture."""
    edge = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]) * SIZE - 0.5
    x, y = np.linalg.solve(matrix[:, :2], (edge - matrix[:, 2]).T)
    axes.plot(x, y, color=colour, linewidth=2)
