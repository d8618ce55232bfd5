"""Settings that are lists: typed, kept in records, and read back for prediction."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest

from aubench.errors import AubenchError
from aubench.settings import resolve_settings, shown
from support.command import Aubench
from support.plugins import install


@dataclass(frozen=True)
class Settings:
    widths: tuple[int, ...] = (8, 4)
    rates: list[float] = field(default_factory=lambda: [0.5])
    range: tuple[float, int] = (0.0, 1)
    names: tuple[str, ...] | None = None
    kinds: tuple[Literal["a", "b"], ...] = ("a",)
    either: int | float = 1
    flags: tuple[bool, ...] = ()


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("widths", "[1,2]", (1, 2)),
        ("widths", "1, 2", (1, 2)),
        ("widths", "(1,)", (1,)),
        ("widths", "[]", ()),
        ("rates", "[0.1,1e-3]", [0.1, 1e-3]),
        ("range", "[0.25,3]", (0.25, 3)),
        ("names", "[x,'y z']", ("x", "y z")),
        ("names", "none", None),
        ("kinds", "b,a", ("b", "a")),
        ("either", "0.5", 0.5),
        ("either", "5", 5),
        ("flags", "[true,no]", (True, False)),
    ],
)
def test_a_list_is_typed_with_or_without_brackets(name: str, text: str, value: object) -> None:
    found = getattr(resolve_settings(Settings, {name: text}), name)
    assert (found, type(found)) == (value, type(value))
    again = getattr(resolve_settings(Settings, {name: shown(found)}), name)
    assert again == found


@pytest.mark.parametrize(
    ("name", "text", "mend"),
    [
        ("widths", "[1,x]", r"write a list, \[A,B\], of int"),
        ("range", "[1,2,3]", r"write a list, \[A,B\], of float and int"),
        ("kinds", "[c]", "write a list"),
        ("either", "x", "give a value of type int"),
    ],
)
def test_a_list_of_something_else_is_refused(name: str, text: str, mend: str) -> None:
    with pytest.raises(AubenchError, match=mend):
        resolve_settings(Settings, {name: text})


def test_a_recipe_may_write_a_list_for_a_tuple_and_the_reverse() -> None:
    found = resolve_settings(Settings, {}, {"widths": [3], "rates": (0.25,)})
    assert found == Settings(widths=(3,), rates=[0.25])


MODULE = """
from dataclasses import dataclass

from aubench.recipes import NamedRecipe, assumed
from aubench.training.recipe import Recipe
from aubench_methods.label_method import LabelMethod
from torch import nn


@dataclass(frozen=True)
class Widths(Recipe):
    widths: tuple[int, ...] = (8, 4)


class Wide(LabelMethod):
    Settings = Widths
    summary = "Layers of the widths that are set."

    @classmethod
    def recipes(cls, variant=None):
        return {"house": NamedRecipe("mine", {"widths": assumed([6, 3], "tried")})}

    def build(self, aus, size):
        layers, inputs = [nn.AdaptiveAvgPool2d(4), nn.Flatten()], 48
        for width in self.settings.widths:
            layers += [nn.Linear(inputs, width), nn.ReLU()]
            inputs = width
        return nn.Sequential(*layers, nn.Linear(inputs, len(aus)))
"""


@pytest.mark.slow
def test_a_list_goes_through_run_record_table_and_predict(aubench: Aubench, tmp_path: Path) -> None:
    install(tmp_path / "site", "wide", "[aubench.methods]\nwide = wide:Wide\n", {"wide": MODULE})
    path = os.pathsep.join(filter(None, (str(tmp_path / "site"), os.environ.get("PYTHONPATH"))))
    run = ("run", "--method", "wide", "--protocol", "disfa3fold", "--epochs", 1, "--device", "cpu")
    run = (*run, "--twin-size", 64, "--twin-frames", 6, "--fold", 0, "--partial")
    for widths in ("[5,2]", "5, 2"):
        done = aubench(*run, "--set", f"widths={widths}", PYTHONPATH=path)
        assert done.returncode == 0, done.stderr
    (found,) = tmp_path.glob("runs/*/wide/*/record.json")  # one run, however it was typed
    record = json.loads(found.read_text())
    assert record["method"]["settings"]["widths"] == [5, 2]
    assert "widths [5,2]" in record["method"]["departures"]
    assert aubench("verify", found.parent, PYTHONPATH=path).returncode == 0
    table = aubench("table", "--protocol", "disfa3fold", PYTHONPATH=path)
    assert "wide" in table.stdout
    shown_again = aubench(*run, "--dry-run", PYTHONPATH=path)
    assert ["widths", "[6,3]"] in [line.split()[:2] for line in shown_again.stdout.splitlines()]
