"""What the methods share that start from a timm network."""

from __future__ import annotations

import difflib
import hashlib
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from aubench.errors import AubenchError
from aubench.method import RunContext
from aubench.training.recipe import Recipe
from aubench.training.torch_method import TorchMethod

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class TimmRecipe(Recipe):
    """The recipe of a timm network.

    Attributes:
        weights: What it starts from: ``hub`` (timm's own pre-trained weights, fetched from the
            Hugging Face hub), ``none`` (random), or a safetensors file of a timm model.
    """

    weights: str = "hub"


class TimmMethod(TorchMethod):
    """A torch method that starts from a timm network; `pretrained` gives its weights."""

    Settings: ClassVar[type] = TimmRecipe
    settings: TimmRecipe

    @property
    @abstractmethod
    def model(self) -> str:
        """The network's name in timm."""

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
        self.pretrained()

    def pretrained(self) -> dict[str, Tensor]:
        """The weights of the network without its classifier; empty for a random start."""
        from aubench_methods.networks.timm_weights import pretrained_state

        weights = self.settings.weights
        return {} if weights == "none" else pretrained_state(self.model, weights)
