"""``mean``: predicts the training mean, which every method must beat."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from aubench.errors import AubenchError
from aubench.frames import FloatArray, Frames, LabelledFrames
from aubench.io.atomic import atomic
from aubench.method import Method, Predictor, RunContext

_FILE = "mean.json"


@dataclass
class MeanPredictor(Predictor):
    """Predicts the same for every picture.

    Attributes:
        aus: The A Action Units.
        means: Mean intensity of each.
        train_subjects: Keys of the subjects whose frames gave the means.
    """

    aus: tuple[int, ...]
    means: tuple[float, ...]
    train_subjects: tuple[str, ...] = ()

    def estimate(self, frames: Frames) -> FloatArray:
        """The means, once per frame: (N, A) float32."""
        return np.tile(np.asarray(self.means, dtype=np.float32), (len(frames), 1))

    def save(self, folder: Path) -> None:
        """Write ``mean.json``."""
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(
            {"aus": self.aus, "means": self.means, "train_subjects": self.train_subjects}
        )
        with atomic(folder / _FILE) as temporary:
            temporary.write_text(text, encoding="utf-8")


class Mean(Method):
    """Predicts the training mean of every AU.

    Its ICC is exactly 0 within a fold, and near 0 when folds are pooled, since each fold has means
    of its own.
    """

    summary: ClassVar[str] = "The training mean of every AU: the floor."

    def fit(self, train: LabelledFrames, valid: LabelledFrames, run: RunContext) -> Predictor:
        """Compute the means over coded frames; an AU that nobody coded gets 0."""
        del valid, run
        coded = np.isfinite(train.labels)
        sums = np.where(coded, train.labels, 0).sum(axis=0, dtype=np.float64)
        means = sums / np.maximum(coded.sum(axis=0), 1)
        subjects = tuple(sorted(train.keys["subject"].unique()))
        return MeanPredictor(train.aus, tuple(means.tolist()), subjects)

    def load(self, folder: Path, run: RunContext) -> Predictor:
        """The predictor that was saved to ``folder``.

        Raises:
            AubenchError: If it is for other AUs, or ``mean.json`` cannot be read.
        """
        path = folder / _FILE
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            predictor = MeanPredictor(**{name: tuple(values) for name, values in kept.items()})
            if len(tuple(map(float, predictor.means))) != len(predictor.aus):
                raise ValueError("a mean too many, or too few")
        except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
            raise AubenchError("not a saved mean", mend="fit it again", path=path) from error
        if predictor.aus != run.aus:
            raise AubenchError(
                f"a checkpoint for other AUs ({', '.join(map(str, predictor.aus))})",
                mend=f"name one for AUs {', '.join(map(str, run.aus))}",
                path=path,
            )
        return predictor
