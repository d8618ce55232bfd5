"""The torch method: its author writes the hooks; aubench trains, saves and predicts."""

from __future__ import annotations

from pathlib import Path

from aubench.frames import LabelledFrames
from aubench.method import Predictor, RunContext
from aubench.training import loop, predictor
from aubench.training.hooks import TrainingHooks


class TorchMethod(TrainingHooks):
    """A method whose predictor is a torch network.

    Its author writes `build`, `targets`, `loss` and `decode` (see
    `aubench.training.hooks.TrainingHooks`, which has further hooks), and extends
    `aubench.training.recipe.Recipe` with further settings.
    """

    def fit(self, train: LabelledFrames, valid: LabelledFrames, run: RunContext) -> Predictor:
        """Learn from ``train``; keep the epoch that scores best on ``valid``."""
        return loop.fit(self, train, valid, run)

    def load(self, folder: Path, run: RunContext) -> Predictor:
        """The predictor that was saved to ``folder``."""
        return predictor.load(self, folder, run)
