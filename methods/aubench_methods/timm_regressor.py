"""``resnet18`` and ``timm/NAME``: an image classification network with a regression head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, cast

import timm
from torch import Tensor, nn
from torch.nn.functional import interpolate

from aubench.training.loader import Batch
from aubench_methods.timm_method import Normalise, TimmMethod, TimmRecipe


class TimmNetwork(nn.Module):
    """A timm network with a linear head, its input normalised as timm says.

    Args:
        name: As in ``timm.list_models()``.
        outputs: Number of outputs.
    """

    def __init__(self, name: str, outputs: int) -> None:
        super().__init__()
        self.model = timm.create_model(name, pretrained=False, num_classes=outputs)
        config = cast(dict[str, Any], self.model.pretrained_cfg)
        self.fixed_size = tuple(config["input_size"][1:]) if config["fixed_input_size"] else None
        self.normalise = Normalise(config)

    def forward(self, images: Tensor) -> Tensor:
        """(B, 3, S, S), 0–1 → (B, outputs)."""
        if self.fixed_size is not None and images.shape[-2:] != self.fixed_size:
            images = interpolate(images, self.fixed_size, mode="bilinear", antialias=True)
        values: Tensor = self.model(self.normalise(images))
        return values


@dataclass(frozen=True)
class OfflineRecipe(TimmRecipe):
    """The same with a random start as default: ``resnet18`` must run without the internet."""

    weights: str = "none"


class TimmRegressor(TimmMethod):
    """A timm network with one output per AU, trained on the squared error of coded AUs.

    Means and standard deviations of the input come from timm. Pictures go in as they are, or
    resized where the network has a fixed input size.
    """

    family: ClassVar[bool] = True
    summary: ClassVar[str] = "Any timm network as a regressor: timm/NAME."

    @property
    def model(self) -> str:
        """The network's name in timm."""
        assert self.variant is not None
        return self.variant

    def build(self, aus: tuple[int, ...], size: int) -> nn.Module:
        """The network with its input normalised."""
        del size
        return TimmNetwork(self.model, len(aus))

    def initialise(self, network: nn.Module, size: int) -> None:
        """Load the pre-trained weights; the regression head stays random."""
        del size
        model = network.get_submodule("model")
        model.load_state_dict(self.pretrained(), strict=False)

    def targets(self, batch: Batch) -> Tensor:
        """The labels."""
        return batch.labels

    def loss(self, outputs: Any, targets: Any) -> Tensor:
        """Mean squared error of the coded labels; 0 where there are none."""
        known = targets.isfinite()
        error = (outputs - targets.nan_to_num()).square()
        loss: Tensor = (error * known).sum() / known.sum().clamp(min=1)
        return loss

    def decode(self, outputs: Any) -> Tensor:
        """The outputs themselves."""
        values: Tensor = outputs
        return values


class ResNet18(TimmRegressor):
    """The ResNet-18 row of the papers: 11.18 M parameters."""

    Settings: ClassVar[type] = OfflineRecipe
    family: ClassVar[bool] = False
    summary: ClassVar[str] = "ResNet-18 regression, random start unless --set weights=hub or FILE."

    @property
    def model(self) -> str:
        """``resnet18``."""
        return "resnet18"
