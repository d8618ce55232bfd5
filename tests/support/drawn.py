"""Faces for tests: bright blobs at the landmarks' AU centres, as big as the AU is strong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from aubench.action_units import AU_CENTRES
from aubench.frames import ImageArray, IntArray, LabelledFrames
from aubench.landmarks import MIRROR


def centres(landmarks: np.ndarray, au: int) -> np.ndarray:
    """(P, 2) where the heat map of an AU peaks, from (68, 2) landmarks in the same unit."""
    return np.stack([landmarks[list(p)].mean(axis=0) for p in AU_CENTRES[au]])


@dataclass(frozen=True)
class InMemory:
    """Pictures in an array."""

    array: ImageArray

    @property
    def size(self) -> int:
        return self.array.shape[1]

    def read(self, rows: IntArray) -> ImageArray:
        return self.array[rows]


def mirror(points: np.ndarray, width: float) -> np.ndarray:
    """The landmarks (..., 68, 2) of a picture of ``width`` pixels, flipped left to right."""
    flipped = points[..., list(MIRROR), :]
    return np.stack([width - 1 - flipped[..., 0], flipped[..., 1]], axis=-1)


def face_points(size: int) -> np.ndarray:
    """(68, 2) plausible frontal landmarks in a picture of ``size`` pixels."""
    t = np.linspace(0, np.pi, 17)
    jaw = np.stack([0.5 - 0.4 * np.cos(t), 0.4 + 0.5 * np.sin(t)], axis=1)
    brows = [[x, 0.25] for x in np.linspace(0.18, 0.42, 5)] + [
        [x, 0.25] for x in np.linspace(0.58, 0.82, 5)
    ]
    nose = [[0.5, y] for y in np.linspace(0.36, 0.54, 4)] + [
        [x, 0.6] for x in np.linspace(0.42, 0.58, 5)
    ]
    eye = np.array(
        [[-0.08, 0], [-0.03, -0.03], [0.03, -0.03], [0.08, 0], [0.03, 0.03], [-0.03, 0.03]]
    )
    around = np.linspace(np.pi, -np.pi, 13)[:-1]
    outer = np.stack([0.5 + 0.15 * np.cos(around), 0.74 - 0.07 * np.sin(around)], axis=1)
    around = np.linspace(np.pi, -np.pi, 9)[:-1]
    inner = np.stack([0.5 + 0.1 * np.cos(around), 0.74 - 0.03 * np.sin(around)], axis=1)
    points = np.concatenate(
        [jaw, brows, nose, np.add(eye, [0.3, 0.36]), np.add(eye, [0.7, 0.36]), outer, inner]
    )
    return points * size


def drawn_frames(
    subjects: list[str],
    per_subject: int,
    *,
    aus: tuple[int, ...] = (1, 12),
    size: int = 64,
    seed: int = 0,
    missing: float = 0.0,
) -> LabelledFrames:
    """Frames whose AU intensities a small network can learn to see."""
    rng = np.random.default_rng(seed)
    count = len(subjects) * per_subject
    labels = rng.integers(0, 6, (count, len(aus))).astype(np.float32)
    points = face_points(size) + rng.normal(0, size / 60, (count, 1, 2))
    grid = np.stack(np.meshgrid(np.arange(size), np.arange(size)), axis=-1)
    pictures = np.full((count, size, size), 60.0)
    for n in range(count):
        for a, au in enumerate(aus):
            for point in centres(points[n], au):
                distance = np.square(grid - point).sum(axis=-1)
                pictures[n] += 35 * labels[n, a] * np.exp(-distance / (2 * (size / 16) ** 2))
    pictures += rng.normal(0, 4, pictures.shape)
    images = np.repeat(np.clip(pictures, 0, 255).astype(np.uint8)[..., None], 3, axis=-1)
    labels[rng.random(labels.shape) < missing] = np.nan
    keys = pd.DataFrame(
        {
            "subject": np.repeat(subjects, per_subject),
            "session": "left",
            "view": 0,
            "frame": np.tile(np.arange(1, per_subject + 1), len(subjects)),
        }
    )
    return LabelledFrames(
        keys, points.astype(np.float32), InMemory(images), np.arange(count), labels, aus
    )
