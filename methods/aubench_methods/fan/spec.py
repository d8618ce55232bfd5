"""The setting ``fan``: which face-alignment network a method starts from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from aubench.errors import AubenchError
from aubench_methods.fan import public_weights
from aubench_methods.fan.public_network import PublicFan
from aubench_methods.fan.weights import Training, read_card, read_fan
from aubench_methods.heatmap_network import HeatmapNetwork, Order, Upsampling

SHIPPED = Path(__file__).parent.parent / "weights" / "fan-synthetic.safetensors"

ANY_CROP, PUBLIC, OTHER = "any-crop", "2dfan4", "2dfan4-other"


@dataclass(frozen=True)
class FanSpec:
    """A FAN: ``synthetic``, ``FILE``, or a file with prefixes (``2dfan4:any-crop:FILE``).

    Attributes:
        path: Its file of weights.
        prefixes: ``2dfan4`` for the public network of four stacks in a file that face-alignment
            publishes, ``2dfan4-other`` for other weights of that network (nothing says what they
            learned), ``any-crop`` to use it on pictures that are cropped in another way than those
            it learned from. Doubt: how much worse it gets on them is not known.
    """

    path: Path
    prefixes: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> FanSpec:
        """The FAN that the text of the setting means."""
        prefixes: list[str] = []
        while (prefix := text.partition(":")[0]) in (ANY_CROP, PUBLIC, OTHER) and ":" in text:
            prefixes.append(prefix)
            text = text.partition(":")[2]
        return cls(SHIPPED if text == "synthetic" else Path(text), tuple(prefixes))

    @property
    def public(self) -> bool:
        """True for the public network of face-alignment."""
        return PUBLIC in self.prefixes or OTHER in self.prefixes

    @property
    def any_crop(self) -> bool:
        """True if pictures may be cropped in another way than those it learned from."""
        return ANY_CROP in self.prefixes

    def file(self) -> Path:
        """The file of weights.

        Raises:
            AubenchError: If there is none.
        """
        if not self.path.is_file():
            raise AubenchError("no such file", mend="name one with --set fan=FILE", path=self.path)
        return self.path

    def training(self) -> Training:
        """The pictures that it learned from."""
        return public_weights.TRAINING if self.public else read_card(self.file())

    def departure(self) -> str | None:
        """What it is instead of the paper's, which was trained on LS3D-W; None if it is like it."""
        if self.public:
            known = "face-alignment's public network"
            return f"FAN: {known}" if PUBLIC in self.prefixes else f"FAN: other weights of {known}"
        card = read_card(self.file())
        if card.synthetic:
            return "FAN trained on synthetic faces"
        return None if card.corpus == "ls3dw" else f"FAN trained on {card.corpus}, not LS3D-W"

    def network(
        self, maps: int, order: Order, upsampling: Upsampling
    ) -> HeatmapNetwork | PublicFan:
        """A fresh network of its architecture.

        Args:
            maps: Number of heat maps.
            order: Of the ConvBlocks; the public network has its own.
            upsampling: Of the hourglass; the public network has its own.
        """
        return PublicFan(maps) if self.public else HeatmapNetwork(maps, order, upsampling)

    def state(self, order: Order, upsampling: Upsampling, size: int) -> dict[str, Tensor]:
        """Its weights.

        Raises:
            AubenchError: If it learned at another size than ``size``, or has another architecture.
        """
        if not self.public:
            return read_fan(self.path, order=order, upsampling=upsampling, size=size)
        if size != (known := public_weights.TRAINING.size):
            raise AubenchError(
                f"a FAN with size {known}, where {size} is needed",
                mend=f"prepare the pack with --size {known}",
                path=self.path,
            )
        return public_weights.read_public_fan(self.file(), published=PUBLIC in self.prefixes)
