"""Draws of a method's augmentation on one face: the ends of each range, and all together.

The method's own `augment` is asked again and again for the same face, and the draws nearest to the
ends are kept: what is shown is what training does, whoever wrote the method.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import isnan
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from aubench.action_units import column
from aubench.errors import AubenchError
from aubench.figures.augmentation.effects import EFFECTS, Effect
from aubench.training.loader import Batch
from aubench.training.torch_method import TorchMethod

if TYPE_CHECKING:
    from aubench.frames import FloatArray, ImageArray
    from aubench.method import Method

BATCHES, BATCH = 8, 32
"""256 draws: those nearest to the ends of a uniform range are some 0.4 % of it away."""


@dataclass(frozen=True)
class Cell:
    """One augmented face.

    Attributes:
        caption: What was done to it.
        picture: (S, S, 3) uint8 RGB.
        landmarks: (68, 2) pixels of the picture.
        target: (h, w) the highest of the AUs' target maps, 0–5; None if the method has no maps.
    """

    caption: str
    picture: ImageArray
    landmarks: FloatArray
    target: FloatArray | None


@dataclass(frozen=True)
class Row:
    """Draws of one augmentation.

    Attributes:
        title: Its name.
        numbers: The recipe's.
        cells: Up to three.
    """

    title: str
    numbers: str
    cells: tuple[Cell, ...]


def rows(method: Method, name: str, face: Batch, seed: int) -> list[Row]:
    """The face as the network would see it, a row an augmentation, and all together.

    Args:
        method: Whose augmentations.
        name: What the method is called.
        face: One frame with all its landmarks.
        seed: Of the draws.

    Raises:
        AubenchError: If the method augments nothing that is known here.
    """
    effects = effects_of(method)
    if not (isinstance(method, TorchMethod) and effects):
        raise AubenchError(f"{name} augments nothing", mend="name another method")
    before = method.prepare(face)
    plain = _cell(method, before, 0, "")
    seen = "as the network sees it in prediction"
    if plain.target is not None:
        seen += f"\nright: targets of {', '.join(map(column, face.aus))}"
    found = [Row(name, seen, (plain,))]
    for effect in effects:
        found.append(_ends(only(method, effects, effect), effect, face, seed))
    together = next(_draws(method, face, seed))
    cells = tuple(_cell(method, together, n, "") for n in range(3))
    found.append(Row("All together", "three draws", cells))
    return found


def effects_of(method: Method) -> tuple[Effect, ...]:
    """The augmentations that the method's settings turn on."""
    return tuple(e for e in EFFECTS if getattr(method.settings, e.setting, 0))


def only(method: TorchMethod, effects: tuple[Effect, ...], kept: Effect) -> TorchMethod:
    """The same method with all augmentations but one turned off."""
    off: dict[str, Any] = {effect.setting: 0.0 for effect in effects if effect is not kept}
    return type(method)(replace(method.settings, **off), method.variant)


def _ends(method: TorchMethod, effect: Effect, face: Batch, seed: int) -> Row:
    """The draws that do least and most, and the first."""
    before = method.prepare(face)
    kept: dict[str, tuple[float, Cell]] = {}
    for drawn in _draws(method, face, seed):
        values = effect.measure(before, drawn)
        least = values.nan_to_num(torch.inf).argmin()
        most = values.nan_to_num(-torch.inf).argmax()
        for end, place in (("least", least), ("most", most), ("first", 0)):
            value = float(values[place])
            if end not in kept or _further(end, value, kept[end][0]):
                cell = _cell(method, drawn, int(place), effect.caption(value, before))
                kept[end] = (value, cell)
    cells = tuple(kept[end][1] for end in ("least", "most", "first"))
    return Row(effect.title, effect.numbers(method.settings), cells)


def _further(end: str, value: float, held: float) -> bool:
    """Is ``value`` nearer to an end than what is held? Never, if it is NaN."""
    if end == "first":
        return False
    return (value < held if end == "least" else value > held) or (isnan(held) and not isnan(value))


def _draws(method: TorchMethod, face: Batch, seed: int) -> Iterator[Batch]:
    """The face `BATCH` times, `BATCHES` times over, each by its own draw."""
    generator = torch.Generator().manual_seed(seed)
    many = replace(
        face,
        images=face.images.expand(BATCH, -1, -1, -1),
        landmarks=face.landmarks.expand(BATCH, -1, -1),
        labels=face.labels.expand(BATCH, -1),
    )
    for _ in range(BATCHES):
        yield method.augment(many, generator)


def _cell(method: TorchMethod, batch: Batch, place: int, caption: str) -> Cell:
    one = replace(
        batch,
        images=batch.images[[place]],
        landmarks=batch.landmarks[[place]],
        labels=batch.labels[[place]],
    )
    picture = one.images[0].permute(1, 2, 0).mul(255).round().clamp(0, 255).byte().numpy()
    return Cell(caption, picture, one.landmarks[0].numpy(), _target(method, one))


def _target(method: TorchMethod, one: Batch) -> FloatArray | None:
    """The highest of the target maps, in the intensities that the method would read from them."""
    targets = method.targets(one)
    maps = targets[0] if isinstance(targets, tuple) else targets
    if not (isinstance(maps, torch.Tensor) and maps.ndim == 4):
        return None
    tops = maps.amax(dim=(-2, -1))
    scale = method.decode(maps) / torch.where(tops > 0, tops, 1.0)
    return np.asarray((maps * scale[..., None, None]).amax(dim=1)[0].numpy(), dtype=np.float32)
