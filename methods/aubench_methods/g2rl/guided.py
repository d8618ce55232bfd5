"""``g2rl``: heat maps from ResNet-50, guided by the geometry of the face in training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, cast

import torch
from torch import Tensor, nn

from aubench.errors import AubenchError
from aubench.training.loader import Batch
from aubench_methods.g2rl.baseline import CHANNELS, BaselineRecipe, G2RLBaseline, UpsampledResNet

LANDMARKS = 68
VECTOR = 256
"""Length of G."""

Adjacency = Literal["row", "symmetric", "none"]
"""How distances become A: divided by the sum of their row (``row``); by the roots of the sums of
their row and column (``symmetric``); or unchanged (``none``). Doubt: the paper says only that they
are Euclidean."""


def adjacency(points: Tensor, known: Tensor, kind: Adjacency) -> Tensor:
    """The weighted graph of every face.

    Args:
        points: (B, 68, 2), finite.
        known: (B, 68) bool; a point that is not known has no edges.
        kind: See `Adjacency`.

    Returns:
        (B, 68, 68) distances, normalised; zero on the diagonal.
    """
    offsets = points[:, :, None] - points[:, None]
    distances = offsets.square().sum(dim=-1).sqrt()
    distances = distances * (known[:, :, None] & known[:, None])
    degree = distances.sum(dim=-1).clamp(min=torch.finfo(points.dtype).tiny)
    if kind == "row":
        return distances / degree[:, :, None]
    if kind == "symmetric":
        return distances * degree.rsqrt()[:, :, None] * degree.rsqrt()[:, None]
    return distances


class GraphLayer(nn.Module):
    """ReLU(A F W).

    Args:
        inputs: Features of a node that come in.
        outputs: Features that go out.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, outputs, bias=False)

    def forward(self, graph: Tensor, features: Tensor) -> Tensor:
        """A (B, V, V), F (B, V, inputs) → (B, V, outputs)."""
        return torch.relu(graph @ self.linear(features))


class GeometryBranch(nn.Module):
    """Three graph layers, concatenated; a 1×1 convolution; three fully connected layers.

    Args:
        width: Features of a node in every layer and after the convolution. Doubt: not stated.
        kind: Of adjacency.
    """

    def __init__(self, width: int, kind: Adjacency) -> None:
        super().__init__()
        self.kind: Adjacency = kind
        self.layers = nn.ModuleList(GraphLayer(n, width) for n in (2, width, width))
        self.mix = nn.Conv1d(3 * width, width, 1)
        self.vector = nn.Sequential(
            *(nn.Flatten(), nn.Linear(width * LANDMARKS, VECTOR), nn.ReLU(inplace=True)),
            *(nn.Linear(VECTOR, VECTOR), nn.ReLU(inplace=True), nn.Linear(VECTOR, VECTOR)),
        )

    def forward(self, landmarks: Tensor) -> Tensor:
        """G, (B, 256).

        Args:
            landmarks: (B, 68, 2), −1 to 1 across the picture; NaN where unknown.
        """
        known = landmarks.isfinite().all(dim=-1)
        points = torch.where(known[..., None], landmarks, 0.0)
        graph = adjacency(points, known, self.kind)
        seen = [points]
        for layer in self.layers:
            seen.append(layer(graph, seen[-1]))
        mixed = self.mix(torch.cat(seen[1:], dim=-1).transpose(1, 2))
        vector: Tensor = self.vector(mixed)
        return vector


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
    ) -> Tensor | tuple[Tensor, Tensor]:
        """Heat maps (B, K, S/4, S/4), and with landmarks also ‖G − W·M‖², (B,).

        Args:
            images: (B, 3, S, S), 0–1.
            landmarks: (B, 68, 2), −1 to 1 across the picture; NaN where unknown. A face without
                any gives 0.
        """
        features = self.network.features(images)
        maps: Tensor = self.network.output(features)
        if landmarks is None:
            return maps
        difference = self.branch(landmarks) - self.project(features.mean(dim=(2, 3)))
        some = landmarks.isfinite().all(dim=-1).any(dim=-1)
        return maps, difference.square().sum(dim=-1) * some


@dataclass(frozen=True)
class G2RLRecipe(BaselineRecipe):
    """The recipe with geometry.

    Attributes:
        lam: λ, the weight of ‖G − W·M‖², 0–1; the heat maps have 1 − λ.
        gcn_width: Features of a landmark in the graph layers. Doubt: not stated.
        adjacency: How the graph's distances are normalised. Doubt: not stated.
    """

    lam: float = 0.05
    gcn_width: int = 64
    adjacency: Adjacency = "row"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.lam <= 1:
            raise AubenchError(f"lam={self.lam}", mend="set it between 0 and 1")


class G2RL(G2RLBaseline):
    """Geometry-guided representation learning (Fan & Lin 2020).

    L = λ·‖G − W·M‖² + (1 − λ)·L_S, with G from the graph of the landmarks, M the features before
    the maps, and L_S the squared error of the maps. The gradient of the first term reaches the
    backbone; the branch is not part of the predictor, which is that of the baseline.
    """

    Settings: ClassVar[type] = G2RLRecipe
    settings: G2RLRecipe
    summary: ClassVar[str] = "Heat maps from ResNet-50 guided by face geometry (Fan & Lin 2020)."

    def build(self, aus: tuple[int, ...], size: int) -> nn.Module:
        """The network and the branch."""
        network = cast("UpsampledResNet", super().build(aus, size))
        branch = GeometryBranch(self.settings.gcn_width, self.settings.adjacency)
        return GuidedNetwork(network, branch)

    def deploy(self, network: nn.Module) -> nn.Module:
        """The network without the branch."""
        return network.get_submodule("network")

    def forward(self, network: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
        """The maps, and ‖G − W·M‖² of every frame."""
        half = batch.images.shape[-1] / 2
        outputs: tuple[Tensor, Tensor] = network(batch.images, (batch.landmarks + 0.5) / half - 1)
        return outputs

    def loss(self, outputs: Any, targets: Any) -> Tensor:
        """The weighted sum of both terms, each a mean over the batch."""
        maps, distance = outputs
        lam = self.settings.lam
        loss: Tensor = lam * distance.mean() + (1 - lam) * super().loss(maps, targets)
        return loss
