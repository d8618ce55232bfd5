"""One person before one camera: a picture and its 68 landmarks for every moment."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from aubench.corpora.synthetic import atlas, raster
from aubench.corpora.synthetic.expression import AUS, basis, mixture, swing
from aubench.corpora.synthetic.fields import EYE_HALF, EYE_X, Float
from aubench.corpora.synthetic.furrows import reliefs
from aubench.corpora.synthetic.identity import Person
from aubench.corpora.synthetic.mesh import grid, landmark_vertices
from aubench.corpora.synthetic.parts import EYEBALL, eye_place, parts_of
from aubench.corpora.synthetic.raster import MATERIALS, SKIN, SUPER, Single
from aubench.corpora.synthetic.shape import asymmetry, mean_face, modes
from aubench.corpora.synthetic.skin import EYE_SPAN, paint

PIVOT = np.array([0.0, 95.0, -15.0], dtype=np.float32)
"""What the head turns about: the top of the neck, mm."""


@dataclass(frozen=True)
class Moment:
    """What changes from frame to frame.

    Attributes:
        intensities: (17,) 0–5, the order of `aubench.corpora.synthetic.expression.AUS`.
        turn: (3,) yaw, pitch, roll of the head, degrees; positive yaw looks to the right of the
            picture, positive pitch down, positive roll leans clockwise.
        shift: (3,) movement of the head, mm.
        gaze: (2,) of the eyes within the head, degrees right and down.
        blink: 0 (open) to 1 (closed).
        grain: Where the sensor's noise starts.
    """

    intensities: Float = field(default_factory=lambda: np.zeros(len(AUS)))
    turn: tuple[float, float, float] = (0.0, 0.0, 0.0)
    shift: tuple[float, float, float] = (0.0, 0.0, 0.0)
    gaze: tuple[float, float] = (0.0, 0.0)
    blink: float = 0.0
    grain: int = 0


@dataclass(frozen=True)
class View:
    """What stays fixed: the camera, the lights and the background.

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
    backdrop: Single
    lights: Float
    fill: float = 0.7
    distance: float = 900.0
    centre: tuple[float, float] = (0.5, 0.5)
    turn: tuple[float, float, float] = (0.0, 0.0, 0.0)
    noise: float = 1.5


def rotation(turn: tuple[float, float, float]) -> npt.NDArray[np.float32]:
    """The matrix of yaw, pitch and roll in degrees, applied roll first."""
    yaw, pitch, roll = np.radians(turn)
    a = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    b = np.array([[1, 0, 0], [0, np.cos(pitch), np.sin(pitch)], [0, -np.sin(pitch), np.cos(pitch)]])
    c = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    return np.asarray(a @ b @ c, dtype=np.float32)


class Scene:
    """A person before a camera, ready to be drawn.

    Args:
        person: Who.
        view: Seen how.
    """

    def __init__(self, person: Person, view: View) -> None:
        self.person, self.view = person, view
        rng = np.random.default_rng([person.seed, 0x5CE])
        mesh = grid()
        closed = mean_face() + np.tensordot(person.shape, modes(), axes=1) + asymmetry(rng)
        self._neutral = closed.astype(np.float32)
        self._basis = basis().astype(np.float32)
        self._reach = np.concatenate([person.reach, [1.0], [person.lids]])
        parts = parts_of(person, closed)
        self._lid_patches(closed)

        counts = np.cumsum([len(mesh.s), *(len(p.position) for p in parts)])
        self._face = len(mesh.s)
        self._place = np.zeros((counts[-1], 3), np.float32)
        self._place[self._face :] = np.concatenate([p.position for p in parts])
        self._rest = self._place[self._face :].copy()
        self._eyes = slice(counts[0], counts[2])
        moved = [p.triangles + int(n) for n, p in zip(counts[:-1], parts, strict=True)]
        self._triangles = np.concatenate([mesh.triangles, *moved]).astype(np.int32)
        sizes = [len(mesh.triangles), *(len(p.triangles) for p in parts)]
        self._material = np.repeat([SKIN, *(p.material for p in parts)], sizes).astype(np.int32)
        jaws = np.repeat([p.jaw for p in parts], [len(p.position) for p in parts])
        self._swing = (swing(self._rest) * jaws[:, None]).astype(np.float32)
        self._body = np.concatenate([np.zeros(self._face), *(p.body for p in parts)])
        self._body = self._body.astype(np.float32)[:, None]

        self._vertex = np.zeros((counts[-1], 6), np.float32)
        self._vertex[:, 3:5] = np.concatenate(
            [atlas.face_uv(mesh.s, mesh.v), *(p.uv for p in parts)]
        )
        self._vertex[:, 5] = np.concatenate([np.ones(self._face), *(p.sky for p in parts)])
        self._textures(person)
        self._eye_uv = self._vertex[self._eyes, 3:5].copy()
        self._camera()

    def _lid_patches(self, closed: Float) -> None:
        """Which vertices must stay in front of each eyeball."""
        points = closed[landmark_vertices()]
        canon = grid().canon
        self._lids = []
        for corner, sign in ((36, -1), (42, 1)):
            centre, size = eye_place(points, corner)
            gap = ((canon.x - sign * EYE_X) / (EYE_HALF + 5)) ** 2 + (canon.y / 16.0) ** 2
            near = np.flatnonzero((gap < 1) & (canon.front > 0.5))
            axes = (EYEBALL * size + 1.1).astype(np.float32)
            self._lids.append((near, centre.astype(np.float32), axes))

    def _textures(self, person: Person) -> None:
        """The atlas and the relief, at half size where the picture is small."""
        picture = paint(person)
        moving, still = reliefs()
        per_pixel = 240.0 / (self.view.fill * self.view.height)
        self._half = per_pixel > 0.8
        resting = np.zeros((atlas.FACE_HEIGHT, atlas.FACE_WIDTH, 3), np.float32)
        rng = np.random.default_rng([person.seed, 0x57])
        amounts = {
            "crease": rng.uniform(0.0, 1.3),
            "age": 0.15 + 1.1 * person.age,
            "anatomy": rng.uniform(0.3, 1.2),
        }
        for name, amount in amounts.items():
            y, x, patch = still[name]
            resting[y : y + patch.shape[0], x : x + patch.shape[1]] += amount * patch
        step = 2 if self._half else 1
        self._atlas = _shrink(picture, step)
        self._resting = _shrink(resting, step)
        self._relief = self._resting.copy()
        self._moving = [(y // step, x // step, _shrink(m, step)) for y, x, m in moving]
        if self._half:
            self._vertex[:, 3:5] = (self._vertex[:, 3:5] - 0.5) / 2

    def _camera(self) -> None:
        """Buffers, tone curve, lights and the matrices that do not change."""
        view = self.view
        shape = (SUPER * view.height, SUPER * view.width)
        self._depth, self._winner = np.zeros(shape, np.float32), np.zeros(shape, np.int32)
        self._screen = np.zeros_like(self._place)
        self._focal = view.fill * view.height * view.distance / 240.0
        self._whole = rotation(view.turn)
        directions = view.lights[:, :3]
        length = np.linalg.norm(directions, axis=1, keepdims=True)
        unit = np.divide(directions, length, out=np.zeros_like(directions), where=length > 0)
        half = unit + np.array([0, 0, 1.0])
        half /= np.linalg.norm(half, axis=1, keepdims=True)
        self._lights = np.concatenate([unit, view.lights[:, 3:6], half], 1).astype(np.float32)
        x = np.linspace(0, 2, 4096)
        x = np.where(x < 0.7, x, 0.7 + 0.3 * np.tanh((x - 0.7) / 0.3 * 0.9) / 0.9 * 0.95)
        x = np.clip(x, 0, 1)
        srgb = np.where(x <= 0.0031308, 12.92 * x, 1.055 * x ** (1 / 2.4) - 0.055)
        grain = np.random.default_rng([self.person.seed, 0x6A]).normal(0, view.noise, 60_001)
        self._film = raster.Film(
            (255 * srgb).astype(np.float32),
            grain.astype(np.float32),
            np.ascontiguousarray(view.backdrop, dtype=np.float32),
        )
        self._canvas = np.zeros((view.height, view.width, 3), np.uint8)

    def draw(self, moment: Moment) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
        """The picture of a moment and its landmarks.

        Returns:
            (height, width, 3) uint8 RGB, and (68, 2) float32 x, y in pixels, pixel centres at
            integers.
        """
        down = self._pose(moment)
        self._crease(moment)
        raster.normals(self._place, self._triangles, self._vertex)
        raster.visibility(self._screen, self._triangles, self._depth, self._winner)
        surface = raster.Surface(
            self._screen, self._vertex, self._triangles, self._material, self._atlas,
            self._relief, self._lights, down, MATERIALS,
        )  # fmt: skip
        start = moment.grain % (len(self._film.grain) - 8)
        raster.expose(surface, self._film, (self._depth, self._winner), start, self._canvas)
        return self._canvas.copy(), self._landmarks()

    def landmarks(self, moment: Moment) -> npt.NDArray[np.float32]:
        """The (68, 2) landmarks of a moment without its picture."""
        self._pose(moment)
        return self._landmarks()

    def _landmarks(self) -> npt.NDArray[np.float32]:
        # sample k covers the pixel (k - 0.5) / 2
        points = self._screen[landmark_vertices(), :2]
        return np.asarray((points - 0.5) / SUPER, dtype=np.float32)

    def _pose(self, moment: Moment) -> npt.NDArray[np.float32]:
        """Deform, turn and project all vertices; returns the head's downward axis."""
        weights = mixture(moment.intensities, moment.blink) * self._reach
        face = self._place[: self._face]
        raster.mix(self._neutral, self._basis, weights.astype(np.float32), face)
        for near, centre, axes in self._lids:
            offset = (face[near] - centre) / axes
            far: Single = np.sqrt((offset**2).sum(axis=1, keepdims=True)) + np.float32(1e-6)
            out = (far < 1) & (offset[:, 2:] > -0.2)
            face[near] = np.where(out, centre + offset / far * axes, face[near])
        opening = np.float32(weights[AUS.index(26)])
        self._place[self._face :] = self._rest + opening * self._swing

        share = 2.0 if self._half else 1.0
        sight = np.radians(np.array(moment.gaze, dtype=np.float32))
        slide = np.sin(sight) * 12.0 / (2 * EYE_SPAN) * (atlas.EYE.width - 4) / share
        self._vertex[self._eyes, 3:5] = self._eye_uv - slide

        head = self._whole @ rotation(moment.turn)
        bend = self._whole @ rotation((0.12 * moment.turn[0], 0.05 * moment.turn[1], 0.0))
        place: Single = self._place - PIVOT
        move = np.array(moment.shift, dtype=np.float32)
        turned: Single = np.asarray(place @ head.T + move)
        if self._body.any():
            stay = place @ bend.T + move * np.array([0.6, 0.3, 0.6], np.float32)
            turned = turned + self._body * (stay - turned)
        turned[:, :3] += self._whole @ (PIVOT - np.array([0, 0, 20], np.float32))
        np.copyto(self._place, turned)
        view = self.view
        near = np.float32(1) / (np.float32(view.distance) - turned[:, 2])
        scale = np.float32(self._focal * SUPER) * near
        self._screen[:, 0] = turned[:, 0] * scale + np.float32(SUPER * view.centre[0] * view.width)
        self._screen[:, 1] = turned[:, 1] * scale + np.float32(SUPER * view.centre[1] * view.height)
        self._screen[:, 2] = near
        return np.ascontiguousarray(head[:, 1])

    def _crease(self, moment: Moment) -> None:
        """Mix the relief of the moment's furrows."""
        np.copyto(self._relief, self._resting)
        share = moment.intensities / 5 * self.person.wrinkling
        for weight, (y, x, patch) in zip(share, self._moving, strict=True):
            if weight > 0 and patch.size:
                raster.emboss(patch, y, x, float(weight), self._relief)


def _shrink(picture: Single, step: int) -> Single:
    """The picture at 1/step of its size."""
    if step == 1 or not picture.size:
        return np.ascontiguousarray(picture, dtype=np.float32)
    size = (max(1, picture.shape[1] // step), max(1, picture.shape[0] // step))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(small, dtype=np.float32)
