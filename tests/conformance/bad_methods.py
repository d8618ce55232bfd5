"""Methods with one mistake each, as strangers make them, and two that have none.

Every class is an entry point of the distribution that `tests/conformance/test_bad_plugins.py`
installs; what ``aubench check`` must say of each stands there.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
import torch
from torch import nn

from aubench.frames import Frames
from aubench.method import Fitted, Method, Predictor
from aubench.recipes import NamedRecipe, assumed
from aubench.training.recipe import Recipe
from aubench.training.torch_method import TorchMethod


class Good(TorchMethod):
    summary = "Without a mistake."

    def build(self, aus: Any, size: int) -> Any:
        return nn.Sequential(nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(48, len(aus)))

    def targets(self, batch: Any) -> Any:
        return batch.labels

    def loss(self, outputs: Any, targets: Any) -> Any:
        known = targets.isfinite()
        return ((outputs - targets.nan_to_num()).square() * known).sum() / known.sum().clamp(min=1)

    def decode(self, outputs: Any) -> Any:
        return outputs


# The class and what it declares

an_instance = Good()
a_function = len


class NoMethod:
    summary = "Derives from nothing."


class ForgetsDecode(TorchMethod):
    summary = "decode and loss are not written."

    def build(self, aus: Any, size: int) -> Any:
        return nn.Linear(1, 1)

    def targets(self, batch: Any) -> Any:
        return batch.labels


class RaisesInInit(Good):
    summary = "Cannot be made."

    def __init__(self, *arguments: Any) -> None:
        raise RuntimeError("no licence found")


class SettingsNoDataclass(Good):
    summary = "A plain class of settings."

    class Settings:
        epochs = 2


class SettingsAnInstance(Good):
    summary = "An instance of settings."
    Settings = Recipe()  # type: ignore[assignment]  # that is the mistake


@dataclass(frozen=True)
class Lone:
    epochs: int = 2


class SettingsNoRecipe(Good):
    summary = "Settings that do not derive from Recipe."
    Settings = Lone


@dataclass(frozen=True)
class Nested(Recipe):
    options: dict[str, int] = field(default_factory=dict)


class SettingsADict(Good):
    summary = "A setting that no command line reaches."
    Settings = Nested


class RecipesAList(Good):
    summary = "Recipes without names."

    @classmethod
    def recipes(cls, variant: Any = None) -> Any:
        return [NamedRecipe("me", {})]


class RecipesUnknownSetting(Good):
    summary = "A recipe with a setting that is none."

    @classmethod
    def recipes(cls, variant: Any = None) -> Any:
        return {"paper": NamedRecipe("me", {"epoch": assumed(3, "a slip")})}


class RecipesWrongType(Good):
    summary = "A recipe with a text for a number."

    @classmethod
    def recipes(cls, variant: Any = None) -> Any:
        return {"paper": NamedRecipe("me", {"epochs": assumed("3", "a slip")})}


class RecipesBareValue(Good):
    summary = "A recipe whose value has no source."

    @classmethod
    def recipes(cls, variant: Any = None) -> Any:
        return {"paper": NamedRecipe("me", {"epochs": 3})}  # type: ignore[dict-item]  # the mistake


class SkipTrue(Good):
    summary = "skip gives a truth value."

    def skip(self, protocol: Any) -> Any:
        return False


class IngredientsAPath(Good):
    summary = "ingredients gives a list."

    def ingredients(self) -> Any:
        return ["weights.bin"]


class DeparturesAText(Good):
    summary = "departures gives one text."

    def departures(self, run: Any) -> Any:
        return "another crop"


# The hooks of a torch method


class BuildRaises(Good):
    summary = "build fails."

    def build(self, aus: Any, size: int) -> Any:
        return nn.Linear(size, auss)  # type: ignore[name-defined]  # noqa: F821  # the mistake


class BuildNone(Good):
    summary = "build forgets to return."

    def build(self, aus: Any, size: int) -> Any:
        super().build(aus, size)


class BuildLazy(Good):
    summary = "A layer without a shape."

    def build(self, aus: Any, size: int) -> Any:
        return nn.Sequential(nn.Flatten(), nn.LazyLinear(len(aus)))


class OptimizerAList(Good):
    summary = "optimizer gives parameters."

    def optimizer(self, network: Any) -> Any:
        return list(network.parameters())


class OptimizerOfAnother(Good):
    summary = "The optimizer has another network."

    def optimizer(self, network: Any) -> Any:
        return torch.optim.SGD(nn.Linear(2, 2).parameters(), self.settings.lr)


class NothingLearns(Good):
    summary = "Every parameter is frozen."

    def optimizer(self, network: Any) -> Any:
        network.requires_grad_(False)
        return torch.optim.SGD(network.parameters(), self.settings.lr)


@dataclass(frozen=True)
class ZeroRate(Recipe):
    lr: float = 0.0


class RateOfZero(Good):
    summary = "Rates in groups, and lr 0."
    Settings = ZeroRate

    def optimizer(self, network: Any) -> Any:
        return torch.optim.SGD([{"params": list(network.parameters()), "lr": 1e-3}], 0.0)


class RateInBeginEpoch(Good):
    summary = "A schedule of its own in begin_epoch."

    def optimizer(self, network: Any) -> Any:
        self.kept = super().optimizer(network)
        return self.kept

    def begin_epoch(self, network: Any, epoch: int) -> None:
        for group in self.kept.param_groups:
            group["lr"] = 1e-2 / (1 + epoch)


@dataclass(frozen=True)
class NoRate(Recipe):
    def learning_rate(self, progress: float) -> Any:
        return None


class RateNone(Good):
    summary = "learning_rate gives nothing."
    Settings = NoRate


class ClipZero(Good):
    summary = "Gradients clipped to nothing."
    clip = 0  # type: ignore[assignment]  # the mistake


class AugmentImages(Good):
    summary = "augment gives the pictures alone."

    def augment(self, batch: Any, generator: Any) -> Any:
        return batch.images.flip(-1)


class AugmentPair(Good):
    summary = "augment gives a pair."

    def augment(self, batch: Any, generator: Any) -> Any:
        return batch.images, batch.labels


class AugmentBytes(Good):
    summary = "augment gives pictures of bytes."

    def augment(self, batch: Any, generator: Any) -> Any:
        return replace(batch, images=(batch.images * 255).to(torch.uint8))


class AugmentFewer(Good):
    summary = "augment drops a frame."

    def augment(self, batch: Any, generator: Any) -> Any:
        return replace(batch, images=batch.images[1:])


class AugmentInPlace(Good):
    summary = "augment writes into its batch."

    def augment(self, batch: Any, generator: Any) -> Any:
        batch.images.mul_(0.5)
        return batch


class AugmentLabelsInPlace(Good):
    summary = "augment fills the labels of its batch."

    def augment(self, batch: Any, generator: Any) -> Any:
        batch.labels.nan_to_num_(0)
        return batch


class PrepareNone(Good):
    summary = "prepare gives nothing."

    def prepare(self, batch: Any) -> Any:
        return None


class TargetsRaise(Good):
    summary = "targets cannot do without a label."

    def targets(self, batch: Any) -> Any:
        if batch.labels.isnan().any():
            raise ValueError("labels out of range")
        return batch.labels


class LossOfNaN(Good):
    summary = "Labels that are NaN reach the loss."

    def loss(self, outputs: Any, targets: Any) -> Any:
        return (outputs - targets).square().mean()


class LossOfNaNLandmarks(Good):
    summary = "Landmarks that are NaN reach the loss."

    def targets(self, batch: Any) -> Any:
        return batch.landmarks.mean(dim=(1, 2))[:, None]

    def loss(self, outputs: Any, targets: Any) -> Any:
        return (outputs - targets).square().mean()


class MaskedTooLate(Good):
    summary = "Masked after the arithmetic: the loss is finite, the gradient is not."

    def loss(self, outputs: Any, targets: Any) -> Any:
        error = (outputs - targets).square()
        return torch.where(targets.isnan(), 0.0, error * targets / targets).nan_to_num().mean()


class LossPerFrame(Good):
    summary = "A loss for every frame."

    def loss(self, outputs: Any, targets: Any) -> Any:
        return (outputs - targets.nan_to_num()).square().mean(dim=1)


class LossAFloat(Good):
    summary = "The loss is a float."

    def loss(self, outputs: Any, targets: Any) -> Any:
        return super().loss(outputs, targets).item()


class LossDetached(Good):
    summary = "The loss is detached."

    def loss(self, outputs: Any, targets: Any) -> Any:
        return super().loss(outputs, targets).detach()


class LossInNumpy(Good):
    summary = "The loss is numpy's."

    def loss(self, outputs: Any, targets: Any) -> Any:
        return np.square(outputs.detach().numpy() - np.nan_to_num(targets.numpy())).mean()


class LossAnInteger(Good):
    summary = "The loss counts."

    def loss(self, outputs: Any, targets: Any) -> Any:
        return (outputs.round() != targets.nan_to_num()).sum()


class DiagnosticsAList(Good):
    summary = "diagnostics gives a list."

    def diagnostics(self, outputs: Any) -> Any:
        return [1.0]


class DiagnosticsATensor(Good):
    summary = "diagnostics gives a tensor."

    def diagnostics(self, outputs: Any) -> Any:
        return {"mean": outputs.mean(dim=0)}


class DecodeNumpy(Good):
    summary = "decode gives numpy."

    def decode(self, outputs: Any) -> Any:
        return outputs.cpu().numpy()


class DecodeSqueezes(Good):
    summary = "decode loses the axis of a picture alone."

    def decode(self, outputs: Any) -> Any:
        return outputs.squeeze()


class DecodeTransposed(Good):
    summary = "decode gives AUs first."

    def decode(self, outputs: Any) -> Any:
        return outputs.T


class DecodeNaN(Good):
    summary = "decode gives NaN."

    def decode(self, outputs: Any) -> Any:
        return outputs / 0 * 0


class DecodeBool(Good):
    summary = "decode gives decisions."

    def decode(self, outputs: Any) -> Any:
        return outputs > 0


class ScoreNone(Good):
    summary = "score forgets to return."

    def score(self, values: Any, valid: Any) -> Any:
        super().score(values, valid)


class DeployNone(Good):
    summary = "deploy forgets to return."

    def deploy(self, network: Any) -> Any:
        network.eval()


class DeployOther(Good):
    summary = "deploy gives a network of other outputs."

    def deploy(self, network: Any) -> Any:
        return network[:2]


class ForwardRaises(Good):
    summary = "forward asks for what a batch has not."

    def forward(self, network: Any, batch: Any) -> Any:
        return network(batch.pictures)


class Leaves(Good):
    summary = "Ends the process."

    def build(self, aus: Any, size: int) -> Any:
        raise SystemExit(0)


# Methods without torch


class Zero(Predictor):
    def __init__(self, aus: Any, people: Any) -> None:
        self.aus, self.train_subjects = aus, people

    def estimate(self, frames: Frames) -> Any:
        return np.zeros((len(frames), len(self.aus)), np.float32)

    def save(self, folder: Any) -> None:
        (folder / "people").write_text(" ".join(self.train_subjects))


class Plain(Method):
    summary = "Without a mistake, and without torch."
    kind: Any = Zero

    def fit(self, train: Any, valid: Any, run: Any) -> Any:
        return self.kind(train.aus, tuple(sorted(train.keys["subject"].unique())))

    def load(self, folder: Any, run: Any) -> Any:
        return self.kind(run.aus, tuple((folder / "people").read_text().split()))


class FitNone(Plain):
    summary = "fit forgets to return."

    def fit(self, train: Any, valid: Any, run: Any) -> Any:
        super().fit(train, valid, run)


class FitRaises(Plain):
    summary = "fit fails."

    def fit(self, train: Any, valid: Any, run: Any) -> Any:
        return train.pictures_of("me")


class LoadNone(Plain):
    summary = "load forgets to return."

    def load(self, folder: Any, run: Any) -> Any:
        super().load(folder, run)


class Words(Zero):
    def estimate(self, frames: Frames) -> Any:
        return np.full((len(frames), len(self.aus)), "0")


class EstimatesWords(Plain):
    summary = "Values are texts."
    kind = Words


class Silent(Zero):
    def estimate(self, frames: Frames) -> Any:
        return None


class EstimatesNone(Plain):
    summary = "estimate forgets to return."
    kind = Silent


class Boastful(Zero):
    fitted: ClassVar[Any] = {"epochs": 3}


class FittedADict(Plain):
    summary = "fitted is a dict."
    kind = Boastful


class Flat(Zero):
    fitted = Fitted(epochs=1)

    def heat_maps(self, frames: Frames) -> Any:
        return np.zeros((len(frames), 3, 8, 8))


class MapsAnArray(Plain):
    summary = "heat_maps gives an array."
    kind = Flat


class Weary(Zero):
    calls = 0

    def estimate(self, frames: Frames) -> Any:
        self.calls += 1
        if self.calls > 3:
            raise RuntimeError("too often")
        return super().estimate(frames)


class RaisesLater(Plain):
    summary = "Fails at the fourth prediction."
    kind = Weary
