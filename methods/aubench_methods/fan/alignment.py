"""Face alignment as a torch method: 68 maps, one a landmark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from aubench.frames import FloatArray, LabelledFrames
from aubench_methods.heatmap_method import HeatmapMethod, HeatmapRecipe, check_size

if TYPE_CHECKING:
    from torch import Tensor, nn

    from aubench.training.loader import Batch


@dataclass(frozen=True)
class FanRecipe(HeatmapRecipe):
    """The recipe of a FAN (Ntinou et al. 2020: 80 epochs on LS3D-W).

    Attributes:
        sigma: Standard deviation of a landmark's map, in pixels of a 64×64 map. Doubt: not
            stated.
    """

    epochs: int = 80
    batch: int = 8
    lr: float = 3e-3
    emphasis: float = 20.0
    sigma: float = 2.0


class FaceAlignment(HeatmapMethod):
    """Landmarks from maps; the epoch is chosen by the mean error on validation faces."""

    Settings: ClassVar[type] = FanRecipe
    settings: FanRecipe
    score_name: ClassVar[str] = "negative_nme"

    def build(self, aus: tuple[int, ...], size: int) -> nn.Module:
        """The heat-map network with 68 maps."""
        from aubench_methods.heatmap_network import HeatmapNetwork
        from aubench_methods.networks.adaptation import LANDMARK_MAPS

        del aus
        check_size(size)
        return HeatmapNetwork(LANDMARK_MAPS, self.settings.order, self.settings.upsampling)

    def targets(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Maps of height 1, and which of them to learn from."""
        import torch

        from aubench.heatmaps import REFERENCE_SIZE, draw
        from aubench_methods.heatmap_network import STRIDE

        size = batch.images.shape[-1] // STRIDE
        points = batch.landmarks / STRIDE
        height = torch.ones_like(points[..., 0])
        sigma = height * (self.settings.sigma * size / REFERENCE_SIZE)
        return draw(points[:, :, None], height, sigma, size)

    def decode(self, outputs: Any) -> Tensor:
        """Landmarks (B, 68, 2) in pixels of the picture."""
        from aubench.heatmaps import peaks
        from aubench_methods.heatmap_network import STRIDE

        _, places = peaks(outputs)
        return places * STRIDE

    def score(self, values: FloatArray, valid: LabelledFrames) -> float:
        """The mean normalised error, negative: unlike the AUC it tells bad epochs apart."""
        import numpy as np

        from aubench_methods.fan.landmark_error import normalised_error

        return -float(np.nanmean(normalised_error(values, valid.landmarks)))
