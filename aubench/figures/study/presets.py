"""Sensitivity studies of the papers: which settings, over which values."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from aubench.errors import AubenchError


@dataclass(frozen=True)
class Preset:
    """One study of a paper.

    Attributes:
        label: The setting in words, with its unit.
        values: Values that it was set to, as typed.
        source: Paper and figure.
    """

    label: str
    values: tuple[str, ...]
    source: str


_SIGMA = Preset(
    label="σ: standard deviation of a target, pixels of a 64×64 map",
    values=tuple(repr(math.sqrt(square)) for square in (0.2, 0.5, 1, 2, 5)),
    source="Fan & Lin 2020, Figs. 6–7",
)

PRESETS: dict[tuple[str, str], Preset] = {
    ("g2rl", "sigma"): _SIGMA,
    ("g2rl-baseline", "sigma"): _SIGMA,
    ("g2rl", "lam"): Preset(
        label="λ: weight of the geometry in the loss",
        values=("0.005", "0.01", "0.05", "0.1", "0.5"),
        source="Fan & Lin 2020, Figs. 6–7",
    ),
}
"""Method and setting → study."""


def preset(methods: Iterable[str], setting: str) -> Preset | None:
    """The study that a paper made of ``setting`` of one of ``methods``; None if there is none."""
    return next((PRESETS[m, setting] for m in methods if (m, setting) in PRESETS), None)


def values_of(text: str, known: Preset | None, setting: str) -> tuple[str, ...]:
    """The values to try, from ``0.1,1,10``, or those of a paper.

    Raises:
        AubenchError: If there is neither.
    """
    values = tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    if not values and known is None:
        raise AubenchError(
            f"which values of {setting}?", mend="give them with commas: --values 0.1,1,10"
        )
    return values or (known.values if known else ())
