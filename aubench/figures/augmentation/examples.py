"""Examples of a method's augmentation of one face: the ends of each range, and all together.

The method's own `augment` is called many times for the same face, and the results nearest to the
ends are kept. So the figure shows what training does, whoever wrote the method.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import isnan
from typing import Any

import numpy as np
import torch

from aubench.action_units import column
from aubench.errors import AubenchError
from aubench.figures.augmentation.effects import EFFECTS, Effect
from aubench.frames import FloatArray, ImageArray
from aubench.method import Method
from aubench.training.loader import Batch
from aubench.training.torch_method import TorchMethod

BATCHES, BATCH = 8, 32
"""256 results: those nearest to the ends of a uniform range are about 0.4 % of it away."""


@dataclass(frozen=True)
class Example:
    """One augmented face.

    Attributes:
        caption: What was done to the face, in words.
        picture: (S, S, 3) uint8 RGB.
        landmarks: (68, 2) pixels of the picture.
        target: (h, w) the largest value of all AUs' target maps, 0–5; None without maps.
    """

    caption: str
    picture: ImageArray
    landmarks: FloatArray
    target: FloatArray | None


@dataclass(frozen=True)
class ExampleRow:
    """Examples of one augmentation.

    Attributes:
        title: Name of the augmentation.
        numbers: Its range in the method's settings, in words.
        cells: Up to three examples.
    """

    title: str
    numbers: str
    cells: tuple[Example, ...]


def rows(method: Method, name: str, face: Batch, seed: int) -> list[ExampleRow]:
    """The rows of a method: the face as the network sees it, each augmentation, and all together.

    Args:
        method: Whose augmentations are shown.
        name: Of the method.
        face: One frame with all its landmarks.
        seed: Of the random draws.

    Raises:
        AubenchError: If the method has none of the augmentations in `EFFECTS`.
    """
    effects = effects_of(method)
    if not (isinstance(method, TorchMethod) and effects):
        raise AubenchError(f"{name} augments nothing", mend="name another method")
    before = method.prepare(face)
    plain = _cell(method, before, 0, "")
    seen = "as the network sees it in prediction"
    if plain.target is not None:
        seen += f"\nright: targets of {', '.join(map(column, face.aus))}"
    found = [ExampleRow(name, seen, (plain,))]
    for effect in effects:
        found.append(_ends(only(method, effects, effect), effect, face, seed))
    together = next(_batches(method, face, seed))
    cells = tuple(_cell(method, together, n, "") for n in range(3))
    found.append(ExampleRow("All together", "three draws", cells))
    return found


def effects_of(method: Method) -> tuple[Effect, ...]:
    """The augmentations that the method's settings turn on."""
    return tuple(e for e in EFFECTS if getattr(method.settings, e.setting, 0))


def only(method: TorchMethod, effects: tuple[Effect, ...], kept: Effect) -> TorchMethod:
    """The same method with only the augmentation ``kept`` turned on."""
    off: dict[str, Any] = {effect.setting: 0.0 for effect in effects if effect is not kept}
    return type(method)(replace(method.settings, **off), method.variant)


def _ends(method: TorchMethod, effect: Effect, face: Batch, seed: int) -> ExampleRow:
    """The row of one augmentation: the results that change least and most, and the first."""
    before = method.prepare(face)
    kept: dict[str, tuple[float, Example]] = {}
    for drawn in _batches(method, face, seed):
        values = effect.measure(before, drawn)
        least = values.nan_to_num(torch.inf).argmin()
        most = values.nan_to_num(-torch.inf).argmax()
        for end, place in (("least", least), ("most", most), ("first", 0)):
            value = float(values[place])
            if end not in kept or _further(end, value, kept[end][0]):
                cell = _cell(method, drawn, int(place), effect.caption(value, before))
                kept[end] = (value, cell)
    cells = tuple(kept[end][1] for end in ("least", "most", "first"))
    return ExampleRow(effect.title, effect.numbers(method.settings), cells)


def _further(end: str, value: float, held: float) -> bool:
    """Return whether ``value`` is nearer to ``end`` than ``held``; never if it is NaN."""
    if end == "first":
        return False
    return (value < held if end == "least" else value > held) or (isnan(held) and not isnan(value))


def _batches(method: TorchMethod, face: Batch, seed: int) -> Iterator[Batch]:
    """Yield `BATCHES` batches of `BATCH` augmented copies of the face."""
    generator = torch.Generator().manual_seed(seed)
    many = replace(
        face,
        images=face.images.expand(BATCH, -1, -1, -1),
        landmarks=face.landmarks.expand(BATCH, -1, -1),
        labels=face.labels.expand(BATCH, -1),
    )
    for _ in range(BATCHES):
        yield method.augment(many, generator)


def _cell(method: TorchMethod, batch: Batch, place: int, caption: str) -> Example:
    one = replace(
        batch,
        images=batch.images[[place]],
        landmarks=batch.landmarks[[place]],
        labels=batch.labels[[place]],
    )
    picture = one.images[0].permute(1, 2, 0).mul(255).round().clamp(0, 255).byte().numpy()
    return Example(caption, picture, one.landmarks[0].numpy(), _target(method, one))


def _target(method: TorchMethod, one: Batch) -> FloatArray | None:
    """The maximum over the target maps, in the intensities that the method reads from them."""
    targets = method.targets(one)
    maps = targets[0] if isinstance(targets, tuple) else targets
    if not (isinstance(maps, torch.Tensor) and maps.ndim == 4):
        return None
    tops = maps.amax(dim=(-2, -1))
    scale = method.decode(maps) / torch.where(tops > 0, tops, 1.0)
    return np.asarray((maps * scale[..., None, None]).amax(dim=1)[0].numpy(), dtype=np.float32)
