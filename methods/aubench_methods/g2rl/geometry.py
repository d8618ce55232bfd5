"""The branch trained beforehand: it learns to tell intensities from landmarks alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import torch
from torch import Tensor, nn

from aubench.frames import LabelledFrames
from aubench.method import RunContext
from aubench.training.loader import Batch
from aubench.training.loop import fit
from aubench_methods.g2rl.branch import VECTOR, GeometryBranch, relative
from aubench_methods.g2rl.settings import G2RLRecipe
from aubench_methods.label_method import LabelMethod
from aubench_methods.monitors import Labelled


class LandmarkReader(nn.Module):
    """The branch, and a linear layer from G to intensities.

    Args:
        branch: Gives G.
        outputs: Number of intensities.
    """

    def __init__(self, branch: GeometryBranch, outputs: int) -> None:
        super().__init__()
        self.branch = branch
        self.head = nn.Linear(VECTOR, outputs)

    def forward(self, landmarks: Tensor) -> Tensor:
        """(B, 68, 2), −1 to 1 across the picture, NaN where unknown → (B, outputs)."""
        values: Tensor = self.head(self.branch(landmarks))
        return values


class LandmarkMethod(LabelMethod):
    """Predicts intensities from landmarks; what its network gets for pictures are the landmarks."""

    Settings: ClassVar[type] = G2RLRecipe
    settings: G2RLRecipe

    def build(self, aus: tuple[int, ...], size: int) -> nn.Module:
        """The branch with its linear layer."""
        del size
        branch = GeometryBranch(self.settings.gcn_width, self.settings.adjacency)
        return LandmarkReader(branch, len(aus))

    def prepare(self, batch: Batch) -> Batch:
        """The landmarks in place of the pictures."""
        return replace(batch, images=relative(batch))

    def augment(self, batch: Batch, generator: torch.Generator) -> Batch:
        """The landmarks of augmented pictures."""
        return self.prepare(super().augment(batch, generator))


def learn_geometry(
    settings: G2RLRecipe, train: LabelledFrames, valid: LabelledFrames, run: RunContext
) -> Mapping[str, Tensor]:
    """The state of a branch that tells the intensities of ``valid`` best, of all its epochs.

    Args:
        settings: The recipe; the branch learns for ``geometry_epochs``.
        train: What it learns from.
        valid: What chooses its epoch.
        run: Goes on in its folder from where an interrupted fit left off.
    """
    method = LandmarkMethod(replace(settings, epochs=settings.geometry_epochs))
    monitor = Labelled(run.monitor, part="geometry")
    predictor = fit(method, train, valid, replace(run, monitor=monitor))
    return predictor.network.get_submodule("branch").state_dict()
