"""``scratch``: the heat-map network trained from nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from aubench_methods.heatmap_method import HeatmapMethod, check_size

if TYPE_CHECKING:
    from torch import nn


class Scratch(HeatmapMethod):
    """The 1.65 M network of Ntinou et al. 2020 without transfer (their "scratch")."""

    summary: ClassVar[str] = "Heat-map regression from scratch (Ntinou et al. 2020)."

    def build(self, aus: tuple[int, ...], size: int) -> nn.Module:
        """The network with one map an AU."""
        from aubench_methods.heatmap_network import HeatmapNetwork

        check_size(size)
        return HeatmapNetwork(len(aus), self.settings.order, self.settings.upsampling)
