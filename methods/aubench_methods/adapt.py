"""``adapt``: light layers that turn a frozen face-alignment network to AUs."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from aubench_methods.heatmap_method import check_size
from aubench_methods.transfer import TransferMethod

if TYPE_CHECKING:
    from torch import nn


class Adapt(TransferMethod):
    """Adaptation layers (Ntinou et al. 2020, §4.3), the best of their transfer variants."""

    summary: ClassVar[str] = "Adaptation layers over a frozen FAN (Ntinou et al. 2020)."

    def build(self, aus: tuple[int, ...], size: int) -> nn.Module:
        """The adapted network."""
        from aubench_methods.networks.adaptation import AdaptedNetwork

        check_size(size)
        return AdaptedNetwork(len(aus), self.settings.order, self.settings.upsampling)

    def initialise(self, network: nn.Module, size: int) -> None:
        """Load the FAN."""
        network.get_submodule("fan").load_state_dict(self.fan_state(size))
