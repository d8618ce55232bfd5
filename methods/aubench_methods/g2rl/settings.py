"""The settings of ``g2rl-baseline`` and ``g2rl``."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from aubench.errors import AubenchError
from aubench_methods.g2rl.branch import Adjacency
from aubench_methods.timm_method import TimmRecipe


@dataclass(frozen=True)
class BaselineRecipe(TimmRecipe):
    """Adam at 5e-4. Doubt: epochs, batch, schedule and augmentation are not stated.

    Attributes:
        sigma: Standard deviation of a target, in pixels of a 64×64 map.
        target: ``plain`` is I·exp(−d²/2σ²); ``eq1`` has the factor 1/(2πσ²) of the paper's Eq. 1,
            which prediction multiplies back.
        centre: Where a target peaks: ``rounded`` to the nearest pixel of the map, as in code of the
            same author, or ``exact``, which leaves less than the intensity on any pixel.
        reduction: Of the squared errors of a frame: ``sum`` as in the paper (Eqs. 2 and 6), or
            ``mean`` over what is summed. Adam does not feel the factor between them; its weight
            decay, a penalty beside the gradient, weighs the more, the smaller the gradient is.
    """

    epochs: int = 10
    batch: int = 16
    lr: float = 5e-4
    annealing: Literal["cosine", "step", "none"] = "step"
    weight_decay: float = 1e-5
    flip: float = 0.0
    rotation: float = 0.0
    scale: float = 0.0
    jitter: float = 0.0
    occlusion: float = 0.0
    sigma: float = 2.0
    target: Literal["plain", "eq1"] = "plain"
    centre: Literal["rounded", "exact"] = "rounded"
    reduction: Literal["sum", "mean"] = "sum"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.sigma <= 0:
            raise AubenchError(f"sigma={self.sigma}", mend="set it above 0")

    @property
    def height(self) -> float:
        """Peak of the target of intensity 1."""
        return 1.0 if self.target == "plain" else 1 / (2 * math.pi * self.sigma**2)


@dataclass(frozen=True)
class G2RLRecipe(BaselineRecipe):
    """The recipe with geometry.

    Attributes:
        lam: λ, the weight of ‖G − W·M‖², 0–1; the heat maps have 1 − λ.
        gcn_width: Features of a landmark in the graph layers. Doubt: not stated.
        adjacency: How distances become the graph. Doubt: not stated.
        geometry: ``joint`` trains the branch with the rest, as the paper does; ``pretrained``
            first trains it to predict intensities from landmarks, then freezes it, so that it
            cannot collapse.
        geometry_epochs: Epochs of the branch alone, if pre-trained.
    """

    lam: float = 0.05
    gcn_width: int = 64
    adjacency: Adjacency = "row"
    geometry: Literal["joint", "pretrained"] = "joint"
    geometry_epochs: int = 10

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.lam <= 1:
            raise AubenchError(f"lam={self.lam}", mend="set it between 0 and 1")
        if self.geometry_epochs < 1:
            raise AubenchError(
                f"geometry_epochs={self.geometry_epochs}", mend="set it to 1 or more"
            )
