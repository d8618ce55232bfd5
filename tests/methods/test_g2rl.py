"""The method of Fan & Lin 2020, from its definitions."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch
from safetensors.torch import load_file, save_file

from aubench.errors import AubenchError
from aubench.experiment.methods import make_method
from aubench_methods.g2rl.baseline import UpsampledResNet
from aubench_methods.g2rl.branch import GeometryBranch, GraphLayer, adjacency
from aubench_methods.g2rl.geometry import learn_geometry
from support.drawn import centres, drawn_frames
from support.methods import (
    SIZE,
    StoppedError,
    batch_of,
    by_source,
    settings_of,
    train_frames,
    valid_frames,
)
from support.networks import count, counted
from support.tiny import context

AUS = (1, 12)
NAME = "resnet50.tv_in1k"


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def method(name: str = "g2rl", **settings: str) -> Any:
    return make_method(name, {"epochs": "1", "batch": "4", "weights": "none"} | settings)


# The network


def resnet50() -> list[tuple[int, int, int, int]]:
    """Every convolution: inputs, outputs, kernel, side of its map from a picture of 256."""
    layers = [(3, 64, 7, 128)]
    inputs, side = 64, 64
    for width, blocks, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for block in range(blocks):
            out = side // stride if block == 0 else side
            layers += [(inputs, width, 1, side), (width, width, 3, out), (width, 4 * width, 1, out)]
            if block == 0:
                layers.append((inputs, 4 * width, 1, out))
            inputs, side = 4 * width, out
    return layers


def test_parameters_are_exact_and_the_published_ones() -> None:
    body = sum(i * o * k * k + 2 * o for i, o, k, _ in resnet50())
    assert body == 25_557_032 - (2048 * 1000 + 1000)  # He et al. 2016, without the classifier
    up = 16 * 256 * (2048 + 256 + 256) + 3 * 2 * 256
    assert count(UpsampledResNet(NAME, 5)) == body + up + 256 * 5 + 5
    assert round((body + up + 256 * 5 + 5) / 1e6, 1) == 34.0


def test_operations_are_exact_and_the_published_ones() -> None:
    """A transposed convolution spends its weights once a pixel that comes in."""
    body = sum(i * o * k * k * side**2 for i, o, k, side in resnet50())
    up = 16 * 256 * (2048 * 8**2 + 256 * 16**2 + 256 * 32**2)
    macs = body + up + 64**2 * 256 * 5
    with torch.device("meta"):
        assert counted(UpsampledResNet(NAME, 5).eval()) == 2 * macs
    assert 2e-9 * macs == pytest.approx(14.46, rel=0.005)


# The geometry


def test_a_graph_layer_is_dense_algebra() -> None:
    rng = np.random.default_rng(0)
    graph, features = rng.normal(size=(2, 68, 68)), rng.normal(size=(2, 68, 3))
    weight = rng.normal(size=(3, 5))
    layer = GraphLayer(3, 5).double()
    with torch.no_grad():
        layer.linear.weight.copy_(torch.from_numpy(weight.T))
        found = layer(torch.from_numpy(graph), torch.from_numpy(features)).numpy()
    wanted = np.zeros((2, 68, 5))
    for n in range(2):
        for v in range(68):
            total = sum(graph[n, v, u] * (features[n, u] @ weight) for u in range(68))
            wanted[n, v] = np.maximum(total, 0)
    np.testing.assert_allclose(found, wanted, atol=1e-9)


def test_adjacency_from_distances() -> None:
    """A right triangle with sides 3, 4, 5; the other points are not known."""
    points, known = torch.zeros(1, 68, 2), torch.zeros(1, 68, dtype=torch.bool)
    points[0, 1], points[0, 2] = torch.tensor([3.0, 0.0]), torch.tensor([0.0, 4.0])
    known[0, :3] = True
    distances = np.array([[0, 3, 4], [3, 0, 5], [4, 5, 0]], float)
    sums = distances.sum(axis=1)
    near = np.exp(-(distances**2) / (2 * 4.0**2))  # the sides are 4 long in the mean
    for kind, wanted in (
        ("none", distances),
        ("row", distances / sums[:, None]),
        ("symmetric", distances / np.sqrt(np.outer(sums, sums))),
        ("affinity", near / np.sqrt(np.outer(near.sum(axis=1), near.sum(axis=1)))),
    ):
        found = adjacency(points, known, kind)[0].numpy()  # type: ignore[arg-type]  # parametrised: a str
        np.testing.assert_allclose(found[:3, :3], wanted, rtol=1e-6)
        assert not found[3:].any()
        assert not found[:, 3:].any()


def test_the_branch_by_hand() -> None:
    """Three layers, side by side; a 1×1 convolution; fully connected layers to 256."""
    branch = GeometryBranch(4, "row")
    landmarks = torch.rand(2, 68, 2) * 2 - 1
    graph = adjacency(landmarks, torch.ones(2, 68, dtype=torch.bool), "row")
    features, seen = landmarks, []
    for layer in branch.layers:
        features = (graph @ features @ layer.linear.weight.T).clamp(min=0)  # type: ignore[union-attr]  # a Linear
        seen.append(features)
    mixed = torch.cat(seen, dim=-1) @ branch.mix.weight[:, :, 0].T + branch.mix.bias
    vector = mixed.transpose(1, 2).flatten(1)
    layers = [m for m in branch.vector if isinstance(m, torch.nn.Linear)]
    for depth, linear in enumerate(layers):
        vector = vector @ linear.weight.T + linear.bias
        vector = vector.clamp(min=0) if depth < 2 else vector
    assert [m.out_features for m in layers] == [256, 256, 256]
    torch.testing.assert_close(branch(landmarks), vector, atol=1e-5, rtol=1e-4)


def test_faces_without_landmarks_do_not_pull_at_the_backbone() -> None:
    network = method().build(AUS, SIZE)
    landmarks = torch.rand(3, 68, 2)
    landmarks[0], landmarks[1, :17] = torch.nan, torch.nan
    maps, distance, length = network(torch.rand(3, 3, SIZE, SIZE), landmarks)
    assert distance[0] == 0
    assert (distance[1:] > 0).all()
    guides = network.branch(landmarks[1:]).detach().numpy()
    lengths = np.sqrt((guides**2).sum(axis=1))
    np.testing.assert_allclose(length[1:], lengths, rtol=1e-5)
    figures = method().diagnostics((maps, distance, length))
    assert figures["guide_norm"] == pytest.approx(lengths.mean(), rel=1e-4)
    # Guides are nearly alike here: what single precision leaves of their spread depends on sums.
    assert figures["guide_spread"] == pytest.approx(lengths.std(), abs=float(1e-6 * lengths.mean()))
    assert method().diagnostics((maps[:1], distance[:1], length[:1])) == {}


# Loss and targets


@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_the_loss_is_both_terms_weighted_and_reduced_alike(reduction: str) -> None:
    """Maps of 4×4 pixels, each 3 off; vectors of 256 whose squares add up to 2 and 6.

    Three of four maps are coded. A sum is one frame's, averaged over both frames.
    """
    maps, targets = torch.zeros(2, 2, 4, 4), torch.full((2, 2, 4, 4), 3.0)
    known = torch.tensor([[True, True], [True, False]])
    distance = torch.tensor([2.0, 6.0])
    guidance, drawn = {"sum": (4, 3 * 16 * 9 / 2), "mean": (4 / 256, 9)}[reduction]
    for lam in (0.0, 0.05, 1.0):
        g2rl = method(lam=str(lam), reduction=reduction)
        loss = g2rl.loss((maps, distance, distance), (targets, known))
        assert loss.item() == pytest.approx(lam * guidance + (1 - lam) * drawn)
    baseline = method("g2rl-baseline", reduction=reduction)
    assert baseline.loss(maps, (targets, known)).item() == pytest.approx(drawn)
    for settings, what in (
        ({"lam": "2"}, "lam=2"),
        ({"sigma": "0"}, "sigma=0"),
        ({"geometry_epochs": "0"}, "geometry_epochs=0"),
    ):
        with pytest.raises(AubenchError, match=what):
            method(**settings)


def test_geometry_reaches_the_backbone_and_not_the_maps() -> None:
    g2rl = method(lam="1")
    network = g2rl.build(AUS, SIZE)
    batch = batch_of(train_frames())
    g2rl.loss(g2rl.forward(network, batch), g2rl.targets(batch)).backward()
    moved = {n for n, p in network.named_parameters() if p.grad is not None and p.grad.any()}
    assert {name.split(".")[0] for name in moved} == {"network", "branch", "project"}
    assert "network.body.conv1.weight" in moved
    assert "network.up.0.weight" in moved
    assert not any(name.startswith("network.output") for name in moved)

    network.zero_grad()
    heat = method(lam="0")
    heat.loss(heat.forward(network, batch), heat.targets(batch)).backward()
    moved = {n for n, p in network.named_parameters() if p.grad is not None and p.grad.any()}
    assert {name.split(".")[0] for name in moved} == {"network"}
    assert "network.output.weight" in moved


@pytest.mark.parametrize("centre", ["rounded", "exact"])
@pytest.mark.parametrize(("target", "factor"), [("plain", 1.0), ("eq1", 1 / 25.13)])
def test_targets_against_a_loop_and_back(target: str, factor: float, centre: str) -> None:
    """σ = 2 in a map of 64 is 0.5 in a map of 16; Eq. 1 divides by 2π·2² = 25.13."""
    frames = drawn_frames(["d/a"], 2, size=SIZE, aus=AUS)
    labels = np.array([[0, 4.5], [2, np.nan]], np.float32)
    frames = dataclasses.replace(frames, labels=labels)
    g2rl = method("g2rl-baseline", target=target, centre=centre)
    maps, known = g2rl.targets(batch_of(frames))
    assert known.tolist() == np.isfinite(labels).tolist()
    assert math.isclose(factor, g2rl.settings.height, rel_tol=1e-3)
    for n in range(2):
        for a, au in enumerate(AUS):
            wanted = np.zeros((16, 16))
            points = centres(frames.landmarks[n], au) / 4
            for px, py in np.round(points) if centre == "rounded" else points:
                for y in range(16):
                    for x in range(16):
                        value = np.exp(-((x - px) ** 2 + (y - py) ** 2) / (2 * 0.5**2))
                        wanted[y, x] = max(wanted[y, x], value)
            wanted *= np.nan_to_num(labels[n, a]) * factor
            np.testing.assert_allclose(maps[n, a], wanted, atol=2e-3 * factor)
    peak = torch.zeros(1, 2, 16, 16)
    peak[0, 0, 3, 3], peak[0, 1, 5, 5] = 2.5 * factor, 5 * factor
    np.testing.assert_allclose(g2rl.decode(peak).numpy(), [[2.5, 5.0]], rtol=1e-3)


# The predictor


def test_the_predictor_has_no_branch(tmp_path: Path) -> None:
    g2rl = method()
    predictor = g2rl.fit(train_frames(missing=0.2), valid_frames(), context(tmp_path))
    plain = UpsampledResNet(NAME, 2)
    assert predictor.network.state_dict().keys() == plain.state_dict().keys()
    assert predictor.fitted.parameters == count(plain) < predictor.fitted.learnable
    with torch.device("meta"):
        bare = g2rl.deploy(g2rl.build(AUS, 256)).eval()
        assert counted(bare) == counted(UpsampledResNet(NAME, 2).eval())

    frames = valid_frames().unlabelled()
    values = predictor.predict(frames)
    blind = dataclasses.replace(frames, points=np.full_like(frames.landmarks, np.nan))
    assert predictor.predict(blind).tobytes() == values.tobytes()
    plain.load_state_dict(predictor.network.state_dict())
    images = batch_of(frames).images
    with torch.no_grad():
        maps = plain.eval().to(memory_format=torch.channels_last)(images)
    np.testing.assert_allclose(values, maps.amax(dim=(-2, -1)).numpy(), atol=1e-5)


class Epochs:
    """A monitor that keeps the reports of epochs."""

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []

    def report(self, event: str, **values: Any) -> None:
        if event == "epoch":
            self.seen.append(values)


def test_collapse_would_show_in_every_epoch(tmp_path: Path) -> None:
    log = Epochs()
    method().fit(train_frames(), valid_frames(), context(tmp_path, monitor=log))
    (values,) = log.seen
    assert values["guide_norm"] > values["guide_spread"] > 0


class StopInGeometry:
    """A monitor that ends a fit after the first epoch of a part, or of the whole."""

    def __init__(self, part: str | None) -> None:
        self.part = part

    def report(self, event: str, **values: Any) -> None:
        if event == "epoch" and values.get("part") == self.part:
            raise StoppedError


@pytest.mark.slow
def test_a_branch_trained_beforehand_stays_as_it_learned(tmp_path: Path) -> None:
    """Stopped in the branch's own fit, then in the network's, it ends as without a stop."""
    settings = {"geometry": "pretrained", "geometry_epochs": "2", "epochs": "2", "lam": "0.5"}
    log = Epochs()
    run = context(tmp_path / "whole", monitor=log)
    whole = method(**settings).fit(train_frames(), valid_frames(), run)
    assert [values.get("part") for values in log.seen] == ["geometry"] * 2 + [None] * 2
    learned = load_file(max((tmp_path / "whole" / "geometry").glob("best-*.safetensors")))
    kept = load_file(tmp_path / "whole" / "checkpoint.safetensors")
    branch = {n.removeprefix("branch."): t for n, t in learned.items() if n.startswith("branch.")}
    assert branch
    assert all(torch.equal(kept[f"network.branch.{name}"], t) for name, t in branch.items())
    assert whole.fitted.learnable == whole.fitted.parameters + 256 * 256  # and W

    for part in ("geometry", None):
        with pytest.raises(StoppedError):
            stopped = context(tmp_path / "two", monitor=StopInGeometry(part))
            method(**settings).fit(train_frames(), valid_frames(), stopped)
    again = method(**settings).fit(train_frames(), valid_frames(), context(tmp_path / "two"))
    frames = valid_frames().unlabelled()
    assert again.predict(frames).tobytes() == whole.predict(frames).tobytes()


def test_the_branch_learns_intensities_from_landmarks(tmp_path: Path) -> None:
    """Landmarks that move with the intensity: the branch alone must find it."""
    train, valid = (drawn_frames(["d/a"], 24, size=SIZE, seed=seed) for seed in (0, 1))
    for frames in (train, valid):
        frames.points[:, 48:60, 1] += 2 * frames.labels[:, 1:2]
    log = Epochs()
    settings = method(geometry_epochs="30", lr="3e-3", annealing="none").settings
    learn_geometry(settings, train, valid, context(tmp_path, monitor=log))
    assert max(values["icc"] for values in log.seen) > 0.4


def test_pretrained_weights_are_loaded_or_missed_aloud(tmp_path: Path) -> None:
    model = timm.create_model(NAME, pretrained=False)
    path = tmp_path / "model.safetensors"
    save_file(model.state_dict(), path)
    g2rl = method(weights=str(path))
    g2rl.check(context(tmp_path))
    assert g2rl.ingredients().keys() == {"weights"}
    network = g2rl.build(AUS, SIZE)
    g2rl.initialise(network, SIZE)
    for name, tensor in network.network.body.state_dict().items():
        assert torch.equal(tensor, model.state_dict()[name])
    with pytest.raises(AubenchError, match=r"gone\.safetensors"):
        method(weights=str(tmp_path / "gone.safetensors")).check(context(tmp_path))
    with pytest.raises(AubenchError, match="72 pixels"):
        method().build(AUS, 72)


# The recipes

BASELINE = {
    "stated": {"weights": "hub", "lr": 5e-4, "sigma": 2.0, "reduction": "sum"},
    "assumed": {
        **{"epochs": 10, "batch": 16, "annealing": "step", "step": 5, "cycle": 0, "warmup": 0.0},
        **{"weight_decay": 1e-5, "target": "plain", "centre": "rounded"},
        **dict.fromkeys(("flip", "rotation", "scale", "jitter", "occlusion"), 0.0),
    },
}
GUIDED = {
    "stated": BASELINE["stated"] | {"lam": 0.05, "geometry": "joint"},
    "assumed": BASELINE["assumed"] | {"gcn_width": 64, "adjacency": "row", "geometry_epochs": 10},
}


@pytest.mark.parametrize(("name", "wanted"), [("g2rl", GUIDED), ("g2rl-baseline", BASELINE)])
def test_the_recipe_is_the_papers(name: str, wanted: dict[str, Any]) -> None:
    """Adam 5e-4, σ 2, λ .05, ×0.1 at epoch 5 of 10, 256 px, room below the chin."""
    plain = make_method(name, {})
    paper = plain.recipes()["paper"]
    assert by_source(paper) == wanted
    assert settings_of(plain, "paper") == plain.settings
    assert settings_of(plain, "quick").weights == "none"
    rates = [plain.settings.learning_rate(epoch) for epoch in (0, 4.99, 5, 9.99)]  # type: ignore[attr-defined]  # any Method
    np.testing.assert_allclose(rates, [5e-4, 5e-4, 5e-5, 5e-5], rtol=1e-12)
    needs = paper.needs
    assert (needs.size, needs.crops, needs.margin) == (256, ("similarity5",), 0.3)
    run = context(Path())
    assert plain.departures(run) == ()
    assert method(name).departures(run) == ("ResNet-50 from random weights",)
    assert method(name, weights="x.safetensors").departures(run) == ("ResNet-50 from a file",)
