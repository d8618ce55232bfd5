"""The built-in methods as tests configure them, with frames and FANs that are small."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch

from aubench.experiment.methods import make_method
from aubench.method import Method
from aubench.recipes import NamedRecipe, Setting
from aubench.training.loader import Batch, read_batches
from aubench_methods.fan.weights import FanCard, write_fan
from aubench_methods.heatmap_network import HeatmapNetwork
from support.drawn import drawn_frames

SIZE = 64
SHORT = {"epochs": "1", "batch": "4"}

TRANSFER = ("adapt", "attention", "finetune", "reparam")
OTHERS = ("hr2018", "hr2018-single", "random-backbone", "scratch")
SIMPLE = ("geometric-svr", "mean")
PRETRAINED = ("g2rl", "g2rl-baseline", "resnet18", "timm/mobilenetv3_small_050")
EVERY = (*TRANSFER, *OTHERS, *PRETRAINED)


def train_frames(**changed: Any) -> Any:
    return drawn_frames(["d/a", "d/b"], 4, **{"size": SIZE, **changed})


def valid_frames(**changed: Any) -> Any:
    return drawn_frames(["d/v"], 5, **{"size": SIZE, "seed": 1, **changed})


def batch_of(frames: Any) -> Batch:
    (batch,) = read_batches(frames, [np.arange(len(frames))], torch.device("cpu"))
    return batch


def fan_file(path: Path, **changed: Any) -> Path:
    card = FanCard(
        order="conv-bn-relu",
        upsampling="nearest",
        size=SIZE,
        recipe="tight",
        corpus="alignment",
        fingerprint="0" * 16,
        synthetic=True,
        images=1,
        epochs=1,
        figures={},
    )
    torch.manual_seed(3)
    network = HeatmapNetwork(68, "conv-bn-relu", "nearest")
    for _, buffer in network.named_buffers():
        if buffer.is_floating_point():  # statistics that training would move
            buffer.add_(torch.rand(buffer.shape))
    write_fan(path, network, dataclasses.replace(card, **changed))
    return path


def configured(name: str, fan: Path, **settings: str) -> Any:
    special = {"fan": str(fan)} if name in TRANSFER else {}
    return make_method(name, SHORT | special | settings if name not in SIMPLE else {})


def by_source(recipe: NamedRecipe) -> dict[str, dict[str, Setting]]:
    """The values that the paper states, and those that are assumed."""
    assert all(given.source for given in recipe.values.values())
    return {
        kind: {name: given.value for name, given in recipe.values.items() if given.stated == stated}
        for kind, stated in (("stated", True), ("assumed", False))
    }


def settings_of(method: Method, name: Literal["paper", "quick", "house"]) -> Any:
    """The settings under a recipe, which must name every field of them, and no other."""
    recipe = method.recipes(method.variant)[name]
    assert recipe.values.keys() == {field.name for field in dataclasses.fields(method.Settings)}
    return method.Settings(**{key: given.value for key, given in recipe.values.items()})


class StoppedError(Exception):
    """Ends a fit."""


class Stopper:
    """A monitor that ends a fit after its first epoch."""

    def report(self, event: str, **values: Any) -> None:
        if event == "epoch":
            raise StoppedError
