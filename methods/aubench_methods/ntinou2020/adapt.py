"""``adapt``: light layers that turn a frozen face-alignment network to AUs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self, cast

import torch
from torch import Tensor, nn

from aubench.errors import AubenchError
from aubench_methods.fan.public_network import PublicFan
from aubench_methods.heatmap_network import (
    LANDMARK_MAPS,
    WIDTH,
    HeatmapNetwork,
    Hourglass,
    Order,
    Upsampling,
    check_size,
)
from aubench_methods.ntinou2020.transfer import TransferMethod, TransferRecipe


def pointwise(inputs: int, outputs: int) -> nn.Sequential:
    """A 1×1 convolution with bias, batch normalisation and ReLU6."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 1), nn.BatchNorm2d(outputs), nn.ReLU6(inplace=True)
    )


class AdaptedNetwork(nn.Module):
    """A frozen network of 68 landmark maps, and 1.004 M parameters that turn it to N AU maps.

    A 1×1 unit on the landmark maps and one on the tap conv4 are added and go through an hourglass
    whose skips have 1×1 kernels, a 1×1 unit and the output layer. Doubt: the paper writes of 1×1
    filters throughout, which would be 0.19 M parameters, not its own count of about 1 M.

    Args:
        maps: N.
        order: Of the ConvBlocks.
        upsampling: Of the hourglasses.
        guides: Number of channels that `guide` returns.
        fan: The network of landmark maps; that of the paper when None.
    """

    def __init__(
        self,
        maps: int,
        order: Order,
        upsampling: Upsampling,
        guides: int = LANDMARK_MAPS,
        fan: HeatmapNetwork | PublicFan | None = None,
    ) -> None:
        super().__init__()
        self.fan = fan or HeatmapNetwork(LANDMARK_MAPS, order, upsampling)
        self.from_landmarks = pointwise(guides, WIDTH)
        self.from_tap = pointwise(self.fan.width, WIDTH)
        self.hourglass = Hourglass(order, upsampling, skip_kernel=1)
        self.last = pointwise(WIDTH, WIDTH)
        self.output = nn.Conv2d(WIDTH, maps, 1)
        self.freeze(True)
        self.train()

    def freeze(self, frozen: bool) -> None:
        """Let the FAN stay as it is, or learn with the rest."""
        self.frozen = frozen
        self.fan.requires_grad_(not frozen)

    def train(self, mode: bool = True) -> Self:
        """Set training mode, but not for a frozen FAN, whose statistics are frozen too."""
        super().train(mode)
        self.fan.train(mode and not self.frozen)
        return self

    def guide(self, landmarks: Tensor) -> Tensor:
        """The input of the adaptation layers, from landmark maps (B, 68, H, W): the maps."""
        return landmarks

    def forward(self, images: Tensor) -> Tensor:
        """(B, 3, S, S), 0–1 → AU heat maps, (B, N, S/4, S/4); S a multiple of 64."""
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.frozen):
            tap = self.fan.features(images)
            landmarks = self.fan.head(tap)
        x = self.from_landmarks(self.guide(landmarks)) + self.from_tap(tap)
        maps: Tensor = self.output(self.last(self.hourglass(x)))
        return maps


@dataclass(frozen=True)
class FrozenRecipe(TransferRecipe):
    """The recipe of layers over a frozen FAN, which may thaw towards the end.

    Attributes:
        unfreeze: Number of the last epochs that train the FAN, too (Ntinou et al. 2020, §6.5);
            their learning rate is a cosine of its own.
        unfreeze_lr: Where that cosine starts. Doubt: not stated.
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
        """The learning rate after ``progress`` epochs, which may be a fraction."""
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
        check_size(size)
        fan = self.fan_network(LANDMARK_MAPS)
        return AdaptedNetwork(len(aus), self.settings.order, self.settings.upsampling, fan=fan)

    def initialise(self, network: nn.Module, size: int) -> None:
        """Load the FAN."""
        network.get_submodule("fan").load_state_dict(self.fan_state(size))

    def optimizer(self, network: nn.Module) -> torch.optim.Optimizer:
        """The optimizer; of the FAN, too, if it will thaw: until then Adam finds no gradients."""
        adapted = cast("AdaptedNetwork", network)
        adapted.freeze(not self.settings.unfreeze)
        optimizer = super().optimizer(adapted)
        adapted.freeze(True)
        return optimizer

    def begin_epoch(self, network: nn.Module, epoch: int) -> None:
        """Freeze the FAN, or let it learn."""
        thawed = epoch >= self.settings.epochs - self.settings.unfreeze
        cast("AdaptedNetwork", network).freeze(not thawed)
