"""The base of the heat-map methods: targets, loss and decoding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from torch import Tensor, nn

from aubench.action_units import AU_CENTRES
from aubench.errors import AubenchError
from aubench.heatmaps import Centre, Exponent, draw_intensities, masked_squared_error
from aubench.protocol import Protocol
from aubench.training.loader import Batch
from aubench.training.recipe import Recipe
from aubench.training.torch_method import TorchMethod
from aubench_methods.heatmap_network import STRIDE, Order, Upsampling


class MapMethod(TorchMethod):
    """Learns one map per AU by its squared error; the prediction is the maximum of the map."""

    def skip(self, protocol: Protocol) -> str | None:
        """The reason why ``protocol`` cannot be done, or None.

        An AU without a place in the face cannot be drawn; occurrence has no intensity.
        """
        if protocol.task != "intensity":
            return "heat maps need intensities"
        missing = [au for au in protocol.aus if au not in AU_CENTRES]
        return f"no heat-map centres for AU{missing[0]}" if missing else None

    def loss(self, outputs: Any, targets: Any) -> Tensor:
        """Squared error, one number, over the maps (B, A, h, w) of coded AUs."""
        return masked_squared_error(outputs, *targets)

    def decode(self, outputs: Any) -> Tensor:
        """The maximum of every map, (B, A)."""
        values: Tensor = outputs.amax(dim=(-2, -1))
        return values


@dataclass(frozen=True)
class ConvBlockRecipe(Recipe):
    """The recipe of a network of ConvBlocks that learns maps.

    Attributes:
        order: Of convolution, normalisation and ReLU. Doubt: not stated; default the released
            network's.
        upsampling: Of the hourglass. Doubt: the paper says bilinear; default the released
            network's.
        emphasis: At the start of the fit, a pixel of target height t weighs 1 + emphasis · t in the
            squared error. Papers weigh all alike (0), which takes thousands of steps to leave empty
            maps. Where an AU is in doubt, it biases its prediction upwards.
        emphasis_until: The part of the fit, 0–1, over which the emphasis falls to 0, epoch by epoch
            along a line; from there on, all pixels weigh alike.
    """

    order: Order = "conv-bn-relu"
    upsampling: Upsampling = "nearest"
    emphasis: float = 0.0
    emphasis_until: float = 0.6

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.emphasis < 0 or not 0 < self.emphasis_until <= 1:
            raise AubenchError(
                f"emphasis={self.emphasis:g}, emphasis_until={self.emphasis_until:g}",
                mend="set emphasis to 0 or more, and emphasis_until above 0 and up to 1",
            )

    def emphasis_after(self, epochs: int) -> float:
        """The emphasis in the epoch that follows ``epochs`` finished ones."""
        return self.emphasis * max(0.0, 1 - epochs / (self.emphasis_until * self.epochs))


class ConvBlockMethod(MapMethod):
    """Learns maps by a squared error that may emphasise high pixels early in the fit."""

    Settings: ClassVar[type] = ConvBlockRecipe
    settings: ConvBlockRecipe
    _finished = 0
    """Epochs that are finished, which `begin_epoch` tells."""

    def begin_epoch(self, network: nn.Module, epoch: int) -> None:
        """Note how far the fit is, on which the emphasis depends."""
        del network
        self._finished = epoch

    def loss(self, outputs: Any, targets: Any) -> Tensor:
        """Squared error over the maps of coded AUs, one number, with the emphasis of this epoch."""
        maps, known = targets
        emphasis = self.settings.emphasis_after(self._finished)
        return masked_squared_error(outputs, maps, known, emphasis)


@dataclass(frozen=True)
class HeatmapRecipe(ConvBlockRecipe):
    """The recipe of a method whose maps are those of Ntinou et al. 2020.

    Attributes:
        exponent: How the width of a map follows from the intensity. Doubt: Eq. 1 is garbled.
        centre: Where a map has its top. Doubt: not stated.
    """

    exponent: Exponent = "d2/2a2"
    centre: Centre = "rounded"


class HeatmapMethod(ConvBlockMethod):
    """Maps as Ntinou et al. 2020 draw them: the intensity gives both height and width."""

    Settings: ClassVar[type] = HeatmapRecipe
    settings: HeatmapRecipe

    def targets(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Maps (B, A, S/4, S/4) and which of them to learn from (B, A)."""
        size = batch.images.shape[-1]
        return draw_intensities(
            batch.landmarks,
            batch.labels,
            batch.aus,
            size,
            size // STRIDE,
            exponent=self.settings.exponent,
            centre=self.settings.centre,
        )
