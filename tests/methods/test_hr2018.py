"""The method of Sánchez-Lozano et al. 2018, from its definitions."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch.nn.functional import smooth_l1_loss

from aubench.crops.crop import Affine3
from aubench.crops.warp import transform, warp
from aubench.errors import AubenchError
from aubench.experiment.methods import make_method
from aubench_methods.hr2018.network import BottleneckHourglass, Weighted, weighted_loss
from aubench_methods.hr2018.registration import register
from support.drawn import drawn_frames
from support.methods import (
    SIZE,
    StoppedError,
    Stopper,
    batch_of,
    by_source,
    settings_of,
    train_frames,
    valid_frames,
)
from support.networks import count, counted
from support.tiny import context


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def method(**settings: str) -> Any:
    return make_method("hr2018", {"epochs": "1", "batch": "4"} | settings)


# The network


def bottleneck(inputs: int, outputs: int) -> int:
    half = outputs // 2
    weights = inputs * half + 9 * half * half + half * outputs
    norms = 2 * (half + half + outputs)
    return weights + norms + (0 if inputs == outputs else inputs * outputs + 2 * outputs)


def bottleneck_macs(inputs: int, outputs: int, side: int) -> int:
    half = outputs // 2
    weights = inputs * half + 9 * half * half + half * outputs
    return side**2 * (weights + (0 if inputs == outputs else inputs * outputs))


@pytest.mark.parametrize("maps", [5, 12])
def test_parameters_are_exact(maps: int) -> None:
    stem = 3 * 64 * 49 + 2 * 64
    blocks = bottleneck(64, 128) + bottleneck(128, 128) + bottleneck(128, 256)
    hourglass = 13 * bottleneck(256, 256)
    head = bottleneck(256, 256) + 256 * 256 + 256 + 2 * 256 + 256 * maps + maps
    network = BottleneckHourglass(maps)
    assert count(network) == stem + blocks + hourglass + head
    assert count(Weighted(network, maps)) == count(network)
    if maps == 5:
        assert round(count(network) / 1e6, 3) == 3.416


def test_operations_are_exact_and_the_published_ones() -> None:
    block = [bottleneck_macs(256, 256, side) for side in (64, 32, 16, 8, 4)]
    hourglass = block[0] + 3 * (block[1] + block[2] + block[3]) + 3 * block[4]
    macs = (
        *(128**2 * 3 * 64 * 49, bottleneck_macs(64, 128, 128)),
        *(bottleneck_macs(128, 128, 64), bottleneck_macs(128, 256, 64)),
        *(hourglass, block[0], 64**2 * (256 * 256 + 256 * 5)),
    )
    with torch.device("meta"):
        assert counted(BottleneckHourglass(5).eval()) == 2 * sum(macs)
    assert 2e-9 * sum(macs) == pytest.approx(10.28, rel=0.005)


# Registration


def test_registration_is_the_crop_recipe_of_the_paper() -> None:
    frames = drawn_frames(["d/a"], 3, size=128)
    points = frames.landmarks.copy()
    points[1] = (points[1] - 64) * 0.8 + 60
    frames = replace(frames, points=points)
    batch = batch_of(frames)
    registered = register(batch, batch.landmarks)
    for n in range(3):
        matrix = Affine3().matrix(frames.landmarks[n], 128)
        wanted = transform(frames.landmarks[n], matrix)
        np.testing.assert_allclose(registered.landmarks[n], wanted, atol=1e-3)
        picture = warp(frames.images([n])[0], matrix, 128).astype(float) / 255
        difference = np.abs(registered.images[n].permute(1, 2, 0).numpy() - picture)
        assert difference[2:-2, 2:-2].mean() < 0.01  # OpenCV rounds to 1/32 pixel
    places = (np.array(Affine3().targets) + 0.5) / 2 - 0.5
    np.testing.assert_allclose(registered.landmarks[0, [8, 36, 45]], places, atol=1e-3)
    again = register(registered, registered.landmarks)
    torch.testing.assert_close(again.images, registered.images, atol=1e-3, rtol=0)
    torch.testing.assert_close(again.landmarks, registered.landmarks, atol=1e-3, rtol=0)


def test_what_cannot_be_registered_stays_as_it_is() -> None:
    frames = train_frames()
    points = frames.landmarks.copy()
    points[0] = np.nan
    points[1, [8, 36, 45]] = (5, 5)
    batch = batch_of(replace(frames, points=points))
    registered = register(batch, batch.landmarks)
    for n in (0, 1):
        torch.testing.assert_close(registered.images[n], batch.images[n], atol=1e-4, rtol=0)
    torch.testing.assert_close(registered.landmarks[1], batch.landmarks[1], atol=1e-3, rtol=0)
    assert registered.images.isfinite().all()


def test_noise_moves_the_picture_and_the_landmarks_together() -> None:
    """Whatever the noise, a face's bright spot is where its landmark says."""
    frames = train_frames()
    frames.pictures.array[:] = 0
    points = frames.landmarks.copy()
    points[:, 30] = points[:, 30].round()
    for n, (x, y) in enumerate(points[:, 30].astype(int)):
        frames.pictures.array[n, y - 1 : y + 2, x - 1 : x + 2] = 255
    batch = batch_of(replace(frames, points=points))
    noisy = method(landmark_noise="20", jitter="0").augment(batch, torch.Generator().manual_seed(0))
    clean = register(batch, batch.landmarks)
    assert (noisy.landmarks - clean.landmarks).abs().max() > 1
    grid = torch.stack(torch.meshgrid(*[torch.arange(64.0)] * 2, indexing="xy"), dim=-1)
    light = noisy.images.mean(dim=1)[..., None]
    centre = (light * grid).sum(dim=(1, 2)) / light.sum(dim=(1, 2))
    torch.testing.assert_close(centre, noisy.landmarks[:, 30], atol=0.2, rtol=0)
    again = method(landmark_noise="20", jitter="0").augment(batch, torch.Generator().manual_seed(0))
    assert torch.equal(again.images, noisy.images)


# Targets and labels


@pytest.mark.parametrize(("sigma", "rule"), [("none", (1, 0)), ("3", (0, 3)), ("fan", (1.5, 0.25))])
def test_targets_against_a_loop(sigma: str, rule: tuple[float, float]) -> None:
    """AU10 and AU14 at the mouth corners; in a map of 16, a unit of the 64 map is a quarter."""
    aus = (10, 12, 17, 14)
    frames = drawn_frames(["d/a"], 2, size=SIZE, aus=aus)
    labels = np.array([[1, 2.5, 5, np.nan], [0, 0.3, 1, 4]], np.float32)
    frames = dataclasses.replace(frames, labels=labels)
    maps, known = method(sigma=sigma).targets(batch_of(frames))
    assert known.tolist() == np.isfinite(labels).tolist()
    points = {10: (48, 54), 12: (48, 54), 14: (48, 54), 17: (57, 8)}
    for n in range(2):
        for a, au in enumerate(aus):
            intensity = float(np.nan_to_num(labels[n, a]))
            wanted = np.zeros((16, 16))
            spread = (rule[0] * intensity + rule[1]) / 4
            for px, py in frames.landmarks[n][list(points[au])] / 4:
                for y in range(16):
                    for x in range(16):
                        inside = max(abs(x - px), abs(y - py)) <= 6 * intensity / 4
                        if intensity > 0 and inside:
                            square = (x - px) ** 2 + (y - py) ** 2
                            value = intensity * np.exp(-square / (2 * spread**2))
                            wanted[y, x] = max(wanted[y, x], value)
            np.testing.assert_allclose(maps[n, a], wanted, atol=1e-5)


def test_label_noise_in_both_forms() -> None:
    labels = torch.tensor([[5.0, 2.0, 1.0, torch.nan]])
    z = torch.tensor([[-1.0, 0.5, -6.0, 1.0]])
    around = method().perturbed(labels, z)
    torch.testing.assert_close(around, torch.tensor([[4.0, 2.2, 0.0, torch.nan]]), equal_nan=True)
    printed = method(label_noise_form="printed").perturbed(labels, z)
    torch.testing.assert_close(printed, torch.tensor([[1.0, 0.2, 1.2, torch.nan]]), equal_nan=True)
    assert torch.equal(method(label_noise="0").perturbed(labels[:, :3], z[:, :3]), labels[:, :3])


def test_predictions_are_clamped_maxima() -> None:
    maps = torch.full((1, 3, 4, 4), -1.0)
    maps[0, 1, 2, 3], maps[0, 2, 0, 0] = 3.5, 7.0
    assert method().decode(maps).tolist() == [[0.0, 3.5, 5.0]]


# The loss


def test_weights_follow_the_errors_of_the_batch_before() -> None:
    """Smooth L1 of a difference d: d²/2 below 1, |d| − 1/2 above.

    Three AUs. Errors of the first batch: 0.5, 1.5 and 0, so shares of 1/4, 3/4 and 0, the last
    raised to 0.1. In the second batch nobody has AU 1, whose weight stays; the others make 0.125
    and 2.5, shares of 1/21 and 20/21.
    """
    weights = torch.full((3,), 1 / 3)
    zeros, known = torch.zeros(2, 3, 4, 4), torch.ones(2, 3, dtype=torch.bool)
    maps = zeros + torch.tensor([1.0, 2.0, 0.0])[:, None, None]
    first = weighted_loss(maps, zeros, known, weights)
    assert first.item() == pytest.approx((0.5 + 1.5 + 0) / 3)
    torch.testing.assert_close(weights, torch.tensor([0.25, 0.75, 0.1]))

    known[:, 0] = False
    known[1, 1] = False  # one frame of two counts
    maps = zeros + torch.tensor([9.0, 0.5, 3.0])[:, None, None]
    second = weighted_loss(maps, zeros, known, weights)
    assert second.item() == pytest.approx(0.75 * 0.125 + 0.1 * 2.5)
    torch.testing.assert_close(weights, torch.tensor([0.25, 0.1, 20 / 21]))


def test_the_error_of_a_pixel_is_a_setting() -> None:
    """A difference d, AU weights of 1/2: d² or, beyond β, d − β/2 and before it d²/2β."""
    maps, known = torch.zeros(1, 2, 4, 4), torch.ones(1, 2, dtype=torch.bool)
    targets = torch.tensor([2.0, 0.25])[None, :, None, None].expand(1, 2, 4, 4)
    for settings, wanted in (
        ({"loss": "mse"}, (4 + 0.0625) / 2),
        ({}, (1.5 + 0.25**2 / 2) / 2),
        ({"beta": "0.5"}, (1.75 + 0.0625) / 2),
    ):
        loss = method(**settings).loss((maps, torch.full((2,), 0.5)), (targets, known))
        assert loss.item() == pytest.approx(wanted)
    for settings, what in (({"beta": "0"}, "beta=0"), ({"sigma": "wide"}, "sigma=wide")):
        with pytest.raises(AubenchError, match=what):
            method(**settings)
    with pytest.raises(AubenchError, match="sigma=0"):
        method(sigma="0")


@pytest.mark.parametrize("beta", [1.0, 0.5])
@pytest.mark.parametrize("intensity", [2.0, 3.5, 5.0])
@pytest.mark.parametrize("share", [0.05, 0.2, 0.4, 0.6, 0.9])
def test_the_optimum_of_smooth_l1_for_a_rare_au(
    share: float, intensity: float, beta: float
) -> None:
    """β·p/(1 − p) up to p = ½ whatever I, and I − β·(1 − p)/p beyond: docs/methods-notes.md."""
    values = torch.linspace(0, 5, 50_001, dtype=torch.float64)
    error = share * smooth_l1_loss(
        values, torch.full_like(values, intensity), reduction="none", beta=beta
    ) + (1 - share) * smooth_l1_loss(values, torch.zeros_like(values), reduction="none", beta=beta)
    found = values[error.argmin()].item()
    rare = beta * share / (1 - share)
    wanted = rare if share <= 0.5 else intensity - beta * (1 - share) / share
    assert found == pytest.approx(wanted, abs=1e-3)


def test_no_label_no_gradient() -> None:
    maps = torch.randn(2, 2, 4, 4, requires_grad=True)
    known = torch.tensor([[True, False], [True, False]])
    weights = torch.full((2,), 0.5)
    weighted_loss(maps, torch.zeros(2, 2, 4, 4), known, weights).backward()
    assert maps.grad is not None
    assert maps.grad[:, 0].abs().min() > 0
    assert not maps.grad[:, 1].any()
    nobody = torch.zeros(2, 2, dtype=torch.bool)
    loss = weighted_loss(maps, torch.zeros(2, 2, 4, 4), nobody, weights)
    assert loss.item() == 0
    assert weights.isfinite().all()


# The fit


def test_the_weights_survive_a_stop(tmp_path: Path) -> None:
    fit = method(epochs="2").fit
    whole = fit(train_frames(missing=0.2), valid_frames(), context(tmp_path / "whole"))
    with pytest.raises(StoppedError):
        run = context(tmp_path / "two", monitor=Stopper())
        fit(train_frames(missing=0.2), valid_frames(), run)
    kept = load_file(tmp_path / "two" / "checkpoint.safetensors")["network.weights"]
    assert (kept >= 0.1).all()
    assert not torch.equal(kept, torch.full((2,), 0.5))
    again = fit(train_frames(missing=0.2), valid_frames(), context(tmp_path / "two"))
    checkpoints = [load_file(tmp_path / n / "checkpoint.safetensors") for n in ("whole", "two")]
    assert all(torch.equal(checkpoints[1][k], v) for k, v in checkpoints[0].items())
    frames = valid_frames().unlabelled()
    assert again.predict(frames).tobytes() == whole.predict(frames).tobytes()
    assert whole.fitted.parameters == count(BottleneckHourglass(2))


def test_single_is_a_network_an_au(tmp_path: Path) -> None:
    """The same numbers as fits that know one AU; parameters of both together."""
    single = make_method("hr2018-single", {"epochs": "1", "batch": "4"})
    train, valid = train_frames(), valid_frames()
    both = single.fit(train, valid, context(tmp_path / "both"))
    values = both.predict(valid.unlabelled())
    for a, au in enumerate((1, 12)):
        part, check = (
            dataclasses.replace(f, labels=f.labels[:, [a]], aus=(au,)) for f in (train, valid)
        )
        alone = method().fit(part, check, context(tmp_path / str(au), aus=(au,)))
        np.testing.assert_array_equal(alone.predict(valid.unlabelled())[:, 0], values[:, a])
    assert both.fitted is not None
    assert both.fitted.parameters == 2 * count(BottleneckHourglass(1))
    together = single.deploy(single.build((1, 12), SIZE))  # type: ignore[attr-defined]  # a method by name is any Method
    assert count(together) == both.fitted.parameters
    assert together.eval()(torch.rand(1, 3, SIZE, SIZE)).shape == (1, 2, 16, 16)
    assert both.train_subjects == ("d/a", "d/b")


# The recipe


@pytest.mark.parametrize("name", ["hr2018", "hr2018-single"])
def test_the_recipe_is_the_papers(name: str) -> None:
    """RMSprop from 10⁻³, batches of 5, smooth L1, label noise .2, 256 px, affine registration."""
    plain = make_method(name, {})
    paper = plain.recipes()["paper"]
    assert by_source(paper) == {
        "stated": {"batch": 5, "lr": 1e-3, "loss": "smooth_l1", "label_noise": 0.2},
        "assumed": {
            **{"epochs": 10, "annealing": "cosine", "cycle": 0, "step": 5, "warmup": 0.0},
            **{"alpha": 0.99, "weight_decay": 0.0, "beta": 1.0, "sigma": "none"},
            **{"landmark_noise": 3.0, "label_noise_form": "around", "jitter": 0.2},
            **dict.fromkeys(("flip", "rotation", "scale", "occlusion"), 0.0),
        },
    }
    settings = settings_of(plain, "paper")
    assert settings == plain.settings
    assert settings.learning_rate(0) == 1e-3
    assert settings.learning_rate(5) == pytest.approx(5e-4)
    assert settings.learning_rate(10 - 1e-9) == pytest.approx(0)
    assert (paper.needs.size, paper.needs.crops) == (256, ("affine3",))
    quick = settings_of(plain, "quick")
    assert (quick.annealing, quick.landmark_noise) == ("none", 5.0)
