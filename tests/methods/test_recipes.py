"""The recipes of Ntinou et al. 2020: what the paper states, what is assumed, what is neutral."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from aubench.crops.crop import crop_info
from aubench.errors import AubenchError
from aubench.experiment.methods import make_method
from aubench.method import Method
from aubench.registry import find
from aubench.training.recipe import Recipe
from aubench_methods.fan.alignment import FanRecipe
from aubench_methods.fan.pretrain import Fan
from aubench_methods.heatmap_method import HeatmapRecipe
from support.methods import (
    SHORT,
    StoppedError,
    Stopper,
    batch_of,
    configured,
    fan_file,
    train_frames,
    valid_frames,
)
from support.tiny import context

FAMILY = ("adapt", "attention", "finetune", "random-backbone", "reparam", "scratch")
TRANSFER = ("adapt", "attention", "finetune", "reparam")

STATED = {
    "batch": 48,
    "weight_decay": 1e-6,
    "cycle": 5,
    "rotation": 30.0,
    "scale": 0.2,
    "emphasis": 0.0,
}
"""Batch 48, weight decay 1e-6, cosine annealing with step 5, rotation of 30 degrees either way,
scale 0.8–1.2, plain squared error."""

ASSUMED = {
    "epochs": 20,
    "lr": 1e-3,
    "flip": 0.5,
    "jitter": 0.2,
    "occlusion": 0.3,
    "order": "conv-bn-relu",
    "upsampling": "nearest",
    "emphasis_until": 0.6,
    "exponent": "d2/2a2",
    "centre": "rounded",
}

OWN: dict[str, dict[str, Any]] = {
    "adapt": {"unfreeze": 0, "unfreeze_lr": 1e-5},
    "attention": {"unfreeze": 0, "unfreeze_lr": 1e-5},
    "finetune": {"lr": 1e-4},
    "random-backbone": {"bn": "initial"},
    "reparam": {},
    "scratch": {},
}

FAN_PAPER = {
    "epochs": 80,
    "batch": 48,
    "lr": 1e-3,
    "tenth_every": 30,
    "sigma": 1.75,
    "emphasis": 0.0,
}


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def method_class(name: str) -> type[Method]:
    found: type[Method] = find("methods", name)
    return found


@pytest.mark.parametrize("name", FAMILY)
def test_paper_names_every_setting_and_gives_the_papers_values(name: str) -> None:
    method = method_class(name)
    paper = method.recipes()["paper"]
    assert paper.values.keys() == {field.name for field in dataclasses.fields(method.Settings)}
    stated = {key: given.value for key, given in paper.values.items() if given.stated}
    wanted = STATED | ({"weights": "fan"} if name == "adapt" else {})
    assert stated == wanted
    assumed = {key: given.value for key, given in paper.values.items() if not given.stated}
    transfer = {"fan": "synthetic", "allow_synthetic_fan": False} if name in TRANSFER else {}
    assert assumed == ASSUMED | transfer | OWN[name]
    assert all(given.source for given in paper.values.values())
    assert (paper.needs.size, paper.needs.crops) == (256, ("tight",))
    parts = {"fan": "a FAN trained for 80 epochs on LS3D-W"} if name in TRANSFER else {}
    assert paper.needs.parts == parts
    assert "2004.06657" in paper.source


def test_the_paper_of_the_fan_names_every_setting() -> None:
    paper = Fan.recipes()["paper"]
    assert paper.values.keys() == {field.name for field in dataclasses.fields(Fan.Settings)}
    values = {key: given.value for key, given in paper.values.items()}
    assert {key: values[key] for key in FAN_PAPER} == FAN_PAPER
    assert {key for key, given in paper.values.items() if given.stated} == {"epochs"}


@pytest.mark.parametrize("kind", [*map(method_class, FAMILY), Fan])
def test_every_value_can_be_set_and_quick_states_nothing(kind: Any) -> None:
    for recipe in kind.recipes().values():
        kind.Settings(**{name: given.value for name, given in recipe.values.items()})
    assert not any(given.stated for given in kind.recipes()["quick"].values.values())


def test_what_a_strangers_method_inherits_is_nobodys() -> None:
    recipe = Recipe()
    assert (recipe.epochs, recipe.batch, recipe.lr, recipe.cycle) == (10, 32, 1e-4, 0)
    off = ("weight_decay", "flip", "rotation", "scale", "jitter", "occlusion")
    assert not any(getattr(recipe, name) for name in off)
    for kind in map(method_class, FAMILY):
        inherited = {
            field.name: getattr(recipe, field.name) for field in dataclasses.fields(Recipe)
        }
        settings = dataclasses.asdict(kind.Settings())
        assert {name: settings[name] for name in inherited} == inherited
        assert settings["emphasis"] == 0


# The rate of a FAN


def test_the_rate_of_a_fan_falls_to_a_tenth_step_by_step() -> None:
    recipe = FanRecipe(epochs=80, lr=1e-3, tenth_every=30)
    rates = [recipe.learning_rate(epoch) for epoch in (0, 29.9, 30, 59.9, 60, 79)]
    assert rates == pytest.approx([1e-3, 1e-3, 1e-4, 1e-4, 1e-5, 1e-5])
    assert FanRecipe(epochs=80, lr=1.0).learning_rate(40) == pytest.approx(0.5)


# The emphasis falls


def loss_after(finished: int, **settings: Any) -> float:
    """The loss of empty maps in the epoch after ``finished`` ones."""
    method: Any = make_method("scratch", {k: str(v) for k, v in settings.items()})
    method.begin_epoch(nn.Identity(), finished)
    targets = method.targets(batch_of(train_frames()))
    return float(method.loss(torch.zeros_like(targets[0]), targets))


def test_the_emphasis_falls_to_plain_squared_error() -> None:
    """Along a line from 2 to 0 over half of ten epochs."""
    plain = loss_after(0)
    falling = [loss_after(e, epochs=10, emphasis=2, emphasis_until=0.5) for e in range(10)]
    weight = np.array(falling) / plain - 1
    np.testing.assert_allclose(
        weight / weight[0], [1, 0.8, 0.6, 0.4, 0.2, 0, 0, 0, 0, 0], atol=1e-5
    )
    assert weight[0] > 1
    for wrong in ({"emphasis": -1}, {"emphasis_until": 0}, {"emphasis_until": 1.5}):
        with pytest.raises(AubenchError, match="set emphasis to 0 or more"):
            HeatmapRecipe(**wrong)  # type: ignore[arg-type]  # a float each


@pytest.mark.parametrize("name", ["scratch", "adapt"])
def test_a_resumed_fit_goes_on_with_the_emphasis_of_its_epoch(name: str, tmp_path: Path) -> None:
    fan = fan_file(tmp_path / "fan.safetensors")
    settings = {"epochs": "3", "batch": "4", "emphasis": "9", "lr": "0.01"}

    def fit(folder: str, **changed: Any) -> Any:
        run = context(tmp_path / folder, **changed)
        return configured(name, fan, **settings).fit(train_frames(), valid_frames(), run)

    whole = fit("whole")
    with pytest.raises(StoppedError):
        fit("two", monitor=Stopper())
    frames = valid_frames().unlabelled()
    assert fit("two").predict(frames).tobytes() == whole.predict(frames).tobytes()


# The statistics of a random backbone


def test_a_calibrated_backbone_has_the_statistics_of_the_training_frames(tmp_path: Path) -> None:
    """Those of the stem's convolution, averaged over two batches of four frames."""
    train = train_frames()
    pictures = torch.from_numpy(train.images()).permute(0, 3, 1, 2).float() / 255
    stems = {}
    for bn in ("initial", "calibrated"):
        method = make_method("random-backbone", SHORT | {"bn": bn})
        predictor: Any = method.fit(train, valid_frames(), context(tmp_path / bn))
        stems[bn] = predictor.network.get_submodule("fan.stem")
        assert not any(m.training for m in predictor.network.fan.modules())
    convolution, norm, _ = stems["calibrated"]
    with torch.no_grad():
        batches = convolution(pictures).split(4)
    means, variances = (
        torch.stack([statistic(batch, dim=(0, 2, 3)) for batch in batches]).mean(dim=0)
        for statistic in (torch.mean, torch.var)
    )
    torch.testing.assert_close(norm.running_mean, means, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(norm.running_var, variances, atol=1e-6, rtol=1e-4)
    assert not stems["initial"][1].running_mean.any()
    assert stems["initial"][1].running_var.eq(1).all()


# Departures


@pytest.mark.parametrize("name", TRANSFER)
def test_what_the_fan_has_otherwise_than_the_papers_is_said(name: str, tmp_path: Path) -> None:
    run = context(tmp_path, synthetic=False)

    def said(**card: Any) -> tuple[str, ...]:
        fan = fan_file(tmp_path / "fan.safetensors", **card)
        return configured(name, fan).departures(run)

    assert said(synthetic=True) == ("FAN trained on synthetic faces",)
    other = said(synthetic=False, corpus="300wlp+wflw")
    assert other == ("FAN trained on 300wlp+wflw, not LS3D-W",)
    assert said(synthetic=False, corpus="ls3dw") == ()
    for prefix, what in (
        ("2dfan4", "FAN: face-alignment's public network"),
        ("2dfan4-other", "FAN: other weights of face-alignment's public network"),
    ):
        assert make_method(name, {"fan": f"{prefix}:2DFAN4.zip"}).departures(run) == (what,)


def test_a_fan_of_other_crops_is_a_departure(tmp_path: Path) -> None:
    fan = fan_file(tmp_path / "fan.safetensors", synthetic=False, corpus="ls3dw")
    method = make_method("adapt", {"fan": f"any-crop:{fan}"})
    assert method.departures(context(tmp_path, crops=(crop_info("tight"),))) == ()
    assert method.departures(context(tmp_path, crops=(crop_info("stretch"),))) == (
        "a FAN of tight crops",
    )


def test_released_weights_are_a_departure_and_need_no_fan(tmp_path: Path) -> None:
    method = make_method("adapt", {"weights": f"released:{tmp_path / 'gone.pth'}"})
    assert method.departures(context(tmp_path)) == ("the authors' released weights",)
    assert method.synthetic_parts() == ()
