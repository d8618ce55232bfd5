"""Named recipes: the values that a paper gives to a method's settings, and those that are assumed.

A method carries its recipes (`aubench.method.Method.recipes`). `paper` is what its paper did, and
what a run on real pictures takes unless told otherwise; `quick` suits the few hundred frames of a
synthetic twin.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

Scalar = str | int | float | bool | None
Setting = Scalar | tuple[Scalar, ...]
"""A value of one setting."""


@dataclass(frozen=True)
class Given:
    """The value that a recipe gives to a setting.

    Attributes:
        value: The value; a list becomes a tuple.
        source: Where the paper states it (``§5.1``), or why it is assumed.
        stated: True if the paper states it.
    """

    value: Setting
    source: str
    stated: bool

    def __post_init__(self) -> None:
        if isinstance(self.value, list):  # as a tuple, it is equal to that of the settings
            object.__setattr__(self, "value", tuple(self.value))


def stated(value: Setting, source: str) -> Given:
    """A value that the paper states, with the place where it does."""
    return Given(value, source, stated=True)


def assumed(value: Setting, reason: str) -> Given:
    """A value that the paper leaves open, with the reason for it."""
    return Given(value, reason, stated=False)


@dataclass(frozen=True)
class Needs:
    """What a recipe needs beside settings; where a run has it otherwise, its row says so.

    Attributes:
        size: Width and height of the pictures in pixels; None if any will do.
        crops: Names of the crops that serve; empty if any will do.
        margin: Least margin of the crop, in sides of its square.
        parts: What the paper started from, by name (``fan``), in words.
    """

    size: int | None = None
    crops: tuple[str, ...] = ()
    margin: float = 0.0
    parts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class NamedRecipe:
    """The values of a method's settings under one name.

    Attributes:
        source: The paper, or the measurement, that it comes from.
        values: Setting → its value; `paper` names every setting of the method.
        needs: What it needs beside settings.
    """

    source: str
    values: Mapping[str, Given]
    needs: Needs = Needs()

    @property
    def settings(self) -> dict[str, Setting]:
        """Setting → value."""
        return {name: given.value for name, given in self.values.items()}

    def but(self, **changed: Given) -> NamedRecipe:
        """The same recipe with other or further values."""
        return replace(self, values={**self.values, **changed})


Recipes = Mapping[str, NamedRecipe]
"""A method's recipes by name: ``paper``, ``quick``, or ``house``, which is ours where there is no
paper."""
