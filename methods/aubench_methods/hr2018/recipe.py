"""The recipe of the 2018 paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aubench_methods.constant_lr import ConstantLRRecipe


@dataclass(frozen=True)
class HR2018Recipe(ConstantLRRecipe):
    """RMSprop at 1e-3, batches of 5; noise on landmarks, colours and labels, and nothing else.

    Attributes:
        lr: Learning rate of RMSprop.
        sigma: Standard deviation of a target, in pixels of a 64×64 map; none = the intensity.
            Doubt: the text leaves σ open.
        landmark_noise: Standard deviation of the noise on the landmarks that register a training
            picture, in pixels of a 256×256 picture. Doubt: not stated.
        label_noise: Relative noise on intensities: 0.2.
        label_noise_form: ``around`` is I + 0.2·I·z, z standard normal; ``printed`` is 0.2·I·|z|,
            as the paper has it. Doubt: the printed form shrinks every label to a sixth.
    """

    batch: int = 5
    lr: float = 1e-3
    weight_decay: float = 0.0
    flip: float = 0.0
    rotation: float = 0.0
    scale: float = 0.0
    occlusion: float = 0.0
    sigma: float | None = None
    landmark_noise: float = 5.0
    label_noise: float = 0.2
    label_noise_form: Literal["around", "printed"] = "around"
