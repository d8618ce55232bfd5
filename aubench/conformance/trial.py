"""A method on trial: fits of it in folders of their own, and the comparison of predictions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aubench.conformance.finding import FaultError
from aubench.conformance.sample import Sample
from aubench.frames import FloatArray
from aubench.method import Method, Predictor, RunContext
from aubench.monitor import Monitor, Silence

TOLERANCE = 1e-5
"""Largest difference between predictions that must be equal, relative to the largest value or to 1,
whichever is larger."""

SEED = 7


@dataclass(frozen=True)
class Trial:
    """A method with its frames and the folder that it may write to.

    Attributes:
        make: Makes the configured method; called again for every fit, as a new process would.
        sample: Frames.
        folder: For checkpoints.
    """

    make: Callable[[], Method]
    sample: Sample
    folder: Path

    def context(self, name: str, monitor: Monitor | None = None) -> RunContext:
        """The context of a run in a folder of its own."""
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        return RunContext(
            aus=self.sample.train.aus,
            folder=folder,
            seed=SEED,
            synthetic=True,
            monitor=monitor or Silence(),
        )

    def fit(self, name: str, monitor: Monitor | None = None) -> Predictor:
        """The predictor that a new method learns."""
        method, run = self.make(), self.context(name, monitor)
        method.check(run)
        return method.fit(self.sample.train, self.sample.valid, run)


def differ(values: FloatArray, others: FloatArray) -> bool:
    """True if two sets of predictions differ by more than `TOLERANCE`."""
    return bool(np.abs(values - others).max() > TOLERANCE * max(1.0, float(np.abs(values).max())))


def compare(values: FloatArray, others: FloatArray, what: str) -> None:
    """Raise a FaultError if two sets of predictions differ; ``what`` is what was changed."""
    if differ(values, others):
        apart = np.abs(values - others)
        row = int(apart.max(axis=1).argmax())
        raise FaultError(f"{what} changes a value of frame {row} by {apart.max():.3g}")
