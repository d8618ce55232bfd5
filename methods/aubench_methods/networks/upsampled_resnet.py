"""ResNet-50 and three transposed convolutions: the heat-map network of Fan & Lin 2020."""

from __future__ import annotations

from typing import Any, cast

import timm
from torch import Tensor, nn

from aubench_methods.networks.timm_network import Normalise

FEATURES = 2048
"""Channels that come out of ResNet-50."""

CHANNELS = 256
"""Channels of every transposed convolution."""


class UpsampledResNet(nn.Module):
    """34.0 M parameters; maps of a quarter of the picture's size.

    Three 4×4 transposed convolutions of stride 2, each with batch normalisation (and so without a
    bias) and ReLU; a 1×1 convolution makes K maps.

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
