"""The recipe: every number of a training run."""

from __future__ import annotations

import math
from dataclasses import dataclass

from aubench.errors import AubenchError

NOT_NEGATIVE = ("lr", "weight_decay", "cycle", "rotation", "jitter")
"""Settings that are 0 or more."""

SHARES = ("flip", "scale", "occlusion")
"""Settings from 0 to 1."""


@dataclass(frozen=True)
class Recipe:
    """Settings of the training of a torch method (Adam, cosine annealing), reachable by ``--set``.

    The defaults are nobody's: a short fit at a careful rate, without augmentation. What a paper
    did, or what suits a synthetic twin, is a recipe by name (`aubench.recipes.NamedRecipe`).

    Attributes:
        epochs: Passes over the training frames.
        batch: Largest number of frames per step.
        lr: Learning rate of Adam at the start.
        weight_decay: L2 penalty of Adam.
        cycle: Epochs of one cosine, from ``lr`` to 0; 0 = one cosine over the whole fit.
        flip: Probability of a mirrored picture, 0–1.
        rotation: Largest rotation, degrees, either way.
        scale: Largest change of scale: 0.2 draws from 0.8–1.2.
        jitter: Largest relative change of brightness, contrast, saturation and of each colour
            channel.
        occlusion: Probability of a random rectangle over the picture, 0–1.
    """

    epochs: int = 10
    batch: int = 32
    lr: float = 1e-4
    weight_decay: float = 0.0
    cycle: int = 0
    flip: float = 0.0
    rotation: float = 0.0
    scale: float = 0.0
    jitter: float = 0.0
    occlusion: float = 0.0

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch < 1:
            raise AubenchError(
                f"epochs={self.epochs}, batch={self.batch}", mend="set both to 1 or more"
            )
        for name in NOT_NEGATIVE:
            if not 0 <= getattr(self, name) < math.inf:
                raise AubenchError(f"{name}={getattr(self, name)}", mend="set it to 0 or more")
        for name in SHARES:
            if not 0 <= getattr(self, name) <= 1:
                raise AubenchError(f"{name}={getattr(self, name)}", mend="set it from 0 to 1")

    def learning_rate(self, progress: float) -> float:
        """The learning rate after ``progress`` epochs, which may be a fraction."""
        cycle = self.cycle or self.epochs
        return 0.5 * self.lr * (1 + math.cos(math.pi * (progress % cycle) / cycle))
