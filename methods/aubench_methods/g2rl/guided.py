"""``g2rl``: heat maps from ResNet-50, guided by the geometry of the face in training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, cast

import torch
from torch import Tensor, nn

from aubench.frames import LabelledFrames
from aubench.method import Predictor, RunContext
from aubench.recipes import Recipes
from aubench.training.loader import Batch
from aubench_methods.g2rl.baseline import CHANNELS, G2RLBaseline, UpsampledResNet
from aubench_methods.g2rl.branch import VECTOR, GeometryBranch, relative
from aubench_methods.g2rl.geometry import learn_geometry
from aubench_methods.g2rl.recipes import GUIDED, GUIDED_QUICK
from aubench_methods.g2rl.settings import G2RLRecipe


class GuidedNetwork(nn.Module):
    """The network, with the branch and the projection W, which only training needs.

    Doubt: the paper does not say how W maps M; here it multiplies the average of M over the map.

    Args:
        network: Gives the features M.
        branch: Gives G.
    """

    def __init__(self, network: UpsampledResNet, branch: GeometryBranch) -> None:
        super().__init__()
        self.network, self.branch = network, branch
        self.project = nn.Linear(CHANNELS, VECTOR, bias=False)

    def forward(
        self, images: Tensor, landmarks: Tensor | None = None
    ) -> Tensor | tuple[Tensor, Tensor, Tensor]:
        """Heat maps (B, K, S/4, S/4), and with landmarks also ‖G − W·M‖² and ‖G‖, (B,) each.

        Args:
            images: (B, 3, S, S), 0–1.
            landmarks: (B, 68, 2), −1 to 1 across the picture; NaN where unknown. A face without
                any gives 0 and NaN.
        """
        features = self.network.features(images)
        maps: Tensor = self.network.output(features)
        if landmarks is None:
            return maps
        guide = self.branch(landmarks)
        difference = guide - self.project(features.mean(dim=(2, 3)))
        some = landmarks.isfinite().all(dim=-1).any(dim=-1)
        length = torch.where(some, guide.detach().norm(dim=-1), torch.nan)
        return maps, difference.square().sum(dim=-1) * some, length


class G2RL(G2RLBaseline):
    """Geometry-guided representation learning (Fan & Lin 2020).

    L = λ·‖G − W·M‖² + (1 − λ)·L_S (Eqs. 2 and 6), with G from the graph of the landmarks, M the
    features before the maps, and L_S the squared error of the maps, both reduced alike. The
    gradient of the first term reaches the backbone; the branch is not part of the predictor, which
    is that of the baseline.

    G has no target of its own, so W = 0 with the same G for every face is a solution. Each epoch
    reports ``guide_norm``, the mean of ‖G‖, and ``guide_spread``, its standard deviation over the
    frames of a batch: a spread that falls towards 0 is this collapse.
    """

    Settings: ClassVar[type] = G2RLRecipe
    settings: G2RLRecipe
    summary: ClassVar[str] = "Heat maps from ResNet-50 guided by face geometry (Fan & Lin 2020)."
    guide: Mapping[str, Tensor]

    @classmethod
    def recipes(cls, variant: str | None = None) -> Recipes:
        """The paper's recipe, and one for a twin."""
        del variant
        return {"paper": GUIDED, "quick": GUIDED_QUICK}

    def fit(self, train: LabelledFrames, valid: LabelledFrames, run: RunContext) -> Predictor:
        """Learn from ``train``; with ``geometry=pretrained`` the branch learns first, by itself."""
        if self.settings.geometry == "pretrained":
            run_of_part = replace(run, folder=run.folder / "geometry")
            self.guide = learn_geometry(self.settings, train, valid, run_of_part)
        return super().fit(train, valid, run)

    def build(self, aus: tuple[int, ...], size: int) -> nn.Module:
        """The network and the branch, which is frozen if it learns beforehand."""
        network = cast("UpsampledResNet", super().build(aus, size))
        branch = GeometryBranch(self.settings.gcn_width, self.settings.adjacency)
        branch.requires_grad_(self.settings.geometry == "joint")
        return GuidedNetwork(network, branch)

    def initialise(self, network: nn.Module, size: int) -> None:
        """Load the pre-trained weights of ResNet-50, and those of a branch that learned before."""
        super().initialise(network, size)
        if self.settings.geometry == "pretrained":
            network.get_submodule("branch").load_state_dict(self.guide)

    def deploy(self, network: nn.Module) -> nn.Module:
        """The network without the branch."""
        return network.get_submodule("network")

    def forward(self, network: nn.Module, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """The maps (B, A, h, w), and ‖G − W·M‖² and ‖G‖ of every frame, (B,) each."""
        outputs: tuple[Tensor, Tensor, Tensor] = network(batch.images, relative(batch))
        return outputs

    def loss(self, outputs: Any, targets: Any) -> Tensor:
        """The weighted sum of both terms, one number; each term is a mean over the batch."""
        maps, distance, _ = outputs
        lam = self.settings.lam
        guidance = distance.mean() / (VECTOR if self.settings.reduction == "mean" else 1)
        loss: Tensor = lam * guidance + (1 - lam) * super().loss(maps, targets)
        return loss

    def diagnostics(self, outputs: Any) -> Mapping[str, float]:
        """Mean and standard deviation of ‖G‖ over the frames with landmarks."""
        _, _, length = outputs
        length = length[length.isfinite()]
        if not len(length):
            return {}
        spread = length.std(correction=0)
        return {"guide_norm": length.mean().item(), "guide_spread": spread.item()}
