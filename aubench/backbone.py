"""Backbones: networks that methods build on, trained on faces with landmarks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from aubench.method import RunContext
from aubench.pack.pack import Pack
from aubench.recipes import Recipes


class Backbone(ABC):
    """A network that methods build on, configured, not trained; found through `Method.backbones`.

    Args:
        settings: An instance of `Settings`.

    Attributes:
        Settings: A frozen dataclass; every field is reachable by ``--set field=value``.
    """

    Settings: ClassVar[type]

    def __init__(self, settings: object) -> None:
        self.settings = settings

    @classmethod
    def recipes(cls) -> Recipes:
        """The recipes that this backbone carries, by name, as `Method.recipes` has them."""
        return {}

    def check_size(self, size: int) -> None:
        """Raise an AubenchError if it cannot learn from pictures of ``size`` pixels."""
        del size

    @abstractmethod
    def pretrain(
        self,
        packs: Sequence[Pack],
        out: Path,
        run: RunContext,
        *,
        held_out: tuple[str, ...],
        command: str,
    ) -> Mapping[str, Mapping[str, float]]:
        """Train on packs of landmarks, write the weights to ``out``, and measure them.

        Args:
            packs: Faces with landmarks, cropped alike; their subjects are parts of corpora.
            out: The file of weights, written last; a model card goes beside it.
            run: Where checkpoints go, seed, device, precision, monitor; that receives, before
                anything is learned, ``held out`` (part, faces) and ``learned from`` (parts, faces).
            held_out: Subject keys, or folders of them, that are measured and never learned from;
                when empty, the backbone's own choice.
            command: The command line that asks for it, for the model card.

        Returns:
            Held-out part → figure (``NME``, ``AUC``) → value.
        """

    @abstractmethod
    def measure(
        self, weights: str, packs: Sequence[Pack], run: RunContext, *, parts: tuple[str, ...]
    ) -> Mapping[str, Mapping[str, float]]:
        """Measure weights on packs of landmarks; nothing is learned.

        Args:
            weights: What the setting of a method takes that starts from this backbone.
            packs: Faces with landmarks, cropped alike.
            run: Device and precision.
            parts: Subject keys, or folders of them; all when empty.

        Returns:
            What was measured, the weights first and then what they must beat → figure → value.
        """
