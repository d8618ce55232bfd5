"""A recipe with a choice of schedules for its learning rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aubench.errors import AubenchError
from aubench.training.recipe import Recipe

DROP = 0.1
"""What a step of the schedule ``step`` leaves of the learning rate."""


@dataclass(frozen=True)
class ScheduledRecipe(Recipe):
    """The recipe of a paper, or of ours, whose learning rate need not follow one cosine.

    Attributes:
        annealing: ``cosine`` falls to 0 as in other recipes; ``step`` falls to a tenth every
            ``step`` epochs; ``none`` stays where it starts.
        step: Epochs from one fall to the next, with ``annealing=step``.
        warmup: Share of the fit, 0–1, over which the rate also rises in proportion from 0.
    """

    annealing: Literal["cosine", "step", "none"] = "cosine"
    step: int = 5
    warmup: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.step < 1 or not 0 <= self.warmup <= 1:
            raise AubenchError(
                f"step={self.step}, warmup={self.warmup}",
                mend="set step to 1 or more, warmup between 0 and 1",
            )

    def learning_rate(self, progress: float) -> float:
        """The learning rate after ``progress`` epochs, which may be a fraction."""
        rise = self.warmup * self.epochs
        share = progress / rise if progress < rise else 1.0
        if self.annealing == "cosine":
            return share * super().learning_rate(progress)
        falls = progress // self.step if self.annealing == "step" else 0
        return share * self.lr * DROP**falls
