"""From a picture of the input to the square face that a network expects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from aubench.corpora.landmarks.interpolate import usable
from aubench.crops.crop import Crop
from aubench.crops.sampling import Sampling
from aubench.crops.warp import Matrix, transform, warp
from aubench.errors import AubenchError
from aubench.frames import KEY, FloatArray, Frames, ImageArray, IntArray
from aubench.predict.inputs import InputFrame
from aubench.predict.landmarks import FrameLandmarks


@dataclass(frozen=True)
class CroppedFace:
    """A cropped face.

    Attributes:
        picture: (S, S, 3) uint8 RGB.
        landmarks: (68, 2) float32, pixels of the crop; NaN where unknown.
        matrix: From pixels of the input picture to pixels of the crop.
    """

    picture: ImageArray
    landmarks: FloatArray
    matrix: Matrix


@dataclass(frozen=True)
class CropByLandmarks:
    """Crops faces as the training pictures were cropped.

    Attributes:
        landmarks: Of the input pictures, by number.
        recipe: How the training pictures were cropped.
        size: Width and height of the crops.
        sampling: How the training pictures were shrunk.
    """

    landmarks: FrameLandmarks
    recipe: Crop
    size: int
    sampling: Sampling

    def __call__(self, frame: InputFrame) -> CroppedFace | None:
        """The face in ``frame``; None if its landmarks are unknown or cannot be a face."""
        points = self.landmarks.get(frame.number)
        height, width = frame.picture.shape[:2]
        if points is None or not usable(points[None], width, height)[0]:
            return None
        try:
            matrix = self.recipe.matrix(points, self.size)
            picture = warp(frame.picture, matrix, self.size, self.sampling)
        except ValueError:
            return None
        return CroppedFace(picture, transform(points, matrix), matrix)


@dataclass(frozen=True)
class AlreadyCropped:
    """Takes the whole picture as the face.

    Attributes:
        size: Width and height that pictures are brought to.
        sampling: How the training pictures were shrunk.
    """

    size: int
    sampling: Sampling

    def __call__(self, frame: InputFrame) -> CroppedFace:
        """The whole picture, resized.

        Raises:
            AubenchError: If the picture is not square and so cannot be a crop.
        """
        height, width = frame.picture.shape[:2]
        if height != width:
            raise AubenchError(
                f"a picture of {width}×{height} pixels is no face crop, which is square",
                mend="give landmarks (--landmarks FILE) instead of --cropped",
                path=frame.file or None,
            )
        scale = self.size / width
        shift = (scale - 1) / 2  # pixel centres lie at integers
        matrix = np.array([[scale, 0, shift], [0, scale, shift]])
        unknown = np.full((68, 2), np.nan, dtype=np.float32)
        picture = warp(frame.picture, matrix, self.size, self.sampling)
        return CroppedFace(picture, unknown, matrix)


@dataclass(frozen=True)
class PicturesInMemory:
    """Pictures that are held in memory; an `aubench.frames.Pictures`."""

    array: ImageArray

    @property
    def size(self) -> int:
        """Width and height in pixels."""
        return int(self.array.shape[1])

    def read(self, rows: IntArray) -> ImageArray:
        """The pictures at ``rows``."""
        return self.array[rows]


def as_frames(faces: Sequence[CroppedFace], numbers: Sequence[int]) -> Frames:
    """Faces in the form that a predictor takes.

    Args:
        faces: N of one size, at least one.
        numbers: Their frame numbers.
    """
    keys = pd.DataFrame({"subject": "own/pictures", "session": "", "view": 0, "frame": numbers})
    pictures = PicturesInMemory(np.stack([face.picture for face in faces]))
    landmarks = np.stack([face.landmarks for face in faces])
    return Frames(keys[list(KEY)], landmarks, pictures, np.arange(len(faces), dtype=np.int64))
