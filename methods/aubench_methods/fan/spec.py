"""Which face-alignment network the setting ``fan`` names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aubench.errors import AubenchError

if TYPE_CHECKING:
    from torch import Tensor

    from aubench_methods.fan.public_network import PublicFan
    from aubench_methods.fan.weights import Training
    from aubench_methods.heatmap_network import HeatmapNetwork
    from aubench_methods.networks.blocks import Order
    from aubench_methods.networks.hourglass import Upsampling

SHIPPED = Path(__file__).parent.parent / "weights" / "fan-synthetic.safetensors"

ANY_CROP, PUBLIC, OTHER = "any-crop", "2dfan4", "2dfan4-other"


@dataclass(frozen=True)
class FanSpec:
    """A FAN: ``synthetic``, ``FILE``, or a file with words before it, ``2dfan4:any-crop:FILE``.

    Attributes:
        path: Its file of weights.
        words: ``2dfan4`` for the public network of four stacks in a file that face-alignment
            publishes, ``2dfan4-other`` for other weights of that network (nothing says what they
            learned), ``any-crop`` to use it on pictures that are cropped in another way than those
            it learned from. Doubt: how much worse it gets on them is not known.
    """

    path: Path
    words: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> FanSpec:
        """The choice that a setting means."""
        words: list[str] = []
        while (word := text.partition(":")[0]) in (ANY_CROP, PUBLIC, OTHER) and ":" in text:
            words.append(word)
            text = text.partition(":")[2]
        return cls(SHIPPED if text == "synthetic" else Path(text), tuple(words))

    @property
    def public(self) -> bool:
        """Is it the public network?"""
        return PUBLIC in self.words or OTHER in self.words

    @property
    def any_crop(self) -> bool:
        """May pictures be cropped in another way?"""
        return ANY_CROP in self.words

    def file(self) -> Path:
        """The file of weights.

        Raises:
            AubenchError: If there is none.
        """
        if not self.path.is_file():
            raise AubenchError("no such file", mend="name one with --set fan=FILE", path=self.path)
        return self.path

    def training(self) -> Training:
        """What pictures it learned from."""
        from aubench_methods.fan.public_weights import TRAINING
        from aubench_methods.fan.weights import read_card

        return TRAINING if self.public else read_card(self.path)

    def network(
        self, maps: int, order: Order, upsampling: Upsampling
    ) -> HeatmapNetwork | PublicFan:
        """A fresh network of its architecture.

        Args:
            maps: Number of heat maps.
            order: Of the ConvBlocks; the public network has its own.
            upsampling: Of the hourglass; the public network has its own.
        """
        from aubench_methods.fan.public_network import PublicFan
        from aubench_methods.heatmap_network import HeatmapNetwork

        return PublicFan(maps) if self.public else HeatmapNetwork(maps, order, upsampling)

    def state(self, order: Order, upsampling: Upsampling, size: int) -> dict[str, Tensor]:
        """Its weights.

        Raises:
            AubenchError: If it learned at another size than ``size``, or has another architecture.
        """
        from aubench_methods.fan.public_weights import TRAINING, read_public_fan
        from aubench_methods.fan.weights import read_fan

        if not self.public:
            return read_fan(self.path, order=order, upsampling=upsampling, size=size)
        if size != TRAINING.size:
            raise AubenchError(
                f"a FAN with size {TRAINING.size}, where {size} is needed",
                mend=f"prepare the pack with --size {TRAINING.size}",
                path=self.path,
            )
        return read_public_fan(self.file(), published=PUBLIC in self.words)
