"""``hr2018``: one hourglass with one map per AU, on registered faces."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar, Literal, cast

import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss, smooth_l1_loss

from aubench.action_units import MAX_INTENSITY
from aubench.errors import AubenchError
from aubench.heatmaps import REFERENCE_SIZE, au_centres, draw
from aubench.recipes import Recipes
from aubench.training.loader import Batch
from aubench_methods.heatmap_method import MapMethod
from aubench_methods.heatmap_network import STRIDE, check_size
from aubench_methods.hr2018.network import BottleneckHourglass, Weighted, weighted_loss
from aubench_methods.hr2018.recipes import PAPER, QUICK
from aubench_methods.hr2018.registration import register
from aubench_methods.schedule import ScheduledRecipe

SAME_PLACE = {10: 14}
"""In this paper AU10 is drawn at the two points of AU14, not at the nose."""

WIDTHS: Mapping[str, tuple[float, float]] = {"none": (1.0, 0.0), "fan": (1.5, 0.25)}
"""Rule of σ by name → factor of the intensity, and what is added."""

WINDOW = 6
"""A target is zero farther than this many intensities from its centre, along x or y."""


@dataclass(frozen=True)
class HR2018Recipe(ScheduledRecipe):
    """RMSprop from 1e-3, batches of 5; noise on landmarks, colours and labels, and nothing else.

    Attributes:
        lr: Learning rate of RMSprop, from which it falls. Doubt: the paper says that it starts
            there, and not how it falls; default one cosine over the fit.
        alpha: How slowly RMSprop forgets squared gradients, 0–1. Doubt: not stated.
        loss: Error of a pixel: ``smooth_l1``, the paper's, or ``mse``.
        beta: Where smooth L1 turns from a parabola to a line. Doubt: not stated.
        sigma: Standard deviation of a target of intensity I, in pixels of a 64×64 map: ``none`` is
            I, ``fan`` is 1.5·I + 0.25, a number is that number. Doubt: the text leaves σ open.
        landmark_noise: Standard deviation of the noise on the landmarks that register a training
            picture, in pixels of a 256×256 picture. Doubt: not stated.
        label_noise: Relative noise on intensities: 0.2.
        label_noise_form: ``around`` is I + 0.2·I·z, z standard normal; ``printed`` is 0.2·I·|z|,
            as the paper has it. Doubt: the printed form shrinks every label to a sixth.
    """

    epochs: int = 10
    batch: int = 5
    lr: float = 1e-3
    weight_decay: float = 0.0
    flip: float = 0.0
    rotation: float = 0.0
    scale: float = 0.0
    jitter: float = 0.2
    occlusion: float = 0.0
    alpha: float = 0.99
    loss: Literal["smooth_l1", "mse"] = "smooth_l1"
    beta: float = 1.0
    sigma: str = "none"
    landmark_noise: float = 3.0
    label_noise: float = 0.2
    label_noise_form: Literal["around", "printed"] = "around"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.beta <= 0:
            raise AubenchError(f"beta={self.beta}", mend="set it above 0")
        if self.sigma not in WIDTHS and not _positive(self.sigma):
            mend = f"give {', '.join(WIDTHS)} or a number above 0"
            raise AubenchError(f"sigma={self.sigma}", mend=mend)

    def width(self, intensity: Tensor) -> Tensor:
        """Standard deviations of targets, of the shape of ``intensity``, in pixels of a 64×64 map.

        Args:
            intensity: Any shape, 0–5; NaN stays NaN.
        """
        factor, offset = WIDTHS.get(self.sigma) or (0.0, float(self.sigma))
        return factor * intensity + offset


def _positive(text: str) -> bool:
    """True if ``text`` is a finite number above 0."""
    try:
        return 0 < float(text) < math.inf
    except ValueError:
        return False


class HR2018(MapMethod):
    """Heat-map regression of Sánchez-Lozano et al. 2018, 3.416 M parameters.

    Pictures are registered by their landmarks (one without stays as it is), in training with noise
    on these; the targets lie where the face is in the registered picture, so that noise moves them
    with the face.

    Its home is BP4D's five frequent AUs (``fera2015``). Smooth L1 leaves the maps of rare AUs, as
    DISFA has them, nearly empty, and that is its optimum: ``docs/methods-notes.md``.
    """

    Settings: ClassVar[type] = HR2018Recipe
    settings: HR2018Recipe
    summary: ClassVar[str] = "Heat maps by one hourglass on registered faces (Sanchez et al. 2018)."

    @classmethod
    def recipes(cls, variant: str | None = None) -> Recipes:
        """The paper's recipe, and one for a twin."""
        del variant
        return {"paper": PAPER, "quick": QUICK}

    def build(self, aus: tuple[int, ...], size: int) -> nn.Module:
        """The network and, for the loss, the weights of its AUs."""
        check_size(size)
        return Weighted(BottleneckHourglass(len(aus)), len(aus))

    def deploy(self, network: nn.Module) -> nn.Module:
        """The network without the weights of the loss."""
        return network.get_submodule("network")

    def optimizer(self, network: nn.Module) -> torch.optim.Optimizer:
        """RMSprop."""
        settings = self.settings
        return torch.optim.RMSprop(
            network.parameters(),
            settings.lr,
            alpha=settings.alpha,
            weight_decay=settings.weight_decay,
        )

    def prepare(self, batch: Batch) -> Batch:
        """Register the pictures."""
        return register(batch, batch.landmarks)

    def augment(self, batch: Batch, generator: torch.Generator) -> Batch:
        """Register with noisy landmarks, change the labels, then augment as the recipe says."""
        settings = self.settings
        noise = torch.randn(batch.landmarks.shape, generator=generator).to(batch.landmarks)
        pixels = settings.landmark_noise * batch.images.shape[-1] / 256
        batch = register(batch, batch.landmarks + pixels * noise)
        z = torch.randn(batch.labels.shape, generator=generator).to(batch.labels)
        return super().augment(replace(batch, labels=self.perturbed(batch.labels, z)), generator)

    def perturbed(self, labels: Tensor, z: Tensor) -> Tensor:
        """Intensities (B, A) with noise, never below 0; NaN stays NaN.

        Args:
            labels: (B, A), 0–5.
            z: (B, A), standard normal.
        """
        noise = self.settings.label_noise * labels
        changed = (
            labels + noise * z if self.settings.label_noise_form == "around" else noise * z.abs()
        )
        return changed.clamp(min=0)

    def targets(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Maps (B, A, S/4, S/4), I·exp(−d²/2σ²) within ±6I, and which to learn from (B, A)."""
        size = batch.images.shape[-1] // STRIDE
        places = tuple(SAME_PLACE.get(au, au) for au in batch.aus)
        centres = au_centres(batch.landmarks, places) / STRIDE
        unit = size / REFERENCE_SIZE
        sigma = self.settings.width(batch.labels) * unit
        return draw(centres, batch.labels, sigma, size, WINDOW * unit * batch.labels)

    def forward(self, network: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
        """The maps (B, A, h, w), and the weights of the AUs (A,)."""
        return network(batch.images), cast("Weighted", network).weights

    def loss(self, outputs: Any, targets: Any) -> Tensor:
        """The weighted error, one number; computing it sets the weights of the next batch."""
        (maps, weights), (drawn, known) = outputs, targets
        smooth = partial(smooth_l1_loss, beta=self.settings.beta)
        error_of = mse_loss if self.settings.loss == "mse" else smooth
        return weighted_loss(maps, drawn, known, weights, error_of)

    def decode(self, outputs: Any) -> Tensor:
        """The maximum of every map, clamped to 0–5: (B, A)."""
        return super().decode(outputs).clamp(0, MAX_INTENSITY)
