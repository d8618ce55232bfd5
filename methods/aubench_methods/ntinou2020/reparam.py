"""``reparam``: a face-alignment network whose frozen filters are mixed by small matrices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from aubench.errors import AubenchError
from aubench.recipes import Recipes
from aubench_methods.heatmap_network import HeatmapNetwork, check_size
from aubench_methods.ntinou2020 import recipes
from aubench_methods.ntinou2020.transfer import TransferMethod


class OutputMix(nn.Module):
    """The mode-1 product W ×₁ θ: output channels of θ mixed by a learned square matrix.

    Args:
        channels: C_out; W starts as the identity.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.mix = nn.Parameter(torch.eye(channels))

    def forward(self, weight: Tensor) -> Tensor:
        """θ (C_out, C_in, k, k) → the same shape: Σ_j W[i, j] θ[j, …]."""
        return (self.mix @ weight.flatten(1)).view(weight.shape)


def reparametrise(network: HeatmapNetwork) -> HeatmapNetwork:
    """``network`` with every convolution but the output layer frozen under an `OutputMix`.

    Ntinou et al. 2020, §4.3: 136,704 new weights (the paper: about 130 K). Batch normalisation
    learns; so does the output layer, which is new. The one frozen bias stands before a batch
    normalisation, which takes it out again.
    """
    for name, module in network.named_modules():
        if isinstance(module, nn.Conv2d) and name != "output":
            module.requires_grad_(False)
            parametrize.register_parametrization(module, "weight", OutputMix(module.out_channels))
    return network


def fold(network: nn.Module) -> nn.Module:
    """``network`` with plain convolutions again, whose weights are the products."""
    for module in network.modules():
        if parametrize.is_parametrized(module, "weight"):
            parametrize.remove_parametrizations(module, "weight", leave_parametrized=True)
    return network


def load_original(network: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Load weights of a plain network, where some of them are θ now; the rest stays."""
    own = network.state_dict()
    for name, tensor in state.items():
        module, _, leaf = name.rpartition(".")
        original = f"{module}.parametrizations.{leaf}.original"
        own[original if original in own else name] = tensor
    network.load_state_dict(own)


class Reparam(TransferMethod):
    """Reparametrisation (Ntinou et al. 2020, §4.3): every weight is W ×₁ θ, the FAN's θ frozen.

    Doubt: the paper learns "only W". Batch normalisation and the output layer have to learn too, or
    nothing fits.

    The predictor has plain convolutions, and as many parameters as that of ``scratch``.
    """

    summary: ClassVar[str] = (
        "A FAN whose frozen filters are mixed by matrices (Ntinou et al. 2020)."
    )

    @classmethod
    def recipes(cls, variant: str | None = None) -> Recipes:
        """See `Method.recipes`."""
        del variant
        return recipes.REPARAM

    def build(self, aus: tuple[int, ...], size: int) -> nn.Module:
        """The network with one map per AU, its convolutions reparametrised.

        Raises:
            AubenchError: If the FAN is not of the paper's own architecture.
        """
        check_size(size)
        if self.fan.public:
            raise AubenchError(
                "reparam mixes the filters of the paper's own FAN only",
                mend="name one that 'aubench pretrain fan' wrote, or choose adapt, attention or "
                "finetune",
                path=self.fan.path,
            )
        settings = self.settings
        return reparametrise(HeatmapNetwork(len(aus), settings.order, settings.upsampling))

    def initialise(self, network: nn.Module, size: int) -> None:
        """Load the FAN but for its output layer."""
        load_original(network, self.trunk_state(size, "output"))

    def deploy(self, network: nn.Module) -> nn.Module:
        """The same network with plain convolutions."""
        return fold(network)
