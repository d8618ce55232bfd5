"""One person before one camera: a picture and its 68 landmarks for every moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import cv2
import numpy as np

from aubench.synthetic.face import atlas
from aubench.synthetic.face.expression import AUS, basis, mixture
from aubench.synthetic.face.furrows import reliefs
from aubench.synthetic.face.mesh import landmark_vertices
from aubench.synthetic.face.model import Model
from aubench.synthetic.render.compiled import Bytes, Float, Single, single
from aubench.synthetic.render.geometry import Placement, mix, normals, project
from aubench.synthetic.render.shading import MATERIALS, Surface, develop, emboss, shade
from aubench.synthetic.render.visibility import SUPER, find_visible, list_samples

PIVOT = np.array([0.0, 95.0, -15.0])
"""The point about which the head turns: the top of the neck, mm."""

MIDDLE = np.array([0.0, 0.0, 20.0])
"""The point at which the camera is aimed, mm."""


@dataclass(frozen=True)
class Moment:
    """The state of a face in one frame.

    Attributes:
        intensities: (17,) 0–5, the order of `aubench.synthetic.face.expression.AUS`.
        turn: (3,) yaw, pitch, roll of the head, degrees; positive yaw looks to the right of the
            picture, positive pitch down, positive roll leans clockwise.
        shift: (3,) movement of the head, mm.
        gaze: (2,) of the eyes within the head, degrees right and down.
        blink: 0 (open) to 1 (closed).
        grain: Where in the sequence of the sensor's noise the frame starts.
    """

    intensities: Float = field(default_factory=lambda: np.zeros(len(AUS)))
    turn: tuple[float, float, float] = (0.0, 0.0, 0.0)
    shift: tuple[float, float, float] = (0.0, 0.0, 0.0)
    gaze: tuple[float, float] = (0.0, 0.0)
    blink: float = 0.0
    grain: int = 0


@dataclass(frozen=True)
class View:
    """What stays the same in all frames: the camera, the lights and the background.

    Attributes:
        width: Pixels.
        height: Pixels.
        fill: Height of a mean head (crown to chin) as a share of the picture's.
        distance: Of the camera from the head, mm.
        centre: (2,) where the middle of the head appears, as shares of width and height.
        turn: (3,) yaw, pitch, roll of the whole person before the camera, degrees.
        lights: (2 + L, 6) sky and ground colours in columns 3–5, then L lights: direction (towards
            the light) and colour, linear RGB.
        backdrop: (height, width, 3) linear RGB, 0–1.
        noise: Standard deviation of the sensor's noise, 8-bit units.
    """

    width: int
    height: int
    backdrop: Float
    lights: Float
    fill: float = 0.7
    distance: float = 900.0
    centre: tuple[float, float] = (0.5, 0.5)
    turn: tuple[float, float, float] = (0.0, 0.0, 0.0)
    noise: float = 1.5


def rotation(turn: tuple[float, float, float]) -> Float:
    """The matrix of yaw, pitch and roll in degrees, applied roll first."""
    yaw, pitch, roll = np.radians(turn)
    a = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    b = np.array([[1, 0, 0], [0, np.cos(pitch), np.sin(pitch)], [0, -np.sin(pitch), np.cos(pitch)]])
    c = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    return np.asarray(a @ b @ c)


class Scene:
    """A person before a camera.

    Args:
        model: The person.
        view: Camera, lights and background.
    """

    def __init__(self, model: Model, view: View) -> None:
        self.model, self.view = model, view
        self._step = 2 if 240.0 / (view.fill * view.height) > 0.8 else 1  # mm per pixel
        self._atlas = _shrink(model.picture, self._step)
        self._resting = _shrink(model.resting, self._step)
        self._relief = self._resting.copy()

        self._face = len(model.neutral)
        self._place = np.zeros((len(model.body), 3), np.float32)
        self._screen = np.zeros_like(self._place)
        self._vertex = np.zeros((len(model.body), 6), np.float32)
        self._vertex[:, 3:5] = model.uv if self._step == 1 else (model.uv - 0.5) / 2
        self._vertex[:, 5] = model.sky
        self._eye_uv = self._vertex[model.eyes, 3:5].copy()

        shape = (SUPER * view.height, SUPER * view.width)
        self._depth, self._winner = np.zeros(shape, np.float32), np.zeros(shape, np.int32)
        self._light = np.zeros((view.height * view.width, 3), np.float32)
        self._todo = np.zeros((SUPER**2 * view.height * view.width, 5), np.float32)

        focal = view.fill * view.height * view.distance / 240.0
        axis = (view.centre[0] * view.width, view.centre[1] * view.height)
        self._lens = single([*(SUPER * c for c in (*axis, focal)), view.distance])
        self._whole = rotation(view.turn)
        self._lights = _towards_viewer(view.lights)
        self._backdrop = single(view.backdrop)
        grain = np.random.default_rng([model.person.seed, 0x6A])
        self._grain = single(grain.normal(0, view.noise, 60_001))

    def draw(self, moment: Moment) -> tuple[Bytes, Single]:
        """Render a moment.

        Returns:
            (height, width, 3) uint8 RGB, and (68, 2) float32 x, y in pixels, pixel centres at
            integers.
        """
        down = self._pose(moment)
        self._crease(moment)
        normals(self._place, self.model.triangles, self._vertex)
        find_visible(
            self._screen, self.model.triangles, self.model.closed, self._depth, self._winner
        )
        surface = Surface(
            self._screen, self._vertex, self.model.triangles, self.model.material, self._atlas,
            self._relief, self._lights, down, MATERIALS,
        )  # fmt: skip
        seen = (self._depth, self._winner)
        count = list_samples(seen, self.model.material, self._backdrop, self._todo, self._light)
        shade(surface, self._todo[:count], self._light)
        canvas = np.empty((self.view.height, self.view.width, 3), np.uint8)
        start = moment.grain % (len(self._grain) - 8)
        develop(self._light, _tone(), self._grain, start, canvas.reshape(-1, 3))
        return canvas, self._landmarks()

    def landmarks(self, moment: Moment) -> Single:
        """The (68, 2) landmarks of a moment without its picture."""
        self._pose(moment)
        return self._landmarks()

    def _landmarks(self) -> Single:
        # sample k covers the pixel (k - 0.5) / 2
        points = self._screen[landmark_vertices(), :2]
        return np.asarray((points - 0.5) / SUPER, dtype=np.float32)

    def _pose(self, moment: Moment) -> Single:
        """Deform, turn and project all vertices; return the downward axis of the head, (3,)."""
        model = self.model
        shown = np.minimum(moment.intensities, 5) * model.person.reach
        weights = mixture(shown, moment.blink)
        weights[-1] *= model.person.lids
        face = self._place[: self._face]
        mix(model.neutral, _basis(), single(weights), face)
        for near, centre, axes in model.lids:
            offset = (face[near, :2] - centre[:2]) / axes[:2]
            bulge = axes[2] * np.sqrt(np.maximum(1 - (offset**2).sum(axis=1), 0))
            inside = (bulge > 0) & (face[near, 2] > centre[2] - 6)
            raised = np.maximum(face[near, 2], centre[2] + bulge)
            face[near, 2] = np.where(inside, raised, face[near, 2])
        opening = single(weights[AUS.index(26)])
        self._place[self._face :] = model.rest + opening * model.swing

        sight = np.radians(np.array(moment.gaze))
        slide = np.sin(sight) * 12.0 / (2 * atlas.EYE_SPAN) * (atlas.EYE.width - 4) / self._step
        self._vertex[model.eyes, 3:5] = self._eye_uv - single(slide)

        head = self._whole @ rotation(moment.turn)
        bend = self._whole @ rotation((0.12 * moment.turn[0], 0.05 * moment.turn[1], 0.0))
        shift = np.array(moment.shift)
        stay = shift * (0.6, 0.3, 0.6)
        placement = Placement(self._moved(head, shift), self._moved(bend, stay), self._lens)
        project(self._place, self.model.body, placement, self._screen)
        return single(head[:, 1])

    def _moved(self, turn: Float, shift: Float) -> Single:
        """The matrix (3, 4) of a turn about `PIVOT` and a shift, with `MIDDLE` as the origin."""
        moved = shift - turn @ PIVOT + self._whole @ (PIVOT - MIDDLE)
        return single(np.concatenate([turn, moved[:, None]], axis=1))

    def _crease(self, moment: Moment) -> None:
        """Add the furrows of a moment to the relief of the resting face."""
        np.copyto(self._relief, self._resting)
        share = moment.intensities / 5 * self.model.person.wrinkling
        for weight, (y, x, patch) in zip(share, _furrows(self._step), strict=True):
            if weight > 0 and patch.size:
                emboss(patch, y, x, float(weight), self._relief)


@cache
def _basis() -> Single:
    return single(basis())


@cache
def _furrows(step: int) -> tuple[tuple[int, int, Single], ...]:
    """Row, column and map of the patches of relief at 1/step of their size."""
    return tuple((y // step, x // step, _shrink(m, step)) for y, x, m in reliefs()[0])


@cache
def _tone() -> Single:
    """8-bit tone of linear light from 0 to 2: sRGB with a soft shoulder, (4096,)."""
    x = np.linspace(0, 2, 4096)
    x = np.where(x < 0.7, x, 0.7 + 0.3 * np.tanh((x - 0.7) / 0.33))
    srgb = np.where(x <= 0.0031308, 12.92 * x, 1.055 * x ** (1 / 2.4) - 0.055)
    return single(255 * srgb)


def _towards_viewer(lights: Float) -> Single:
    """Unit directions, colours, and unit vectors half way to the viewer: (2 + L, 9)."""
    length = np.linalg.norm(lights[:, :3], axis=1, keepdims=True)
    unit = lights[:, :3] / np.maximum(length, 1e-9)
    half = unit + np.array([0, 0, 1.0])
    half /= np.linalg.norm(half, axis=1, keepdims=True)
    return single(np.concatenate([unit, lights[:, 3:6], half], axis=1))


def _shrink(picture: Single | Float, step: int) -> Single:
    """The picture at 1/step of its size."""
    if step == 1 or not picture.size:
        return single(picture)
    size = (max(1, picture.shape[1] // step), max(1, picture.shape[0] // step))
    return single(cv2.resize(np.asarray(picture, float), size, interpolation=cv2.INTER_AREA))
