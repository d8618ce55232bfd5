"""``attention``: adaptation layers guided by AU maps around the FAN's landmarks."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from aubench_methods.heatmap_method import check_size
from aubench_methods.ntinou2020.adapt import Adapt

if TYPE_CHECKING:
    from torch import nn


class Attention(Adapt):
    """Attention maps (Ntinou et al. 2020, §4.3)."""

    summary: ClassVar[str] = "AU attention maps drawn at a frozen FAN's landmarks (Ntinou 2020)."

    def build(self, aus: tuple[int, ...], size: int) -> nn.Module:
        """The network with its N attention maps."""
        from aubench_methods.networks.adaptation import LANDMARK_MAPS
        from aubench_methods.networks.attention import AttendedNetwork

        check_size(size)
        fan = self.fan_network(LANDMARK_MAPS)
        return AttendedNetwork(aus, self.settings.order, self.settings.upsampling, fan)
