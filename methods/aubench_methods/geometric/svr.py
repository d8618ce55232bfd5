"""``geometric-svr``: support vector regression on the landmarks alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from aubench.errors import AubenchError
from aubench.frames import FloatArray, LabelledFrames
from aubench.method import Method, Predictor, RunContext
from aubench_methods.geometric.shape import FEATURES, Array, shape, spread, standardise
from aubench_methods.geometric.svr_model import GAMMA, Machine, SVRPredictor, read


@dataclass(frozen=True)
class SVRSettings:
    """Settings of the support vector machines.

    Attributes:
        c: Price of an error beyond ``epsilon``.
        epsilon: Errors below this cost nothing.
        frames: Largest number of training frames per AU, drawn at random: time grows with its
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


class GeometricSVR(Method):
    """Support vector regression (radial basis functions) of each AU on the landmarks' shape.

    It never looks at a picture: what a method gains over it comes from appearance. A landmark that
    is not known counts as average.
    """

    Settings: ClassVar[type] = SVRSettings
    settings: SVRSettings
    summary: ClassVar[str] = "Support vector regression on landmark geometry, no picture."

    def fit(self, train: LabelledFrames, valid: LabelledFrames, run: RunContext) -> Predictor:
        """Fit one machine per AU on its coded frames; nothing is chosen on ``valid``."""
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
        from sklearn.svm import SVR  # noqa: PLC0415  # pandas: start-up of `aubench list`

        if not len(labels):
            return Machine(np.zeros((0, FEATURES)), np.zeros(0), np.zeros(1))
        fitted = SVR(C=self.settings.c, epsilon=self.settings.epsilon, gamma=GAMMA)
        fitted.fit(features, labels)
        return Machine(fitted.support_vectors_, fitted.dual_coef_[0].copy(), fitted.intercept_)

    def load(self, folder: Path, run: RunContext) -> Predictor:
        """The predictor that was saved to ``folder``.

        Raises:
            AubenchError: If it is for other AUs, or cannot be read.
        """
        predictor = read(folder)
        if predictor.aus != run.aus:
            raise AubenchError(
                f"a checkpoint for other AUs ({', '.join(map(str, predictor.aus))})",
                mend=f"name one for AUs {', '.join(map(str, run.aus))}",
                path=folder,
            )
        return predictor
