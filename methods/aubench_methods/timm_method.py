"""The base of methods that start from a timm network."""

from __future__ import annotations

import difflib
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import timm
import torch
from torch import Tensor, nn

from aubench.errors import AubenchError
from aubench.io.digest import file_sha256
from aubench.method import RunContext
from aubench.training.torch_method import TorchMethod
from aubench_methods.schedule import ScheduledRecipe
from aubench_methods.timm_weights import file_state, hub_state, hub_weights


class Normalise(nn.Module):
    """Subtracts the means and divides by the standard deviations of a timm network's input.

    Args:
        config: timm's description of the network.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__()
        for key in ("mean", "std"):
            value = torch.tensor(config[key]).view(1, 3, 1, 1)
            self.register_buffer(key, value, persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """(B, 3, S, S), 0–1 → the same, as the network was trained on."""
        return (images - self.mean) / self.std


@dataclass(frozen=True)
class TimmRecipe(ScheduledRecipe):
    """The recipe of a timm network.

    Attributes:
        weights: Where the fit starts: ``hub`` (timm's own pre-trained weights, fetched once from
            the Hugging Face hub), ``none`` (random), or a safetensors file of a timm network.
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

    @property
    def title(self) -> str:
        """The network's name in words."""
        return self.model

    def ingredients(self) -> Mapping[str, str]:
        """The SHA-256 of the file of weights, if there is one; of the hub, also its revision.

        Weights from the hub that cannot be had name nothing here: `check` says so, and ends the
        run.

        Raises:
            AubenchError: If ``weights`` names a file that is not there.
        """
        weights = self.settings.weights
        if weights == "none":
            return {}
        if weights == "hub":
            try:
                found = hub_weights(self.model)
            except AubenchError:
                return {}
            return {
                "weights": found.sha256,
                "weights from": f"{found.repository}@{found.revision}",
            }
        path = Path(weights)
        if not path.is_file():
            raise AubenchError("no such file", mend="--set weights=FILE.safetensors", path=path)
        return {"weights": file_sha256(path)}

    def departures(self, run: RunContext) -> tuple[str, ...]:
        """That the network does not start from timm's own weights, if so."""
        del run
        weights = self.settings.weights
        if weights == "hub":
            return ()
        return (f"{self.title} from {'random weights' if weights == 'none' else 'a file'}",)

    def check(self, run: RunContext) -> None:
        """Refuse a network or weights that cannot be had.

        Raises:
            AubenchError: If timm lacks the network, or its weights cannot be had.
        """
        del run
        if not timm.is_model(self.model):
            near = difflib.get_close_matches(self.model, timm.list_models(), n=1)
            mend = f"did you mean timm/{near[0]}?" if near else "see timm.list_models()"
            raise AubenchError(f"timm has no network {self.model!r}", mend=mend)
        self.pretrained()

    def pretrained(self) -> dict[str, Tensor]:
        """The weights of the network without its classifier; empty for a random start."""
        weights = self.settings.weights
        if weights == "none":
            return {}
        return hub_state(self.model) if weights == "hub" else file_state(self.model, Path(weights))
