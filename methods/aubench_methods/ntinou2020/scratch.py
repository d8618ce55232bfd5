"""``scratch`` and ``random-backbone``: what the transfer methods are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import nn

from aubench.frames import Frames, LabelledFrames
from aubench.method import Predictor, RunContext
from aubench.recipes import Recipes
from aubench_methods.heatmap_method import HeatmapMethod, HeatmapRecipe
from aubench_methods.heatmap_network import HeatmapNetwork, check_size
from aubench_methods.ntinou2020 import recipes
from aubench_methods.ntinou2020.adapt import AdaptedNetwork


class Scratch(HeatmapMethod):
    """The 1.65 M network of Ntinou et al. 2020 without transfer (their "scratch")."""

    summary: ClassVar[str] = "Heat-map regression from scratch (Ntinou et al. 2020)."

    @classmethod
    def recipes(cls, variant: str | None = None) -> Recipes:
        """See `Method.recipes`."""
        del variant
        return recipes.SCRATCH

    def build(self, aus: tuple[int, ...], size: int) -> nn.Module:
        """The network with one map per AU."""
        check_size(size)
        return HeatmapNetwork(len(aus), self.settings.order, self.settings.upsampling)


@dataclass(frozen=True)
class RandomRecipe(HeatmapRecipe):
    """The recipe of layers over a frozen random backbone.

    Attributes:
        bn: Statistics of the backbone's batch normalisations: ``initial`` leaves means of 0 and
            variances of 1; ``calibrated`` takes those of one pass over the training frames, before
            anything learns. Either way they are frozen. Doubt: the paper is silent.
    """

    bn: Literal["initial", "calibrated"] = "initial"


class RandomBackbone(HeatmapMethod):
    """The control of `aubench_methods.ntinou2020.adapt.Adapt`: its layers over a random FAN."""

    summary: ClassVar[str] = "Adaptation layers over a frozen random backbone (their control)."
    Settings: ClassVar[type] = RandomRecipe
    settings: RandomRecipe
    _train: Frames | None = None

    @classmethod
    def recipes(cls, variant: str | None = None) -> Recipes:
        """See `Method.recipes`."""
        del variant
        return recipes.RANDOM_BACKBONE

    def fit(self, train: LabelledFrames, valid: LabelledFrames, run: RunContext) -> Predictor:
        """Keep the training frames for `initialise`, and learn."""
        self._train = train.unlabelled()
        return super().fit(train, valid, run)

    def build(self, aus: tuple[int, ...], size: int) -> nn.Module:
        """The adapted network, its frozen backbone as initialised."""
        check_size(size)
        return AdaptedNetwork(len(aus), self.settings.order, self.settings.upsampling)

    def initialise(self, network: nn.Module, size: int) -> None:
        """Give the backbone the statistics of the training frames, if told."""
        del size
        if self.settings.bn == "calibrated" and self._train is not None:
            calibrate(network.get_submodule("fan"), self._train, self.settings.batch)


def calibrate(network: nn.Module, frames: Frames, batch: int) -> None:
    """Set the statistics of every batch normalisation to their means over batches of ``frames``.

    Args:
        network: On its device; maps pictures to anything. Its weights stay.
        frames: The frames, none of them changed.
        batch: Frames at a time; a last batch of one is left out.
    """
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    kept = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the mean of all batches, not one that forgets the first
    training = network.training
    network.train()
    like = next(network.parameters())
    with torch.no_grad():
        for start in range(0, max(1, len(frames) - 1), batch):
            index = range(start, min(start + batch, len(frames)))
            pictures = torch.from_numpy(frames.images(index)).to(like)
            network(pictures.permute(0, 3, 1, 2) / 255)
    network.train(training)
    for norm, momentum in zip(norms, kept, strict=True):
        norm.momentum = momentum
