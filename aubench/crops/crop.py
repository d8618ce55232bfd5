"""Crops by name: each is an exact map from landmarks to a square picture of the face.

The command line and manifests call a crop with its parameters a recipe. ``docs/crops.md`` shows
what each crop does to a face.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from pydantic import Field, JsonValue, TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python

from aubench.crops.sampling import Sampling
from aubench.crops.warp import Matrix
from aubench.errors import AubenchError
from aubench.frames import FloatArray
from aubench.io.strict_json import StrictModel
from aubench.landmarks import EYE_LEFT, EYE_RIGHT


class CropInfo(StrictModel):
    """A crop as manifests keep it: its name and every parameter."""

    name: str
    parameters: dict[str, JsonValue] = Field(default={})

    def hash(self, sampling: Sampling) -> str:
        """First 8 hex digits of SHA-256 over the crop and its sampling: equal hashes, equal crops.

        Supersampling counts as nothing: crops from before there was a choice keep their hash.

        Args:
            sampling: How pictures are shrunk.
        """
        shrunk = "" if sampling == "supersampling" else sampling
        return hashlib.sha256(f"{self.model_dump_json()}{shrunk}".encode()).hexdigest()[:8]


class Crop(Protocol):
    """A rule that places a face in a crop; a frozen dataclass whose fields are its parameters."""

    def matrix(self, landmarks: FloatArray, size: int) -> Matrix:
        """The map from source pixels to pixels of a crop of ``size`` pixels.

        Args:
            landmarks: (68, 2) x and y in source pixels, finite.
            size: Width and height of the crop.

        Raises:
            ValueError: If the landmarks lie on a line or a point.
        """
        ...


@dataclass(frozen=True)
class Tight:
    """The square around the landmarks, upright, with a margin.

    The square is centred on the landmarks' box. Its side is the longer side of that box, plus the
    margin on each side. Landmarks end at the brows; a fifth of the face's height above them keeps
    the lower half of the forehead, where raised brows (AU 1, 2) wrinkle it.

    Attributes:
        margin: Margin on each side, in sides of the box; our choice, since papers that crop
            "tightly" name no number.
    """

    margin: float = 0.2

    def matrix(self, landmarks: FloatArray, size: int) -> Matrix:
        """See `Crop.matrix`."""
        low, high = landmarks.min(axis=0), landmarks.max(axis=0)
        side = float((high - low).max())
        if side <= 0:
            raise ValueError("all landmarks lie on one point")
        scale = size / (side * (1 + 2 * self.margin))
        shift = (size - 1) / 2 - scale * (low + high).astype(np.float64) / 2
        return np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])


@dataclass(frozen=True)
class Stretch:
    """The landmarks' box with a margin, stretched to a square.

    Code that an author of Ntinou et al. 2020 (arXiv 2004.06657) published for a neighbouring work
    crops so, with a margin of 8–16 %. A tall face becomes as wide as high, so that faces of
    different shapes fill the crop alike.

    Attributes:
        margin: Margin on each side, in means of the box's two sides.
    """

    margin: float = 0.16

    def matrix(self, landmarks: FloatArray, size: int) -> Matrix:
        """See `Crop.matrix`."""
        low, high = landmarks.min(axis=0), landmarks.max(axis=0)
        sides = (high - low).astype(np.float64)
        if sides.min() <= 0:
            raise ValueError("all landmarks lie on one line or point")
        scale = size / (sides + 2 * self.margin * sides.mean())
        shift = (size - 1) / 2 - scale * (low + high).astype(np.float64) / 2
        return np.array([[scale[0], 0, shift[0]], [0, scale[1], shift[1]]])


@dataclass(frozen=True)
class Affine3:
    """The affine map of three landmarks to fixed places.

    The landmarks are the chin and the outer eye corners, as in the registration of the 2018
    heat-map paper (Sánchez-Lozano, Tzimiropoulos & Valstar, Joint Action Unit localisation and
    intensity estimation through heatmap regression, BMVC 2018). The map shears and stretches each
    face to one shape.

    Attributes:
        points: Numbers of the three landmarks, of 68.
        targets: Their x and y in a crop of 256 × 256 pixels. The source does not say whether
            pixels count from 0 or 1; here from 0.
    """

    points: tuple[int, int, int] = (8, 36, 45)
    targets: tuple[tuple[float, float], ...] = ((127.65, 227.82), (79.16, 87.04), (176.84, 87.04))

    def matrix(self, landmarks: FloatArray, size: int) -> Matrix:
        """See `Crop.matrix`."""
        targets = (np.array(self.targets) + 0.5) * size / 256 - 0.5
        source = np.column_stack([landmarks[list(self.points)].astype(np.float64), np.ones(3)])
        return np.asarray(np.linalg.solve(source, targets).T, dtype=np.float64)


@dataclass(frozen=True)
class Similarity5:
    """The similarity that fits five points to a template with the least sum of squares.

    The points are the eye centres (means of six landmarks each), the tip of the nose and the
    corners of the mouth. The template is that of ArcFace (``arcface_dst`` in
    ``python-package/insightface/utils/face_align.py`` of deepinsight/insightface), which most code
    for face recognition, and for AUs after it, aligns to. The crop ends at the chin (AU 17), and
    cuts it off when the jaw drops (AU 26, 27), unless there is a margin.

    Attributes:
        margin: Margin on each side, in sides of the template's square.
        targets: Image-left eye, other eye, nose, image-left corner of the mouth, other corner: x
            and y in a crop of 112 × 112 pixels without a margin.
    """

    margin: float = 0.0
    targets: tuple[tuple[float, float], ...] = (
        (38.2946, 51.6963),
        (73.5318, 51.5014),
        (56.0252, 71.7366),
        (41.5493, 92.3655),
        (70.7299, 92.2041),
    )

    def matrix(self, landmarks: FloatArray, size: int) -> Matrix:
        """See `Crop.matrix`. The least squares are Umeyama's (1991), without a reflection."""
        points = landmarks.astype(np.float64)
        eyes = points[list(EYE_LEFT)].mean(axis=0), points[list(EYE_RIGHT)].mean(axis=0)
        found = np.stack([*eyes, *points[[30, 48, 54]]]) @ (1, 1j)
        edge = -0.5 - 112 * self.margin
        scale = size / (112 * (1 + 2 * self.margin))
        wanted = ((np.array(self.targets) - edge) * scale - 0.5) @ (1, 1j)
        apart = found - found.mean()
        power = float(np.square(np.abs(apart)).sum())
        if power <= 0:
            raise ValueError("eyes, nose and mouth lie on one point")
        turn = (apart.conj() @ (wanted - wanted.mean())) / power
        shift = wanted.mean() - turn * found.mean()
        return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])


@dataclass(frozen=True)
class Fan:
    """The loose, upright square that face-alignment passes to its network.

    From ``utils.bounding_box`` and ``utils.transform`` of 1adrianb/2D-and-3D-face-alignment, where
    the box is that of known landmarks; `face_alignment.FaceAlignment` of 1adrianb/face-alignment
    does the same with the box of its detector. It rounds the square to whole source pixels; this
    does not.

    Attributes:
        lift: Distance of the square's centre above that of the box, in heights of the box.
        reference: Width plus height, in pixels, of a box whose square is 200 pixels wide.
    """

    lift: float = 0.12
    reference: float = 195.0

    def matrix(self, landmarks: FloatArray, size: int) -> Matrix:
        """See `Crop.matrix`."""
        low, high = landmarks.min(axis=0), landmarks.max(axis=0)
        width, height = (high - low).astype(np.float64)
        if width + height <= 0:
            raise ValueError("all landmarks lie on one point")
        scale = size / (200 * (width + height) / self.reference)
        centre = (low + high).astype(np.float64) / 2 - (0, self.lift * height)
        shift = (size - 1) / 2 - scale * centre
        return np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])


CROPS: dict[str, Crop] = {
    "tight": Tight(),
    "stretch": Stretch(),
    "affine3": Affine3(),
    "similarity5": Similarity5(),
    "fan": Fan(),
}
"""Every crop by name, with its default parameters."""

DEFAULT_CROP = "tight"

WIDEST = 2.0
"""The largest margin: a face of a fifth of the crop."""


def crop_info(name: str, margin: float | None = None) -> CropInfo:
    """The crop ``name`` with its parameters, as a manifest keeps it.

    Args:
        name: Name of a crop.
        margin: Margin instead of the crop's default, for crops that have one.

    Raises:
        AubenchError: If the name is unknown, the crop has no margin, or the margin is out of range.
    """
    if name not in CROPS:
        raise AubenchError(f"no crop recipe {name!r}", mend=f"choose one of {', '.join(CROPS)}")
    parameters = to_jsonable_python(CROPS[name])
    if margin is None:
        return CropInfo(name=name, parameters=parameters)
    if "margin" not in parameters:
        having = [n for n, crop in CROPS.items() if hasattr(crop, "margin")]
        raise AubenchError(
            f"the crop recipe {name} has no margin",
            mend=f"leave --margin out, or choose {' or '.join(having)}",
        )
    if not 0 <= margin <= WIDEST:
        raise AubenchError(f"a margin of {margin:g}", mend=f"choose one from 0 to {WIDEST:g}")
    return CropInfo(name=name, parameters=parameters | {"margin": margin})


def make_crop(info: CropInfo) -> Crop:
    """The crop that ``info`` describes.

    Raises:
        AubenchError: If this version has no such crop, or none with such parameters.
    """
    if info.name not in CROPS:
        raise AubenchError(f"no crop recipe {info.name!r}", mend="upgrade aubench")
    try:
        crop: Crop = TypeAdapter(type(CROPS[info.name])).validate_python(info.parameters)
    except ValidationError as error:
        raise _unknown(info) from error
    made = to_jsonable_python(crop)
    if any(made.get(name) != value for name, value in info.parameters.items()):
        raise _unknown(info)
    return crop


def describe(info: CropInfo) -> str:
    """The name of a crop and, where it has one, its margin, in words."""
    margin = info.parameters.get("margin")
    return info.name if margin is None else f"{info.name} with margin {margin}"


def _unknown(info: CropInfo) -> AubenchError:
    given = ", ".join(f"{name}={value}" for name, value in info.parameters.items())
    return AubenchError(f"no crop recipe {info.name} with {given}", mend="upgrade aubench")
