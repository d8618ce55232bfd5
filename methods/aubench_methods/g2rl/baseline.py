"""``g2rl-baseline``: heat maps from ResNet-50, without geometry (Fan & Lin 2020)."""

from __future__ import annotations

from typing import Any, ClassVar, cast

import timm
import torch
from torch import Tensor, nn

from aubench.errors import AubenchError
from aubench.heatmaps import REFERENCE_SIZE, au_centres, draw, masked_squared_error
from aubench.recipes import Recipes
from aubench.training.loader import Batch
from aubench_methods.g2rl.recipes import BASELINE, BASELINE_QUICK
from aubench_methods.g2rl.settings import BaselineRecipe
from aubench_methods.heatmap_method import MapMethod
from aubench_methods.heatmap_network import STRIDE
from aubench_methods.timm_method import Normalise, TimmMethod

FEATURES = 2048
"""Channels that come out of ResNet-50."""

CHANNELS = 256
"""Channels of every transposed convolution."""


class UpsampledResNet(nn.Module):
    """ResNet-50 and three transposed convolutions, 34.0 M parameters.

    Three 4×4 transposed convolutions of stride 2, each with batch normalisation (and so without a
    bias) and ReLU; a 1×1 convolution makes K maps, a quarter of the picture's size.

    Args:
        name: ResNet-50's name in timm.
        maps: K.
    """

    def __init__(self, name: str, maps: int) -> None:
        super().__init__()
        self.body = timm.create_model(name, pretrained=False, num_classes=0, global_pool="")
        self.normalise = Normalise(cast(dict[str, Any], self.body.pretrained_cfg))
        self.up = nn.Sequential(*grow(FEATURES), *grow(CHANNELS), *grow(CHANNELS))
        self.output = nn.Conv2d(CHANNELS, maps, 1)

    def features(self, images: Tensor) -> Tensor:
        """(B, 3, S, S), 0–1 → M, (B, 256, S/4, S/4); S a multiple of 32."""
        features: Tensor = self.up(self.body(self.normalise(images)))
        return features

    def forward(self, images: Tensor) -> Tensor:
        """(B, 3, S, S), 0–1 → heat maps, (B, K, S/4, S/4); S a multiple of 32."""
        maps: Tensor = self.output(self.features(images))
        return maps


def grow(inputs: int) -> tuple[nn.Module, ...]:
    """A transposed convolution that doubles the size of a map, normalisation and ReLU."""
    convolution = nn.ConvTranspose2d(inputs, CHANNELS, 4, stride=2, padding=1, bias=False)
    return convolution, nn.BatchNorm2d(CHANNELS), nn.ReLU(inplace=True)


class G2RLBaseline(TimmMethod, MapMethod):
    """The heat-map regression of Fan & Lin 2020 without its geometry branch, 34.0 M parameters.

    Doubt: the paper's AU centres are not in the text that we have; they are those of
    `aubench.action_units`.
    """

    Settings: ClassVar[type] = BaselineRecipe
    settings: BaselineRecipe
    summary: ClassVar[str] = "Heat maps from ResNet-50 (Fan & Lin 2020), without geometry."

    @classmethod
    def recipes(cls, variant: str | None = None) -> Recipes:
        """The paper's recipe, and one for a twin."""
        del variant
        return {"paper": BASELINE, "quick": BASELINE_QUICK}

    @property
    def model(self) -> str:
        """ResNet-50 with the weights of torchvision, which were the usual ones in 2020."""
        return "resnet50.tv_in1k"

    @property
    def title(self) -> str:
        """``ResNet-50``."""
        return "ResNet-50"

    def build(self, aus: tuple[int, ...], size: int) -> nn.Module:
        """The network with one map per AU.

        Raises:
            AubenchError: If ResNet-50 cannot halve pictures of ``size`` five times.
        """
        if size % 32:
            raise AubenchError(
                f"pictures of {size} pixels, but ResNet-50 halves them five times",
                mend="prepare the pack at a multiple of 32 (128, 256)",
            )
        return UpsampledResNet(self.model, len(aus))

    def initialise(self, network: nn.Module, size: int) -> None:
        """Load the pre-trained weights of ResNet-50; the rest stays random."""
        del size
        body = self.deploy(network).get_submodule("body")
        body.load_state_dict(body.state_dict() | self.pretrained())

    def targets(self, batch: Batch) -> Any:
        """Maps (B, A, S/4, S/4) of one width, and which of them to learn from (B, A)."""
        size = batch.images.shape[-1] // STRIDE
        centres = au_centres(batch.landmarks, batch.aus) / STRIDE
        if self.settings.centre == "rounded":
            centres = centres.round()
        sigma = torch.full_like(batch.labels, self.settings.sigma * size / REFERENCE_SIZE)
        return draw(centres, batch.labels * self.settings.height, sigma, size)

    def loss(self, outputs: Any, targets: Any) -> Tensor:
        """Squared error over the maps of coded AUs, one number; sums are per frame, averaged."""
        drawn, known = targets
        if self.settings.reduction == "mean":
            return masked_squared_error(outputs, drawn, known)
        error = (outputs - drawn).square().sum(dim=(-2, -1))
        return torch.where(known, error, 0.0).sum() / len(outputs)

    def decode(self, outputs: Any) -> Tensor:
        """The maximum of every map, (B, A), as an intensity."""
        return super().decode(outputs) / self.settings.height
