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
from safetensors.torch import save_file

from aubench.errors import AubenchError
from aubench.experiment.methods import make_method
from aubench_methods.g2rl.baseline import UpsampledResNet
from aubench_methods.g2rl.guided import GeometryBranch, GraphLayer, adjacency
from support.drawn import centres, drawn_frames
from support.methods import SIZE, batch_of, train_frames, valid_frames
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
    for kind, wanted in (
        ("none", distances),
        ("row", distances / sums[:, None]),
        ("symmetric", distances / np.sqrt(np.outer(sums, sums))),
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
    _, distance = network(torch.rand(3, 3, SIZE, SIZE), landmarks)
    assert distance[0] == 0
    assert (distance[1:] > 0).all()


# Loss and targets


def test_the_loss_is_both_terms_weighted() -> None:
    maps, targets = torch.zeros(2, 2, 4, 4), torch.full((2, 2, 4, 4), 3.0)
    known = torch.tensor([[True, True], [True, False]])
    distance = torch.tensor([2.0, 6.0])
    for lam in (0.0, 0.05, 1.0):
        loss = method(lam=str(lam)).loss((maps, distance), (targets, known))
        assert loss.item() == pytest.approx(lam * 4 + (1 - lam) * 9)
    with pytest.raises(AubenchError, match="lam=2"):
        method(lam="2")
    with pytest.raises(AubenchError, match="sigma=0"):
        method(sigma="0")


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


@pytest.mark.parametrize(("target", "factor"), [("plain", 1.0), ("eq1", 1 / 25.13)])
def test_targets_against_a_loop_and_back(target: str, factor: float) -> None:
    """σ = 2 in a map of 64 is 0.5 in a map of 16; Eq. 1 divides by 2π·2² = 25.13."""
    frames = drawn_frames(["d/a"], 2, size=SIZE, aus=AUS)
    labels = np.array([[0, 4.5], [2, np.nan]], np.float32)
    frames = dataclasses.replace(frames, labels=labels)
    g2rl = method("g2rl-baseline", target=target)
    maps, known = g2rl.targets(batch_of(frames))
    assert known.tolist() == np.isfinite(labels).tolist()
    assert math.isclose(factor, g2rl.settings.height, rel_tol=1e-3)
    for n in range(2):
        for a, au in enumerate(AUS):
            wanted = np.zeros((16, 16))
            for px, py in centres(frames.landmarks[n], au) / 4:
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


def test_pretrained_weights_are_loaded_or_missed_aloud(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert make_method("g2rl", {}).settings.weights == "hub"  # type: ignore[attr-defined]  # any Method
    with pytest.raises(AubenchError, match=r"gone\.safetensors"):
        method(weights=str(tmp_path / "gone.safetensors")).check(context(tmp_path))
    with pytest.raises(AubenchError, match="72 pixels"):
        method().build(AUS, 72)
