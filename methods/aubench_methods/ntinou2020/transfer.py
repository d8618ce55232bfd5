"""The base of methods that start from a face-alignment network, and ``finetune``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, cast

from torch import Tensor, nn

from aubench.errors import AubenchError
from aubench.io.digest import file_sha256
from aubench.method import RunContext
from aubench.recipes import Recipes
from aubench_methods.fan.public_network import PublicFan
from aubench_methods.fan.spec import FanSpec
from aubench_methods.heatmap_method import HeatmapMethod, HeatmapRecipe
from aubench_methods.heatmap_network import HeatmapNetwork, check_size
from aubench_methods.ntinou2020 import recipes


@dataclass(frozen=True)
class TransferRecipe(HeatmapRecipe):
    """The recipe of a method that starts from a FAN.

    Attributes:
        fan: ``synthetic``, the one that comes with aubench, trained on synthetic faces; a file
            that ``aubench pretrain fan`` wrote; ``2dfan4:FILE``, face-alignment's public network
            (see `aubench_methods.fan.spec.FanSpec`).
        allow_synthetic_fan: Use a FAN of synthetic faces on a real corpus.
    """

    fan: str = "synthetic"
    allow_synthetic_fan: bool = False


class TransferMethod(HeatmapMethod):
    """A heat-map method that starts from a FAN; `fan_state` gives its weights."""

    backbones: ClassVar[Mapping[str, str]] = {"fan": "aubench_methods.fan.pretrain:Fan"}
    Settings: ClassVar[type] = TransferRecipe
    settings: TransferRecipe

    @cached_property
    def fan(self) -> FanSpec:
        """The FAN that the settings name."""
        return FanSpec.parse(self.settings.fan)

    def ingredients(self) -> Mapping[str, str]:
        """The SHA-256 of the FAN's file of weights."""
        return {"fan": file_sha256(self.fan.file())}

    def synthetic_parts(self) -> tuple[str, ...]:
        """``fan`` if the FAN never saw a real face; nothing otherwise."""
        return ("fan",) if self.fan.training().synthetic else ()

    def departures(self, run: RunContext) -> tuple[str, ...]:
        """What the FAN is instead of the paper's, and the crops that it learned from."""
        other = self.fan.departure()
        training = self.fan.training()
        crops = (
            ()
            if all(map(training.cropped_by, run.crops))
            else (f"a FAN of {training.recipe} crops",)
        )
        return (*([other] if other else []), *crops)

    def check(self, run: RunContext) -> None:
        """Refuse a FAN that learned from other faces or crops than the run has, unless told.

        Raises:
            AubenchError: If it learned from synthetic faces or other crops than the run has.
        """
        training = self.fan.training()
        if training.synthetic and not (run.synthetic or self.settings.allow_synthetic_fan):
            raise AubenchError(
                "this FAN was trained on synthetic faces, and the corpus is real",
                mend="train one with 'aubench pretrain fan --pack ALIGNMENT_PACK --out FILE' and "
                "name it, --set fan=FILE (or insist: --set allow_synthetic_fan=true)",
                path=self.fan.path,
            )
        unlike = [recipe for recipe in run.crops if not training.cropped_by(recipe)]
        if unlike and not self.fan.any_crop:
            raise AubenchError(
                f"a FAN of pictures cropped {_shown(training.recipe, training.parameters)}, and "
                f"the pack's are cropped {_shown(unlike[0].name, unlike[0].parameters)}",
                mend=f"prepare the pack with --recipe {training.recipe}, or train a FAN on such "
                f"crops (or insist: --set fan=any-crop:{self.settings.fan})",
                path=self.fan.path,
            )

    def fan_network(self, maps: int) -> HeatmapNetwork | PublicFan:
        """A fresh network of the FAN's architecture with ``maps`` maps."""
        return self.fan.network(maps, self.settings.order, self.settings.upsampling)

    def fan_state(self, size: int) -> dict[str, Tensor]:
        """The FAN's weights.

        Args:
            size: Width and height of the pictures: a FAN knows faces of one size.

        Raises:
            AubenchError: If it was trained at another size or has another architecture.
        """
        return self.fan.state(self.settings.order, self.settings.upsampling, size)

    def trunk_state(self, size: int, output_layer: str) -> dict[str, Tensor]:
        """`fan_state` without the output layer, whose maps are landmarks."""
        state = self.fan_state(size)
        return {name: state[name] for name in state if not name.startswith(f"{output_layer}.")}


def _shown(name: str, parameters: Mapping[str, object]) -> str:
    """A crop recipe as messages show it: its name and parameters."""
    return " ".join([name, *(f"{key}={value}" for key, value in parameters.items())])


class Finetune(TransferMethod):
    """Fine-tuning (Ntinou et al. 2020, §4.3): the FAN with a new output layer."""

    summary: ClassVar[str] = "A FAN with a new output layer, all of it learning (Ntinou 2020)."

    @classmethod
    def recipes(cls, variant: str | None = None) -> Recipes:
        """See `Method.recipes`."""
        del variant
        return recipes.FINETUNE

    def build(self, aus: tuple[int, ...], size: int) -> nn.Module:
        """The network with one map per AU."""
        check_size(size)
        return self.fan_network(len(aus))

    def initialise(self, network: nn.Module, size: int) -> None:
        """Load the FAN but for its output layer."""
        output_layer = cast("HeatmapNetwork", network).output_layer
        network.load_state_dict(network.state_dict() | self.trunk_state(size, output_layer))
