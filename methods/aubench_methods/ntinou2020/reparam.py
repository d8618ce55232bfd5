"""``reparam``: a face-alignment network whose filters are mixed, not changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from aubench.errors import AubenchError
from aubench_methods.heatmap_method import check_size
from aubench_methods.ntinou2020.transfer import TransferMethod

if TYPE_CHECKING:
    from torch import nn


class Reparam(TransferMethod):
    """Reparametrisation (Ntinou et al. 2020, §4.3): every weight is W ×₁ θ, the FAN's θ frozen.

    The predictor has plain convolutions, and no parameter more than ``scratch``.
    """

    summary: ClassVar[str] = (
        "A FAN whose frozen filters are mixed by matrices (Ntinou et al. 2020)."
    )

    def build(self, aus: tuple[int, ...], size: int) -> nn.Module:
        """The network with one map an AU, its convolutions reparametrised."""
        from aubench_methods.heatmap_network import HeatmapNetwork
        from aubench_methods.networks.reparametrised import reparametrise

        check_size(size)
        if self.choice.public:
            raise AubenchError(
                "reparam mixes the filters of the paper's own FAN only",
                mend="name one that 'aubench pretrain fan' wrote, or choose adapt, attention or "
                "finetune",
                path=self.choice.path,
            )
        settings = self.settings
        return reparametrise(HeatmapNetwork(len(aus), settings.order, settings.upsampling))

    def initialise(self, network: nn.Module, size: int) -> None:
        """Load the FAN but for its output layer."""
        from aubench_methods.networks.reparametrised import load_original

        load_original(network, self.trunk_state(size, "output"))

    def deploy(self, network: nn.Module) -> nn.Module:
        """The same network with plain convolutions."""
        from aubench_methods.networks.reparametrised import fold

        return fold(network)
