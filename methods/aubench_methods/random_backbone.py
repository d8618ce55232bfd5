"""``random-backbone``: adaptation layers over a network that never learned anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from aubench_methods.heatmap_method import HeatmapMethod, check_size

if TYPE_CHECKING:
    from torch import nn


class RandomBackbone(HeatmapMethod):
    """The control of `Adapt`: the same layers over a frozen, random FAN."""

    summary: ClassVar[str] = "Adaptation layers over a frozen random backbone (their control)."

    def build(self, aus: tuple[int, ...], size: int) -> nn.Module:
        """The adapted network, its backbone as initialised."""
        from aubench_methods.networks.adaptation import AdaptedNetwork

        check_size(size)
        return AdaptedNetwork(len(aus), self.settings.order, self.settings.upsampling)
