"""``resnet18`` and ``timm/NAME``: an image classification network with a regression head."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from aubench.errors import AubenchError
from aubench.method import RunContext
from aubench.training.recipe import Recipe
from aubench.training.torch_method import TorchMethod

if TYPE_CHECKING:
    from torch import Tensor, nn

    from aubench.training.batch import Batch


@dataclass(frozen=True)
class TimmRecipe(Recipe):
    """The recipe of a timm network.

    Attributes:
        weights: What it starts from: ``hub`` (timm's own pre-trained weights, fetched from the
            Hugging Face hub), ``none`` (random), or a safetensors file of a timm model.
    """

    weights: str = "hub"


@dataclass(frozen=True)
class OfflineRecipe(TimmRecipe):
    """The same, at random unless told: the row must run where there is no network."""

    weights: str = "none"


class TimmRegressor(TorchMethod):
    """A timm network with one output an AU, trained on the squared error of coded AUs.

    Means and standard deviations of the input come from timm. Pictures go in as they are, or
    resized where the network has a fixed input size.
    """

    Settings: ClassVar[type] = TimmRecipe
    settings: TimmRecipe
    family: ClassVar[bool] = True
    summary: ClassVar[str] = "Any timm network as a regressor: timm/NAME."

    @property
    def model(self) -> str:
        """The network's name in timm."""
        assert self.variant is not None
        return self.variant

    def ingredients(self) -> Mapping[str, str]:
        """The weights file, if there is one."""
        if self.settings.weights in ("hub", "none"):
            return {}
        path = Path(self.settings.weights)
        if not path.is_file():
            raise AubenchError("no such file", mend="--set weights=FILE.safetensors", path=path)
        return {"weights": hashlib.sha256(path.read_bytes()).hexdigest()}

    def check(self, run: RunContext) -> None:
        """Is there such a network, and can its weights be had?"""
        import timm

        del run
        if not timm.is_model(self.model):
            near = difflib.get_close_matches(self.model, timm.list_models(), n=1)
            mend = f"did you mean timm/{near[0]}?" if near else "see timm.list_models()"
            raise AubenchError(f"timm has no network {self.model!r}", mend=mend)
        self._pretrained()

    def build(self, aus: tuple[int, ...], size: int) -> nn.Module:
        """The network with its input normalised."""
        from aubench_methods.networks.timm_network import TimmNetwork

        del size
        return TimmNetwork(self.model, len(aus))

    def initialise(self, network: nn.Module, size: int) -> None:
        """Load the pre-trained weights; the regression head stays random."""
        del size
        model = network.get_submodule("model")
        model.load_state_dict(self._pretrained(), strict=False)

    def _pretrained(self) -> dict[str, Tensor]:
        """What `initialise` loads; empty for a random start."""
        from aubench_methods.networks.timm_weights import pretrained_state

        weights = self.settings.weights
        return {} if weights == "none" else pretrained_state(self.model, weights)

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
