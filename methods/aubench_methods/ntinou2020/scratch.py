"""``scratch`` and ``random-backbone``: what the transfer methods are compared with."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from aubench_methods.heatmap_method import HeatmapMethod
from aubench_methods.heatmap_network import HeatmapNetwork, check_size
from aubench_methods.ntinou2020.adapt import AdaptedNetwork


class Scratch(HeatmapMethod):
    """The 1.65 M network of Ntinou et al. 2020 without transfer (their "scratch")."""

    summary: ClassVar[str] = "Heat-map regression from scratch (Ntinou et al. 2020)."

    def build(self, aus: tuple[int, ...], size: int) -> nn.Module:
        """The network with one map per AU."""
        check_size(size)
        return HeatmapNetwork(len(aus), self.settings.order, self.settings.upsampling)


class RandomBackbone(HeatmapMethod):
    """The control of `aubench_methods.ntinou2020.adapt.Adapt`: its layers over a random FAN."""

    summary: ClassVar[str] = "Adaptation layers over a frozen random backbone (their control)."

    def build(self, aus: tuple[int, ...], size: int) -> nn.Module:
        """The adapted network, its frozen backbone as initialised."""
        check_size(size)
        return AdaptedNetwork(len(aus), self.settings.order, self.settings.upsampling)
