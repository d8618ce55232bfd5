"""``finetune``: every weight of a face-alignment network learns on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from aubench_methods.heatmap_method import check_size
from aubench_methods.ntinou2020.transfer import TransferMethod, TransferRecipe

if TYPE_CHECKING:
    from torch import nn

    from aubench_methods.heatmap_network import HeatmapNetwork


@dataclass(frozen=True)
class FinetuneRecipe(TransferRecipe):
    """The recipe of fine-tuning.

    Attributes:
        lr: Small, so that the FAN is not forgotten. Doubt: not stated.
    """

    lr: float = 1e-4


class Finetune(TransferMethod):
    """Fine-tuning (Ntinou et al. 2020, §4.3): the FAN with a new output layer."""

    summary: ClassVar[str] = "A FAN with a new output layer, all of it learning (Ntinou 2020)."
    Settings: ClassVar[type] = FinetuneRecipe

    def build(self, aus: tuple[int, ...], size: int) -> nn.Module:
        """The network with one map an AU."""
        check_size(size)
        return self.fan_network(len(aus))

    def initialise(self, network: nn.Module, size: int) -> None:
        """Load the FAN but for its output layer."""
        output_layer = cast("HeatmapNetwork", network).output_layer
        network.load_state_dict(network.state_dict() | self.trunk_state(size, output_layer))
