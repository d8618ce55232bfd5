"""Landmarks by a detector: face-alignment (Bulat & Tzimiropoulos, ICCV 2017), an extra.

Package face-alignment, BSD licence; its networks are loaded from its author's site on first use.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch

from aubench.errors import AubenchError
from aubench.frames import FloatArray, ImageArray
from aubench.io.digest import file_sha256
from aubench.media.sequence import FrameSequence


class Detector:
    """A `LandmarkSource`: the 68 points of the largest face, each picture on its own.

    It goes through all pictures once before any is given, so each is decoded twice. The networks
    are loaded once per process, on the GPU where there is one.
    """

    quick = False

    def has(self, _stem: str) -> bool:
        """See `LandmarkSource.has`; whether there is a face shows only in the pictures."""
        return True

    def where(self, _stem: str) -> Path | None:
        """See `LandmarkSource.where`."""
        return None

    def digest(self, _stem: str) -> str:
        """See `LandmarkSource.digest`."""
        return ""

    def why(self, _stem: str) -> str:
        """See `LandmarkSource.why`."""
        return ""

    def find(self, _stem: str, sequence: FrameSequence) -> FloatArray:
        """See `LandmarkSource.find`."""
        pictures = (picture.rgb() for picture in sequence.images())
        return self.detect(pictures, len(sequence.frames))

    def detect(self, pictures: Iterable[ImageArray], count: int) -> FloatArray:
        """Return landmarks in each of ``count`` pictures: (count, 68, 2), NaN without a face."""
        network = _network()
        points = np.full((count, 68, 2), np.nan, dtype=np.float32)
        for row, picture in enumerate(pictures):
            faces = network.get_landmarks_from_image(picture) or []
            if faces:
                points[row] = max(faces, key=_extent)[:, :2]
        return points

    def notes(self) -> tuple[str, ...]:
        """Return the version of the detector and the digests of its weights."""
        if not all(path.is_file() for path in _weights()):
            _network()
        try:
            number = version("face-alignment")
        except PackageNotFoundError:
            number = "of unknown version"
        files = ", ".join(f"{path.name} {file_sha256(path)}" for path in _weights())
        return (f"landmarks are by face-alignment {number}, weights (SHA-256): {files}",)


def _extent(points: FloatArray) -> float:
    """The area of the box around a face."""
    return float(np.prod(points[:, :2].max(axis=0) - points[:, :2].min(axis=0)))


@cache
def _network() -> Any:
    """The networks of face detector and landmarks, ready to use."""
    module = _module("face_alignment")
    try:
        return module.FaceAlignment(
            module.LandmarksType.TWO_D,
            device="cuda" if torch.cuda.is_available() else "cpu",
            compile=False,  # would tie the numbers to the compiler of this machine
        )
    except OSError as error:  # URLError is one
        folder = Path(torch.hub.get_dir()) / "checkpoints"
        raise AubenchError(
            f"the weights of face-alignment cannot be had ({error})",
            mend=f"copy {' and '.join(path.name for path in _weights())} there",
            path=folder,
        ) from error


def _weights() -> list[Path]:
    """The files of weights that the networks were loaded from: face detector, landmarks."""
    urls = (
        _module("face_alignment.detection.sfd.sfd_detector").models_urls["s3fd"],
        _module("face_alignment.api").models_urls["2DFAN-4"],
    )
    return [Path(torch.hub.get_dir()) / "checkpoints" / url.rsplit("/", 1)[-1] for url in urls]


def _module(name: str) -> ModuleType:
    """Import a module of face-alignment."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise AubenchError(
            f"no landmark detector ({error})",
            mend="pip install 'aubench[detector]', then pip install --no-deps face-alignment",
        ) from error
