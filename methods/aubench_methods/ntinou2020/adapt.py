"""``adapt``: light layers that turn a frozen face-alignment network to AUs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Self, cast

import torch
from torch import Tensor, nn

from aubench.errors import AubenchError
from aubench.frames import LabelledFrames
from aubench.io.digest import file_sha256
from aubench.method import Predictor, RunContext
from aubench.recipes import Recipes
from aubench.training.loader import Batch
from aubench.training.loop import untrained
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
from aubench_methods.ntinou2020 import recipes
from aubench_methods.ntinou2020.released import SIZE, load_released, refuse_others, stretched
from aubench_methods.ntinou2020.transfer import TransferMethod, TransferRecipe

RELEASED = "released"
"""What precedes the name of a file of released weights, with a colon."""


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


class FrozenMethod(TransferMethod):
    """Layers over a frozen FAN, in an `AdaptedNetwork`; the FAN may thaw towards the end."""

    Settings: ClassVar[type] = FrozenRecipe
    settings: FrozenRecipe

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
        super().begin_epoch(network, epoch)
        thawed = epoch >= self.settings.epochs - self.settings.unfreeze
        cast("AdaptedNetwork", network).freeze(not thawed)


@dataclass(frozen=True)
class AdaptRecipe(FrozenRecipe):
    """The recipe of adaptation layers.

    Attributes:
        weights: ``fan``: the FAN is loaded, and the layers learn. ``released:FILE``: the network
            that the authors released, FAN and layers (`aubench_methods.ntinou2020.released`).
            Nothing learns, and no other setting counts.
    """

    weights: str = "fan"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.weights != "fan" and not self.weights.startswith(f"{RELEASED}:"):
            raise AubenchError(f"weights={self.weights}", mend=f"write fan, or {RELEASED}:FILE")


class Adapt(FrozenMethod):
    """Adaptation layers (Ntinou et al. 2020, §4.3), the best of their transfer variants."""

    summary: ClassVar[str] = "Adaptation layers over a frozen FAN (Ntinou et al. 2020)."
    Settings: ClassVar[type] = AdaptRecipe
    settings: AdaptRecipe

    @classmethod
    def recipes(cls, variant: str | None = None) -> Recipes:
        """See `Method.recipes`."""
        del variant
        return recipes.ADAPT

    @cached_property
    def released(self) -> Path | None:
        """The file of released weights that the settings name, if they do."""
        prefix, _, name = self.settings.weights.partition(":")
        return Path(name) if prefix == RELEASED else None

    def ingredients(self) -> Mapping[str, str]:
        """The SHA-256 of the file of released weights, or of the FAN's.

        Raises:
            AubenchError: If there is no such file.
        """
        if not self.released:
            return super().ingredients()
        if not self.released.is_file():
            mend = f"name one with --set weights={RELEASED}:FILE"
            raise AubenchError("no such file", mend=mend, path=self.released)
        return {"weights": file_sha256(self.released)}

    def synthetic_parts(self) -> tuple[str, ...]:
        """``fan`` if the FAN never saw a real face; nothing otherwise."""
        return () if self.released else super().synthetic_parts()

    def departures(self, run: RunContext) -> tuple[str, ...]:
        """That the weights are the released ones, or what is other about the FAN."""
        return ("the authors' released weights",) if self.released else super().departures(run)

    def check(self, run: RunContext) -> None:
        """Refuse released weights, or a FAN, that cannot be used in this run."""
        if self.released:
            self.network_released(run.aus)
        else:
            super().check(run)

    def fit(self, train: LabelledFrames, valid: LabelledFrames, run: RunContext) -> Predictor:
        """Learn; with released weights there is nothing to learn.

        Raises:
            AubenchError: If the released weights learned from other people than ``train``.
        """
        if not self.released:
            return super().fit(train, valid, run)
        refuse_others(train)
        return untrained(self, self.network_released(train.aus), train, run)

    def network_released(self, aus: tuple[int, ...]) -> nn.Module:
        """The network with the released weights."""
        network = self.build(aus, SIZE)
        load_released(network, cast("Path", self.released), aus)
        return network

    def build(self, aus: tuple[int, ...], size: int) -> nn.Module:
        """The adapted network."""
        check_size(size)
        if self.released:
            return AdaptedNetwork(len(aus), "conv-bn-relu", "nearest")
        fan = self.fan_network(LANDMARK_MAPS)
        return AdaptedNetwork(len(aus), self.settings.order, self.settings.upsampling, fan=fan)

    def prepare(self, batch: Batch) -> Batch:
        """``batch``, its pictures scaled as the released weights want them."""
        return replace(batch, images=stretched(batch.images)) if self.released else batch
