"""A recipe whose learning rate stays where it starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aubench.training.recipe import Recipe


@dataclass(frozen=True)
class ConstantLRRecipe(Recipe):
    """The recipe of a paper that gives a learning rate and no schedule.

    Attributes:
        annealing: ``cosine`` lets it fall as in the other recipes. Doubt: not stated.
    """

    annealing: Literal["none", "cosine"] = "none"

    def learning_rate(self, progress: float) -> float:
        """The learning rate after ``progress`` epochs, which may be a fraction."""
        return self.lr if self.annealing == "none" else super().learning_rate(progress)
