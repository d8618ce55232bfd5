"""Fitted support vector machines as a predictor, and the file that holds them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from aubench.action_units import column
from aubench.errors import AubenchError
from aubench.frames import FloatArray, Frames
from aubench.io.atomic import atomic
from aubench.method import Predictor
from aubench_methods.geometric.shape import FEATURES, Array, shape, standardise

GAMMA = 1 / FEATURES
"""exp(−GAMMA·‖a − b‖²) is the kernel: features have a variance of 1, so that distances are about
as large as there are features (scikit-learn's ``scale``)."""

CHUNK = 1024
"""Frames at a time in prediction, which bounds the kernel matrix."""

FORMAT = 1
"""Version of the file."""

_FILE = "geometric-svr.safetensors"
_HEADER = "aubench"


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
    """One machine per AU on standardised shapes.

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
        """The value that each machine gives for the landmarks, (N, A) float32."""
        features = standardise(shape(frames.landmarks), self.mean, self.deviation)
        values = np.empty((len(frames), len(self.aus)), np.float32)
        for start in range(0, len(frames), CHUNK):
            part = slice(start, start + CHUNK)
            for a, machine in enumerate(self.machines.values()):
                values[part, a] = machine(features[part])
        return values

    def save(self, folder: Path) -> None:
        """Write the support vectors, as a safetensors file: a fitted machine is nothing more."""
        tensors = {"mean": self.mean, "deviation": self.deviation}
        for au, machine in self.machines.items():
            tensors |= {f"{column(au)}.{name}": value for name, value in vars(machine).items()}
        header = {"format": FORMAT, "aus": self.aus, "train_subjects": self.train_subjects}
        folder.mkdir(parents=True, exist_ok=True)
        with atomic(folder / _FILE) as temporary:
            save_file(tensors, temporary, metadata={_HEADER: json.dumps(header)})


def read(folder: Path) -> SVRPredictor:
    """The predictor that `SVRPredictor.save` wrote to ``folder``.

    Raises:
        AubenchError: If there is no such file, or it holds something else.
    """
    path = folder / _FILE
    try:
        with safe_open(path, framework="np") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # no dict
            header = json.loads((file.metadata() or {})[_HEADER])
        if header["format"] > FORMAT:
            what = f"written by a newer aubench (format {header['format']}, not {FORMAT})"
            raise AubenchError(what, mend="upgrade aubench", path=path)
        names = ("vectors", "coefficients", "intercept")
        machines = {
            au: Machine(**{name: tensors[f"{column(au)}.{name}"] for name in names})
            for au in header["aus"]
        }
        subjects = tuple(header["train_subjects"])
        mean, deviation = tensors["mean"], tensors["deviation"]
        if not (mean.shape == deviation.shape == (136,)) or not all(map(_fits, machines.values())):
            raise ValueError("tensors of other shapes")
        return SVRPredictor(machines, mean, deviation, subjects)
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
        raise AubenchError("not a saved geometric-svr", mend="fit it again", path=path) from error


def _fits(machine: Machine) -> bool:
    """True if the parts of a machine are of the shapes that it says."""
    count = len(machine.vectors)
    shapes = (machine.vectors.shape, machine.coefficients.shape, machine.intercept.shape)
    return shapes == ((count, 136), (count,), (1,))
