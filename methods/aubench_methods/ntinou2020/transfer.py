"""What the methods share that start from a face-alignment network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from aubench.errors import AubenchError
from aubench.method import RunContext
from aubench_methods.fan.spec import FanSpec
from aubench_methods.heatmap_method import HeatmapMethod, HeatmapRecipe

if TYPE_CHECKING:
    from torch import Tensor

    from aubench_methods.fan.public_network import PublicFan
    from aubench_methods.heatmap_network import HeatmapNetwork


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
    def choice(self) -> FanSpec:
        """The FAN that the settings name."""
        return FanSpec.parse(self.settings.fan)

    def ingredients(self) -> Mapping[str, str]:
        """The FAN."""
        import hashlib

        with self.choice.file().open("rb") as file:
            return {"fan": hashlib.file_digest(file, "sha256").hexdigest()}

    def synthetic_parts(self) -> tuple[str, ...]:
        """The FAN, if it never saw a real face."""
        return ("fan",) if self.choice.training().synthetic else ()

    def check(self, run: RunContext) -> None:
        """Refuse a FAN that never saw a face, or a crop, like those of the run, unless told."""
        training = self.choice.training()
        if training.synthetic and not (run.synthetic or self.settings.allow_synthetic_fan):
            raise AubenchError(
                "this FAN was trained on synthetic faces, and the corpus is real",
                mend="train one with 'aubench pretrain fan --pack ALIGNMENT_PACK --out FILE' and "
                "name it, --set fan=FILE (or insist: --set allow_synthetic_fan=true)",
                path=self.choice.path,
            )
        unlike = [recipe for recipe in run.recipes if not training.cropped_by(recipe)]
        if unlike and not self.choice.any_crop:
            raise AubenchError(
                f"a FAN of pictures cropped {_shown(training.recipe, training.parameters)}, and "
                f"the pack's are cropped {_shown(unlike[0].name, unlike[0].parameters)}",
                mend=f"prepare the pack with --recipe {training.recipe}, or train a FAN on such "
                f"crops (or insist: --set fan=any-crop:{self.settings.fan})",
                path=self.choice.path,
            )

    def fan_network(self, maps: int) -> HeatmapNetwork | PublicFan:
        """A fresh network of the FAN's architecture with ``maps`` maps."""
        return self.choice.network(maps, self.settings.order, self.settings.upsampling)

    def fan_state(self, size: int) -> dict[str, Tensor]:
        """The FAN's weights.

        Args:
            size: Width and height of the pictures: a FAN knows faces of one size.

        Raises:
            AubenchError: If it was trained at another size or has another architecture.
        """
        return self.choice.state(self.settings.order, self.settings.upsampling, size)

    def trunk_state(self, size: int, output_layer: str) -> dict[str, Tensor]:
        """`fan_state` without the output layer, whose maps are landmarks."""
        state = self.fan_state(size)
        return {name: state[name] for name in state if not name.startswith(f"{output_layer}.")}


def _shown(name: str, parameters: Mapping[str, object]) -> str:
    """A crop recipe in a message."""
    return " ".join([name, *(f"{key}={value}" for key, value in parameters.items())])
