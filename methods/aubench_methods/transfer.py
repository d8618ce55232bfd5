"""What the methods share that start from a face-alignment network."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from aubench.errors import AubenchError
from aubench.method import RunContext
from aubench_methods.heatmap_method import HeatmapMethod, HeatmapRecipe

if TYPE_CHECKING:
    from torch import Tensor

SHIPPED = Path(__file__).parent / "weights" / "fan-synthetic.safetensors"


@dataclass(frozen=True)
class TransferRecipe(HeatmapRecipe):
    """The recipe of a method that starts from a FAN.

    Attributes:
        fan: ``synthetic``, the one that comes with aubench, trained on synthetic faces; or a
            file that ``aubench pretrain fan`` wrote.
        allow_synthetic_fan: Use a FAN of synthetic faces on a real corpus.
    """

    fan: str = "synthetic"
    allow_synthetic_fan: bool = False


class TransferMethod(HeatmapMethod):
    """A heat-map method that starts from a FAN; `fan_state` gives its weights."""

    backbones: ClassVar[Mapping[str, str]] = {"fan": "aubench_methods.fan.pretrain:Fan"}
    Settings: ClassVar[type] = TransferRecipe
    settings: TransferRecipe

    @property
    def fan_file(self) -> Path:
        """The file that the settings name."""
        return SHIPPED if self.settings.fan == "synthetic" else Path(self.settings.fan)

    def ingredients(self) -> Mapping[str, str]:
        """The FAN."""
        if not self.fan_file.is_file():
            raise AubenchError(
                "no such file", mend="name one with --set fan=FILE", path=self.fan_file
            )
        return {"fan": hashlib.sha256(self.fan_file.read_bytes()).hexdigest()}

    def synthetic_parts(self) -> tuple[str, ...]:
        """The FAN, if it never saw a real face."""
        from aubench_methods.fan.weights import read_card

        return ("fan",) if read_card(self.fan_file).synthetic else ()

    def check(self, run: RunContext) -> None:
        """Refuse a FAN that never saw a face on real faces, unless told."""
        allowed = run.synthetic or self.settings.allow_synthetic_fan
        if self.synthetic_parts() and not allowed:
            raise AubenchError(
                "this FAN was trained on synthetic faces, and the corpus is real",
                mend="train one with 'aubench pretrain fan --pack ALIGNMENT_PACK --out FILE' and "
                "name it, --set fan=FILE (or insist: --set allow_synthetic_fan=true)",
                path=self.fan_file,
            )

    def fan_state(self, size: int) -> dict[str, Tensor]:
        """The FAN's weights.

        Args:
            size: Width and height of the pictures: a FAN knows faces of one size.

        Raises:
            AubenchError: If it was trained at another size or has another architecture.
        """
        from aubench_methods.fan.weights import read_fan

        settings = self.settings
        return read_fan(
            self.fan_file, order=settings.order, upsampling=settings.upsampling, size=size
        )

    def trunk_state(self, size: int) -> dict[str, Tensor]:
        """`fan_state` without the output layer, whose maps are landmarks."""
        state = self.fan_state(size)
        return {name: state[name] for name in state if not name.startswith("output.")}
