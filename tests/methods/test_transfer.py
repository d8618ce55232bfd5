"""The transfer variants of Ntinou et al. 2020, §4.3 and §6.5: what learns, and what it computes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn.utils import parametrize

from aubench.errors import AubenchError
from aubench.training.checkpoint import read_header, write_tensors
from aubench_methods.heatmap_network import HeatmapNetwork
from aubench_methods.ntinou2020.adapt import FrozenRecipe
from aubench_methods.ntinou2020.attention import AttendedNetwork, brightest
from aubench_methods.ntinou2020.reparam import OutputMix, fold, reparametrise
from support.drawn import centres
from support.methods import StoppedError, Stopper, configured, fan_file, train_frames, valid_frames
from support.networks import (
    adaptation,
    adaptation_macs,
    count,
    counted,
    heatmap_network,
    heatmap_network_macs,
    pointwise,
)
from support.tiny import context

FERA = (6, 10, 12, 14, 17)


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def fan(tmp_path: Path) -> Path:
    """A FAN of synthetic faces for 64 pixels; untrained, which the methods cannot tell."""
    return fan_file(tmp_path / "fan.safetensors")


def reparametrised(maps: int = 5) -> HeatmapNetwork:
    return reparametrise(HeatmapNetwork(maps, "conv-bn-relu", "nearest"))


def scrambled(network: nn.Module) -> nn.Module:
    """The same network, its matrices far from the identity and its statistics from 0 and 1."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            if name.endswith((".mix", "running_mean", "running_var")):
                tensor.add_(0.3 * torch.rand(tensor.shape, generator=generator))
    return network


# Weights of an older network


def as_it_was(path: Path) -> None:
    """Rewrite a file as of the time when the projection of a block was a convolution alone."""
    old = {
        name.replace(".project.0.", ".project."): tensor
        for name, tensor in load_file(path).items()
        if ".project.1." not in name
    }
    write_tensors(path, old, read_header(path))


@pytest.mark.parametrize("name", ["adapt", "reparam", "finetune"])
def test_weights_of_an_older_network_are_refused(name: str, fan: Path, tmp_path: Path) -> None:
    """A predictor, the checkpoint of a stopped fit, and a FAN."""
    run, told = context(tmp_path / "fit", monitor=Stopper()), "aubench pretrain fan"
    with pytest.raises(StoppedError):
        configured(name, fan, epochs="2").fit(train_frames(), valid_frames(), run)
    method = configured(name, fan)
    method.fit(train_frames(), valid_frames(), context(tmp_path / "one")).save(tmp_path / "kept")
    for path in (run.folder / "checkpoint.safetensors", fan):
        as_it_was(path)
    as_it_was(tmp_path / "kept" / "predictor.safetensors")
    for action in (
        lambda: configured(name, fan, epochs="2").fit(train_frames(), valid_frames(), run),
        lambda: method.fit(train_frames(), valid_frames(), context(tmp_path / "other")),
        lambda: method.load(tmp_path / "kept", run),
    ):
        with pytest.raises(AubenchError, match="before the projections") as caught:
            action()
        assert told in str(caught.value)
        assert "\n" not in str(caught.value)


# Attention maps


def test_attention_has_the_published_size() -> None:
    with torch.device("meta"):
        network = AttendedNetwork(FERA, "conv-bn-relu", "nearest")
    layers = adaptation(5) - pointwise(68, 128) + pointwise(5, 128)
    assert count(network, learnable=True) == layers
    assert count(network) == heatmap_network(68) + layers
    assert round(count(network) / 1e6, 3) == 2.654
    macs = heatmap_network_macs(68) + adaptation_macs(5) - 64**2 * 68 * 128 + 64**2 * 5 * 128
    assert 2e-9 * macs == pytest.approx(6.25, rel=0.007)  # see test_operations_are_the_published
    with torch.device("meta"):
        assert counted(network.eval()) == 2 * macs


def test_attention_maps_are_drawn_around_the_brightest_pixels() -> None:
    """Against a loop: height 1, width 1 in a map of 64, half that in a map of 32."""
    rng = np.random.default_rng(0)
    places = rng.integers(2, 30, (2, 68, 2))
    landmarks = torch.rand(2, 68, 32, 32) * 0.5
    for b in range(2):
        for k, (x, y) in enumerate(places[b]):
            landmarks[b, k, y, x] = 1.0
    assert brightest(landmarks).tolist() == places.tolist()
    aus = (1, 12, 25)
    wanted = np.zeros((2, 3, 32, 32))
    for b in range(2):
        for a, au in enumerate(aus):
            for px, py in centres(places[b].astype(float), au):
                for y in range(32):
                    for x in range(32):
                        value = np.exp(-((x - px) ** 2 + (y - py) ** 2) / (2 * 0.5**2))
                        wanted[b, a, y, x] = max(wanted[b, a, y, x], value)
    maps = AttendedNetwork(aus, "conv-bn-relu", "nearest").guide(landmarks)
    np.testing.assert_allclose(maps.numpy(), wanted, atol=1e-5)


# Reparametrisation


def test_reparametrisation_adds_a_square_matrix_a_convolution() -> None:
    """C_out² a convolution: the stem; seven kinds of block convolutions; the last 1×1."""
    narrow, wide = 32**2 + 16**2 + 16**2, 64**2 + 32**2 + 32**2
    blocks = narrow + 16 * wide + 128**2  # conv2; conv3, conv4, 13 and top; conv3's projection
    added = 64**2 + blocks + 128**2
    assert added == 136_704
    network = reparametrised()
    mixes = [m.mix for m in network.modules() if isinstance(m, OutputMix)]
    assert sum(mix.numel() for mix in mixes) == added
    assert count(network) == heatmap_network(5) + added
    assert round(count(network) / 1e6, 3) == 1.787
    norms = sum(count(m) for m in network.modules() if isinstance(m, nn.BatchNorm2d))
    assert count(network, learnable=True) == added + norms + 128 * 5 + 5
    assert count(fold(network)) == heatmap_network(5)


def test_a_weight_is_the_mode_1_product() -> None:
    layer = OutputMix(3)
    weight = torch.randn(3, 2, 3, 3)
    assert torch.equal(layer(weight), weight)
    with torch.no_grad():
        layer.mix.copy_(torch.randn(3, 3))
    wanted = torch.zeros_like(weight)
    for i in range(3):
        for j in range(3):
            wanted[i] += layer.mix[i, j] * weight[j]
    torch.testing.assert_close(layer(weight), wanted)
    unfolded = torch.einsum("ij,jcxy->icxy", layer.mix, weight)
    torch.testing.assert_close(layer(weight), unfolded)


def test_folding_changes_nothing_but_the_cost() -> None:
    network = scrambled(reparametrised()).eval()
    images = torch.rand(2, 3, 64, 64)
    with torch.no_grad():
        before = network(images)
        plain = fold(network)
        after = plain(images)
    assert not any(parametrize.is_parametrized(m) for m in plain.modules())
    assert (
        plain.state_dict().keys()
        == HeatmapNetwork(5, "conv-bn-relu", "nearest").state_dict().keys()
    )
    torch.testing.assert_close(after, before, atol=1e-5, rtol=1e-5)


def test_reparametrisation_starts_as_the_fan_and_never_changes_its_filters(
    fan: Path, tmp_path: Path
) -> None:
    method: Any = configured("reparam", fan)
    network = method.build((1, 12), 64)
    method.initialise(network, 64)
    plain = HeatmapNetwork(68, "conv-bn-relu", "nearest")
    plain.load_state_dict(load_file(fan))
    images = torch.rand(2, 3, 64, 64)
    with torch.no_grad():
        seen, wanted = (
            n.last(n.top(n.hourglass(n.features(images)))) for n in (network.eval(), plain.eval())
        )
    assert torch.equal(seen, wanted)
    network.train()(images).square().sum().backward()
    for name, parameter in network.named_parameters():
        learns = name.endswith(".mix") or name.startswith("output.")
        norm = isinstance(network.get_submodule(name.rpartition(".")[0]), nn.BatchNorm2d)
        assert (parameter.grad is not None) == parameter.requires_grad == (learns or norm), name

    method.fit(train_frames(), valid_frames(), context(tmp_path / "fit"))
    kept, before = load_file(tmp_path / "fit" / "checkpoint.safetensors"), load_file(fan)
    filters = [name for name in kept if name.endswith(".parametrizations.weight.original")]
    assert len(filters) == 1 + 3 * 17 + 1 + 1  # stem, blocks, projection, last
    for name in filters:
        plain_name = name.removeprefix("network.").replace(
            "parametrizations.weight.original", "weight"
        )
        assert torch.equal(kept[name], before[plain_name])


# Fine-tuning


def test_fine_tuning_starts_as_the_fan_with_a_new_output_layer(fan: Path) -> None:
    method: Any = configured("finetune", fan)
    network = method.build((1, 12), 64)
    fresh = {k: v.clone() for k, v in network.state_dict().items()}
    method.initialise(network, 64)
    for name, tensor in network.state_dict().items():
        source = fresh if name.startswith("output.") else load_file(fan)
        assert torch.equal(tensor, source[name])
    assert all(p.requires_grad for p in network.parameters())


# Unfreezing


def test_the_fan_thaws_for_the_last_epochs_and_a_stopped_fit_goes_on(
    fan: Path, tmp_path: Path
) -> None:
    """One epoch frozen, one thawed: in one go, and with a stop where the FAN begins to learn."""
    settings = {"epochs": "2", "unfreeze": "1", "unfreeze_lr": "0.01"}
    method: Any = configured("adapt", fan, **settings)
    whole = method.fit(train_frames(), valid_frames(), context(tmp_path / "whole"))
    kept = load_file(tmp_path / "whole" / "checkpoint.safetensors")
    before = load_file(fan)
    moved = {k for k, v in before.items() if not torch.equal(kept[f"network.fan.{k}"], v)}
    assert moved == before.keys()
    assert whole.fitted.learnable == whole.fitted.parameters

    with pytest.raises(StoppedError):
        method.fit(train_frames(), valid_frames(), context(tmp_path / "two", monitor=Stopper()))
    kept = load_file(tmp_path / "two" / "checkpoint.safetensors")
    assert all(torch.equal(kept[f"network.fan.{k}"], v) for k, v in before.items())
    again = method.fit(train_frames(), valid_frames(), context(tmp_path / "two"))
    frames = valid_frames().unlabelled()
    assert again.predict(frames).tobytes() == whole.predict(frames).tobytes()


def test_the_learning_rate_of_a_thawed_fan_is_a_cosine_of_its_own() -> None:
    recipe = FrozenRecipe(epochs=6, lr=1.0, unfreeze=2, unfreeze_lr=0.1)
    assert recipe.learning_rate(0) == 1.0
    assert recipe.learning_rate(2) == pytest.approx(0.5)
    assert recipe.learning_rate(4) == 0.1
    assert recipe.learning_rate(5) == pytest.approx(0.05)
    assert FrozenRecipe(epochs=6, lr=1.0).learning_rate(3) == pytest.approx(0.5)
    for wrong in (-1, 6):
        with pytest.raises(AubenchError, match=f"unfreeze={wrong} of epochs=6"):
            FrozenRecipe(epochs=6, unfreeze=wrong)
