"""The recipe: every number of a training run, whether a paper states it or leaves it open."""

from __future__ import annotations

import math
from dataclasses import dataclass

from aubench.errors import AubenchError


@dataclass(frozen=True)
class Recipe:
    """Settings of the training of a torch method (Adam, cosine annealing), reachable by ``--set``.

    Ntinou et al. 2020 give Adam, batches of 48, a weight decay of 1e-6, cosine annealing "with
    step 5", and name the augmentations with the ranges of rotation and scale.

    Attributes:
        epochs: Passes over the training frames. Doubt: not stated.
        batch: Largest number of frames per step. The paper's 48 suits tens of thousands of frames;
            16 takes three times the steps on the few hundred of a synthetic twin.
        lr: Learning rate of Adam at the start. Doubt: not stated.
        weight_decay: L2 penalty of Adam.
        cycle: Epochs of one cosine, from ``lr`` to 0; 0 = one cosine over the whole fit. Doubt:
            "with step 5" may mean a restart every 5 epochs, which is ``cycle=5``.
        flip: Probability of a mirrored picture, 0–1.
        rotation: Largest rotation, degrees, either way.
        scale: Largest change of scale: 0.2 draws from 0.8–1.2.
        jitter: Largest relative change of brightness, contrast, saturation and of each colour
            channel. Doubt: not stated.
        occlusion: Probability of a random rectangle over the picture, 0–1. Doubt: not stated.
    """

    epochs: int = 10
    batch: int = 16
    lr: float = 1e-3
    weight_decay: float = 1e-6
    cycle: int = 0
    flip: float = 0.5
    rotation: float = 30.0
    scale: float = 0.2
    jitter: float = 0.2
    occlusion: float = 0.3

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch < 1:
            raise AubenchError(
                f"epochs={self.epochs}, batch={self.batch}", mend="set both to 1 or more"
            )

    def learning_rate(self, progress: float) -> float:
        """The learning rate after ``progress`` epochs, which may be a fraction."""
        cycle = self.cycle or self.epochs
        return 0.5 * self.lr * (1 + math.cos(math.pi * (progress % cycle) / cycle))
