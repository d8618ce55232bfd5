"""``g2rl``: heat maps from ResNet-50, guided by the geometry of the face in training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

from aubench.errors import AubenchError
from aubench_methods.g2rl.baseline import BaselineRecipe, G2RLBaseline

if TYPE_CHECKING:
    from torch import Tensor, nn

    from aubench.training.loader import Batch
    from aubench_methods.networks.upsampled_resnet import UpsampledResNet


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
    adjacency: Literal["row", "symmetric", "none"] = "row"

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
        from aubench_methods.networks.geometry import GeometryBranch
        from aubench_methods.networks.guided import GuidedNetwork

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
        """The weighted sum of both terms, means over the batch."""
        maps, distance = outputs
        lam = self.settings.lam
        loss: Tensor = lam * distance.mean() + (1 - lam) * super().loss(maps, targets)
        return loss
