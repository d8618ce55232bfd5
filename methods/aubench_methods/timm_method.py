"""The base of methods that start from a timm network, and its weights."""

from __future__ import annotations

import difflib
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import timm
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from aubench.errors import AubenchError
from aubench.io.digest import file_sha256
from aubench.method import RunContext
from aubench.training.recipe import Recipe
from aubench.training.torch_method import TorchMethod


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


def pretrained_state(name: str, source: str) -> dict[str, Tensor]:
    """The pre-trained weights of a network without its classifier, never silently random.

    Args:
        name: As in ``timm.list_models()``.
        source: ``hub``, or a safetensors file of a timm model.

    Raises:
        AubenchError: If the hub cannot be reached or has none, or the file is of another network.
    """
    if source == "hub":
        try:
            return dict(timm.create_model(name, pretrained=True, num_classes=0).state_dict())
        except (OSError, RuntimeError) as error:
            reason = str(error).strip().splitlines()[0]
            raise AubenchError(
                f"no pre-trained weights of {name} from the hub ({reason})",
                mend="give them with --set weights=FILE.safetensors, or start at random, "
                "--set weights=none",
            ) from error
    wanted = timm.create_model(name, pretrained=False, num_classes=0).state_dict()
    try:
        found = load_file(Path(source))
    except (OSError, SafetensorError) as error:
        raise AubenchError(
            f"not a readable safetensors file ({error})",
            mend=f"give the model.safetensors of {name}",
            path=source,
        ) from error
    for key, tensor in wanted.items():
        if key not in found or found[key].shape != tensor.shape:
            raise AubenchError(
                f"not weights of {name}: {key} is missing or of another shape",
                mend=f"give the model.safetensors of {name}",
                path=source,
            )
    return {key: found[key] for key in wanted}


@dataclass(frozen=True)
class TimmRecipe(Recipe):
    """The recipe of a timm network.

    Attributes:
        weights: Where the fit starts: ``hub`` (timm's own pre-trained weights, fetched from the
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
        """The SHA-256 of the weights file, if there is one."""
        if self.settings.weights in ("hub", "none"):
            return {}
        path = Path(self.settings.weights)
        if not path.is_file():
            raise AubenchError("no such file", mend="--set weights=FILE.safetensors", path=path)
        return {"weights": file_sha256(path)}

    def check(self, run: RunContext) -> None:
        """Raise an AubenchError if timm lacks the network, or its weights cannot be had."""
        del run
        if not timm.is_model(self.model):
            near = difflib.get_close_matches(self.model, timm.list_models(), n=1)
            mend = f"did you mean timm/{near[0]}?" if near else "see timm.list_models()"
            raise AubenchError(f"timm has no network {self.model!r}", mend=mend)
        self.pretrained()

    def pretrained(self) -> dict[str, Tensor]:
        """The weights of the network without its classifier; empty for a random start."""
        weights = self.settings.weights
        return {} if weights == "none" else pretrained_state(self.model, weights)
