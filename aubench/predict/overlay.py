"""The overlay: the picture, one bar per AU and, for heat-map methods, one map per AU."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from matplotlib import get_data_path
from PIL import Image, ImageDraw, ImageFont

from aubench.action_units import MAX_INTENSITY, NAMES, column
from aubench.frames import FloatArray, ImageArray
from aubench.predict.faces import CroppedFace
from aubench.predict.heat_colours import Colour, blend_map, intensity_colour
from aubench.predict.inputs import InputFrame

GROUND: Colour = (22, 24, 29)
TRACK: Colour = (46, 50, 58)
LINE: Colour = (70, 75, 86)
TEXT: Colour = (236, 238, 242)
FAINT: Colour = (150, 157, 170)
ALARM: Colour = (255, 176, 59)

MARGIN = 24
PICTURE = (800, 560)
"""Largest width and height that the picture is shown at."""
PANEL = 470
"""Width of the bars with their names, pixels."""
TILE = 148
"""Smallest width of a face under a map, pixels."""
CAPTION = 26
"""Height of the line under such a face."""


@dataclass(frozen=True)
class Estimate:
    """What a run estimates of one input frame.

    Attributes:
        face: The cropped face; None if there was none.
        values: (A,) intensities, mostly 0–5; None without a face.
        maps: (A, h, w), larger where the AU is stronger; None if the method has no maps.
        under: (S, S, 3) uint8 RGB, what the maps lie on.
    """

    face: CroppedFace | None = None
    values: FloatArray | None = None
    maps: FloatArray | None = None
    under: ImageArray | None = None


@dataclass(frozen=True)
class Overlay:
    """Draws input frames; frames of one size give drawings of one size, even in pixels.

    Attributes:
        aus: Action Units, in the order of the values.
        title: Above the bars.
        notes: Below the bars; what a viewer must know.
        maps: True to leave space for faces under maps.
    """

    aus: Sequence[int]
    title: str
    notes: tuple[str, ...]
    maps: bool

    def draw(self, frame: InputFrame, estimate: Estimate) -> ImageArray:
        """The drawing of a frame, (H, W, 3) uint8 RGB."""
        height, width = frame.picture.shape[:2]
        scale = min(PICTURE[0] / width, PICTURE[1] / height)
        box = (round(width * scale), round(height * scale))
        inner = box[0] + MARGIN + PANEL
        top = max(box[1], self._panel_height())
        tiles = MapTiles(self.aus, inner) if self.maps else None
        below = MARGIN + tiles.height if tiles else 0
        size = (2 * MARGIN + inner, 2 * MARGIN + top + below)
        canvas = Image.new("RGB", (size[0] + size[0] % 2, size[1] + size[1] % 2), GROUND)
        picture = _resized(frame.picture, box)
        if estimate.face is not None:
            _outline(ImageDraw.Draw(picture), estimate.face, scale)
        canvas.paste(picture, (MARGIN, MARGIN))
        pen = ImageDraw.Draw(canvas)
        self._bars(pen, (MARGIN + box[0] + MARGIN, MARGIN), frame, estimate.values)
        if tiles and estimate.maps is not None and estimate.under is not None:
            assert estimate.values is not None
            tiles.draw(
                canvas, (MARGIN, 2 * MARGIN + top), estimate.values, estimate.maps, estimate.under
            )
        return np.asarray(canvas, dtype=np.uint8)

    def _panel_height(self) -> int:
        """Height of title, bars, scale and notes in pixels."""
        return 64 + 38 * len(self.aus) + 28 + 22 * len(self.notes)

    def _bars(
        self,
        pen: ImageDraw.ImageDraw,
        corner: tuple[int, int],
        frame: InputFrame,
        values: FloatArray | None,
    ) -> None:
        """Draw the title, one bar per AU from 0 to 5, the scale, and the notes."""
        x, y = corner
        pen.text((x, y), self.title, TEXT, font(20, bold=True))
        which = frame.file or f"frame {frame.number}"
        pen.text(
            (x, y + 28), f"{which}: no landmarks" if values is None else which, FAINT, font(15)
        )
        start, end = x + 210, x + PANEL - 52
        y += 64
        unit = (end - start) / MAX_INTENSITY
        bottom = y + 38 * len(self.aus)
        for row, au in enumerate(self.aus):
            middle = y + 38 * row + 17
            pen.text((x, middle), column(au), TEXT, font(16, bold=True), anchor="lm")
            name = NAMES.get(au, "")
            pen.text((x + 56, middle), name, FAINT, font(_fitting(name, 14, 148)), anchor="lm")
            pen.rounded_rectangle((start, middle - 10, end, middle + 10), 5, TRACK)
            if values is None:
                continue
            value = float(values[row])
            length = min(max(value, 0.0), MAX_INTENSITY) * unit
            if length >= 1:
                box = (start, middle - 10, start + length, middle + 10)
                pen.rounded_rectangle(box, min(5, length / 2), intensity_colour(value))
            pen.text((end + 12, middle), f"{value:z.2f}", TEXT, font(16), anchor="lm")
        for level in range(int(MAX_INTENSITY) + 1):
            place = start + level * unit
            pen.line((place, y, place, bottom), LINE)
            pen.text((place, bottom + 4), str(level), FAINT, font(13), anchor="ma")
        for row, note in enumerate(self.notes):
            pen.text((x, bottom + 28 + 22 * row), note, ALARM, font(14))


@dataclass(frozen=True)
class MapTiles:
    """Rows of faces, one per AU, each under its map.

    Attributes:
        aus: Action Units.
        width: Largest width of a row in pixels.
    """

    aus: Sequence[int]
    width: int

    @property
    def rows(self) -> int:
        """Number of rows: as few as possible."""
        most = max(1, (self.width + 8) // (TILE + 8))
        return -(-len(self.aus) // most)

    @property
    def columns(self) -> int:
        """Faces per row, so that the rows are about equally long."""
        return -(-len(self.aus) // self.rows)

    @property
    def side(self) -> int:
        """Width and height of a face in pixels."""
        return min((self.width + 8) // self.columns - 8, 260)

    @property
    def height(self) -> int:
        """Height of all rows in pixels."""
        return self.rows * (self.side + CAPTION)

    def draw(
        self,
        canvas: Image.Image,
        corner: tuple[int, int],
        values: FloatArray,
        maps: FloatArray,
        under: ImageArray,
    ) -> None:
        """Draw all faces under their maps."""
        pen = ImageDraw.Draw(canvas)
        for place, au in enumerate(self.aus):
            x = corner[0] + place % self.columns * (self.side + 8)
            y = corner[1] + place // self.columns * (self.side + CAPTION)
            glow = blend_map(under, maps[place], float(values[place]))
            canvas.paste(_resized(glow, (self.side, self.side)), (x, y))
            pen.text((x + 2, y + self.side + 3), column(au), FAINT, font(14, bold=True))
            text = f"{values[place]:z.2f}"
            pen.text((x + self.side - 2, y + self.side + 3), text, TEXT, font(14), anchor="ra")


@cache
def font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    """DejaVu Sans in ``size`` pixels; the font comes with matplotlib."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(Path(get_data_path()) / "fonts" / "ttf" / name, size)


def _fitting(text: str, size: int, width: int) -> int:
    """The largest font size up to ``size`` at which ``text`` is no wider than ``width``."""
    while size > 8 and font(size).getlength(text) > width:
        size -= 1
    return size


def _resized(picture: ImageArray, box: tuple[int, int]) -> Image.Image:
    return Image.fromarray(picture).resize(box, Image.Resampling.LANCZOS)


def _outline(pen: ImageDraw.ImageDraw, face: CroppedFace, scale: float) -> None:
    """Draw the border of the crop in a picture enlarged by ``scale``."""
    last = face.picture.shape[0] - 0.5
    corners = np.array([[-0.5, -0.5], [last, -0.5], [last, last], [-0.5, last]])
    linear, shift = face.matrix[:, :2], face.matrix[:, 2]
    places = np.linalg.solve(linear, (corners - shift).T).T
    line = [((x + 0.5) * scale, (y + 0.5) * scale) for x, y in places]
    pen.line([*line, line[0]], TEXT, 2)
