"""A heat-map network that a geometry branch guides in training."""

from __future__ import annotations

from torch import Tensor, nn

from aubench_methods.networks.geometry import VECTOR, GeometryBranch
from aubench_methods.networks.upsampled_resnet import CHANNELS, UpsampledResNet


class GuidedNetwork(nn.Module):
    """A network, and beside it what only training needs: the branch and the projection W.

    Doubt: the paper does not say how W maps M; here it multiplies the average of M over the map.

    Args:
        network: Has the features M.
        branch: Makes G.
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
