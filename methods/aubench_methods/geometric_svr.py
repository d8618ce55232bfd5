"""``geometric-svr``: what the landmarks alone tell."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from aubench.action_units import column
from aubench.errors import AubenchError
from aubench.frames import FloatArray, Frames, LabelledFrames
from aubench.method import Method, Predictor, RunContext

Array = npt.NDArray[np.float64]

FEATURES = 136
"""x and y of 68 landmarks."""

GAMMA = 1 / FEATURES
"""exp(−GAMMA·‖a − b‖²) is the kernel: features have a variance of 1, so that distances are about
as large as there are features (scikit-learn's ``scale``)."""

CHUNK = 1024
"""Frames at a time in prediction, which bounds the kernel matrix."""

_FILE = "geometric-svr.safetensors"
_HEADER = "aubench"
FORMAT = 1


@dataclass(frozen=True)
class SVRSettings:
    """Of the support vector machines.

    Attributes:
        c: Price of an error beyond ``epsilon``.
        epsilon: Errors below this cost nothing.
        frames: At most so many training frames an AU, drawn at random: time grows with their
            square.
    """

    c: float = 1.0
    epsilon: float = 0.1
    frames: int = 4000

    def __post_init__(self) -> None:
        if self.c <= 0 or self.epsilon < 0 or self.frames < 1:
            raise AubenchError(
                f"c={self.c}, epsilon={self.epsilon}, frames={self.frames}",
                mend="set c above 0, epsilon to 0 or more, frames to 1 or more",
            )


def shape(landmarks: FloatArray) -> Array:
    """Landmarks without place, size and in-plane rotation of the face.

    The outer eye corners, which no AU moves, go to (−½, 0) and (½, 0).

    Args:
        landmarks: (N, 68, 2) pixels; NaN where unknown.

    Returns:
        (N, 136), in distances of the eye corners; NaN where unknown, everywhere if a corner is.
    """
    # As complex numbers: a rotation and a scaling are one division.
    points = landmarks[..., 0].astype(np.complex128) + 1j * landmarks[..., 1]
    left, right = points[:, 36, None], points[:, 45, None]
    axis = np.where(left == right, np.nan, right - left)
    with np.errstate(invalid="ignore"):  # NaN is meant
        placed = (points - (left + right) / 2) / axis
    return np.concatenate([placed.real, placed.imag], axis=1)


@dataclass(frozen=True)
class Machine:
    """The support vector machine of one AU: Σ_i coefficient_i · k(x, vector_i) + intercept.

    Attributes:
        vectors: (V, 136), standardised.
        coefficients: (V,).
        intercept: (1,).
    """

    vectors: Array
    coefficients: Array
    intercept: Array

    def __call__(self, features: Array) -> Array:
        """Intensities (N,) of standardised features (N, 136)."""
        square = np.square(features).sum(axis=1)[:, None] + np.square(self.vectors).sum(axis=1)
        distance = square - 2 * features @ self.vectors.T
        values: Array = np.exp(-GAMMA * distance) @ self.coefficients + self.intercept
        return values


class SVRPredictor(Predictor):
    """One machine an AU on standardised shapes.

    Args:
        machines: AU → machine, in the order of the columns.
        mean: (136,), of the training shapes.
        deviation: (136,), of the training shapes.
        train_subjects: Keys of the subjects that it learned from.
    """

    def __init__(
        self,
        machines: dict[int, Machine],
        mean: Array,
        deviation: Array,
        train_subjects: tuple[str, ...],
    ) -> None:
        self.machines, self.mean, self.deviation = machines, mean, deviation
        self.aus, self.train_subjects = tuple(machines), train_subjects

    def estimate(self, frames: Frames) -> FloatArray:
        """What each machine makes of the landmarks."""
        features = standardise(shape(frames.landmarks), self.mean, self.deviation)
        values = np.empty((len(frames), len(self.aus)), np.float32)
        for start in range(0, len(frames), CHUNK):
            part = slice(start, start + CHUNK)
            for a, machine in enumerate(self.machines.values()):
                values[part, a] = machine(features[part])
        return values

    def save(self, folder: Path) -> None:
        """Write the support vectors, as a safetensors file: a fitted machine is nothing more."""
        from safetensors.numpy import save_file

        tensors = {"mean": self.mean, "deviation": self.deviation}
        for au, machine in self.machines.items():
            tensors |= {f"{column(au)}.{name}": value for name, value in vars(machine).items()}
        header = {"format": FORMAT, "aus": self.aus, "train_subjects": self.train_subjects}
        folder.mkdir(parents=True, exist_ok=True)
        save_file(tensors, folder / _FILE, metadata={_HEADER: json.dumps(header)})


class GeometricSVR(Method):
    """Support vector regression (radial basis functions) of each AU on the landmarks' shape.

    It never looks at a picture: what a method gains over it comes from appearance. A landmark that
    is not known counts as average.
    """

    Settings: ClassVar[type] = SVRSettings
    settings: SVRSettings
    summary: ClassVar[str] = "Support vector regression on landmark geometry, no picture."

    def fit(self, train: LabelledFrames, valid: LabelledFrames, run: RunContext) -> Predictor:
        """Fit a machine for every AU on its coded frames; nothing is chosen on ``valid``."""
        del valid
        shapes = shape(train.landmarks)
        mean, deviation = spread(shapes)
        features = standardise(shapes, mean, deviation)
        machines = {}
        for a, au in enumerate(train.aus):
            coded = np.flatnonzero(np.isfinite(train.labels[:, a]))
            if len(coded) > self.settings.frames:
                rng = np.random.default_rng([run.seed, au])
                coded = np.sort(rng.choice(coded, self.settings.frames, replace=False))
            machines[au] = self.machine(features[coded], train.labels[coded, a])
        subjects = tuple(sorted(train.keys["subject"].unique()))
        return SVRPredictor(machines, mean, deviation, subjects)

    def machine(self, features: Array, labels: FloatArray) -> Machine:
        """The machine of features (N, 136) and labels (N,); 0 everywhere if N is 0."""
        from sklearn.svm import SVR

        if not len(labels):
            return Machine(np.zeros((0, FEATURES)), np.zeros(0), np.zeros(1))
        fitted = SVR(C=self.settings.c, epsilon=self.settings.epsilon, gamma=GAMMA)
        fitted.fit(features, labels)
        return Machine(fitted.support_vectors_, fitted.dual_coef_[0].copy(), fitted.intercept_)

    def load(self, folder: Path, run: RunContext) -> Predictor:
        """Read what `SVRPredictor.save` wrote."""
        from safetensors import SafetensorError, safe_open

        path = folder / _FILE
        try:
            with safe_open(path, framework="np") as file:
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
                header = json.loads((file.metadata() or {})[_HEADER])
        except (OSError, SafetensorError, ValueError, KeyError) as error:
            raise AubenchError(
                "not a saved geometric-svr", mend="fit it again", path=path
            ) from error
        if tuple(header["aus"]) != run.aus:
            raise AubenchError(
                f"a checkpoint for other AUs ({', '.join(map(str, header['aus']))})",
                mend=f"name one for AUs {', '.join(map(str, run.aus))}",
                path=path,
            )
        names = ("vectors", "coefficients", "intercept")
        machines = {
            au: Machine(**{name: tensors[f"{column(au)}.{name}"] for name in names})
            for au in run.aus
        }
        subjects = tuple(header["train_subjects"])
        return SVRPredictor(machines, tensors["mean"], tensors["deviation"], subjects)


def spread(shapes: Array) -> tuple[Array, Array]:
    """Mean and standard deviation of every feature over the faces that have it, (136,) each.

    A feature that no face has, or that never varies, gets a mean of 0, or a deviation of 1.
    """
    known = np.isfinite(shapes)
    count = known.sum(axis=0).clip(min=1)
    mean = np.where(known, shapes, 0).sum(axis=0) / count
    square = np.square(np.where(known, shapes - mean, 0)).sum(axis=0) / count
    return mean, np.where(square > 1e-12, np.sqrt(square), 1.0)


def standardise(shapes: Array, mean: Array, deviation: Array) -> Array:
    """Features with a mean of 0 and a deviation of 1; 0 where unknown."""
    return np.nan_to_num((shapes - mean) / deviation)
