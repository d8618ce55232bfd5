"""A timm network whose input is an RGB picture between 0 and 1."""

from __future__ import annotations

from typing import Any, cast

import timm
import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate


class Normalise(nn.Module):
    """Means and standard deviations of a timm network's input.

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
