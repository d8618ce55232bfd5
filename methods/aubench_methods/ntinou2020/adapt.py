"""``adapt``: light layers that turn a frozen face-alignment network to AUs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, cast

from aubench.errors import AubenchError
from aubench_methods.heatmap_method import check_size
from aubench_methods.ntinou2020.transfer import TransferMethod, TransferRecipe

if TYPE_CHECKING:
    import torch
    from torch import nn

    from aubench_methods.networks.adaptation import AdaptedNetwork


@dataclass(frozen=True)
class FrozenRecipe(TransferRecipe):
    """The recipe of layers over a frozen FAN, which may thaw towards the end.

    Attributes:
        unfreeze: So many of the last epochs train the FAN, too (Ntinou et al. 2020, §6.5); their
            learning rate is a cosine of its own.
        unfreeze_lr: Where it starts. Doubt: not stated.
    """

    unfreeze: int = 0
    unfreeze_lr: float = 1e-5

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.unfreeze < self.epochs:
            raise AubenchError(
                f"unfreeze={self.unfreeze} of epochs={self.epochs}",
                mend="set it to 0 or more, and fewer than epochs",
            )

    def learning_rate(self, progress: float) -> float:
        """The learning rate after ``progress`` epochs, a fraction included."""
        if not self.unfreeze:
            return super().learning_rate(progress)
        frozen = self.epochs - self.unfreeze
        if progress < frozen:
            return replace(self, epochs=frozen, unfreeze=0).learning_rate(progress)
        thawed = replace(self, epochs=self.unfreeze, unfreeze=0, lr=self.unfreeze_lr)
        return thawed.learning_rate(progress - frozen)


class Adapt(TransferMethod):
    """Adaptation layers (Ntinou et al. 2020, §4.3), the best of their transfer variants."""

    summary: ClassVar[str] = "Adaptation layers over a frozen FAN (Ntinou et al. 2020)."
    Settings: ClassVar[type] = FrozenRecipe
    settings: FrozenRecipe

    def build(self, aus: tuple[int, ...], size: int) -> nn.Module:
        """The adapted network."""
        from aubench_methods.networks.adaptation import LANDMARK_MAPS, AdaptedNetwork

        check_size(size)
        fan = self.fan_network(LANDMARK_MAPS)
        return AdaptedNetwork(len(aus), self.settings.order, self.settings.upsampling, fan=fan)

    def initialise(self, network: nn.Module, size: int) -> None:
        """Load the FAN."""
        network.get_submodule("fan").load_state_dict(self.fan_state(size))

    def optimizer(self, network: nn.Module) -> torch.optim.Optimizer:
        """Of the FAN, too, if it will thaw; until then Adam finds no gradients there."""
        adapted = cast("AdaptedNetwork", network)
        adapted.freeze(not self.settings.unfreeze)
        optimizer = super().optimizer(adapted)
        adapted.freeze(True)
        return optimizer

    def begin_epoch(self, network: nn.Module, epoch: int) -> None:
        """Freeze the FAN, or let it learn."""
        thawed = epoch >= self.settings.epochs - self.settings.unfreeze
        cast("AdaptedNetwork", network).freeze(not thawed)
