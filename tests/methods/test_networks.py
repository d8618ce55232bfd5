"""Parameters and operations of the networks, from arithmetic written out here.

The bracketed numbers of Ntinou et al. 2020, Table 5, hold at the 5 AUs of FERA 2015.
"""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from aubench_methods.heatmap_network import ConvBlock, HeatmapNetwork, Hourglass
from aubench_methods.ntinou2020.adapt import AdaptedNetwork
from aubench_methods.timm_regressor import TimmNetwork
from support.networks import (
    adaptation,
    adaptation_macs,
    count,
    counted,
    heatmap_network,
    heatmap_network_macs,
)


def in_millions(parameters: int) -> float:
    return round(parameters / 1e6, 3)


def scratch(maps: int) -> HeatmapNetwork:
    return HeatmapNetwork(maps, "conv-bn-relu", "nearest")


def adapted(maps: int) -> AdaptedNetwork:
    return AdaptedNetwork(maps, "conv-bn-relu", "nearest")


def test_the_arithmetic_gives_the_published_numbers() -> None:
    assert in_millions(heatmap_network(5)) == 1.650
    assert in_millions(heatmap_network(68)) == 1.658
    assert in_millions(adaptation(5)) == 1.004
    assert in_millions(heatmap_network(68) + adaptation(5)) == 2.662
    assert heatmap_network(68) + adaptation(12) == 2_663_248  # of the released network, DISFA's AUs


@pytest.mark.parametrize("maps", [5, 12])
def test_parameters_are_exact(maps: int) -> None:
    assert count(scratch(maps)) == heatmap_network(maps)
    assert count(scratch(68)) == heatmap_network(68)
    network = adapted(maps)
    assert count(network) == heatmap_network(68) + adaptation(maps)
    assert count(network, learnable=True) == adaptation(maps)


@pytest.mark.parametrize("aus", [5, 12])
def test_resnet18_is_the_usual_one_with_a_head(aus: int) -> None:
    # He et al. 2016: 11,689,512 parameters with 1000 classes on 512 features.
    trunk = 11_689_512 - (512 * 1000 + 1000)
    network = TimmNetwork("resnet18", aus)
    assert count(network) == trunk + 512 * aus + aus
    if aus == 5:
        assert in_millions(count(network)) == 11.179


@pytest.mark.parametrize("maps", [5, 12, 68])
def test_operations_at_256_pixels_are_exact(maps: int) -> None:
    with torch.device("meta"):
        assert counted(scratch(maps).eval()) == 2 * heatmap_network_macs(maps)
        both = heatmap_network_macs(68) + adaptation_macs(maps)
        assert counted(adapted(maps).eval()) == 2 * both


def test_operations_are_the_published_ones() -> None:
    """Table 5, 10⁹ of twice the multiply-accumulates at 256 pixels.

    The table's 6.32 for adaptation layers is 0.6 % above what its configuration, exact to the
    parameter, comes to.
    """
    assert 2e-9 * heatmap_network_macs(5) == pytest.approx(5.19, rel=0.005)
    both = heatmap_network_macs(68) + adaptation_macs(5)
    assert 2e-9 * both == pytest.approx(6.32, rel=0.007)
    with torch.device("meta"):
        network = TimmNetwork("resnet18", 5).eval()
        assert counted(network) * 1e-9 == pytest.approx(4.737, rel=0.005)


@pytest.mark.parametrize("order", ["conv-bn-relu", "bn-relu-conv"])
@pytest.mark.parametrize("upsampling", ["nearest", "bilinear"])
def test_maps_have_a_quarter_of_the_size(order: str, upsampling: str) -> None:
    image = torch.rand(2, 3, 64, 64)
    for network in (
        HeatmapNetwork(7, order, upsampling),  # type: ignore[arg-type]  # parametrised: a str
        AdaptedNetwork(7, order, upsampling),  # type: ignore[arg-type]  # as above
    ):
        assert network(image).shape == (2, 7, 16, 16)


def test_a_block_is_three_convolutions_side_by_side_plus_its_input() -> None:
    layer = ConvBlock(8, 8, "conv-bn-relu").eval()
    x = torch.randn(1, 8, 5, 5)
    still = []
    signal = x
    for unit in (layer.first, layer.second, layer.third):
        weight = unit[0].weight
        assert unit[0].bias is None
        signal = nn.functional.conv2d(signal, weight, padding=1) / math.sqrt(1 + 1e-5)
        signal = signal.clamp(0, 6)
        still.append(signal)
    torch.testing.assert_close(layer(x), torch.cat(still, dim=1) + x)


@pytest.mark.parametrize("order", ["conv-bn-relu", "bn-relu-conv"])
def test_where_the_width_changes_the_input_is_projected_and_normalised(order: str) -> None:
    layer = ConvBlock(4, 8, order).eval()  # type: ignore[arg-type]  # parametrised: a str
    x = 9 * torch.randn(1, 4, 5, 5)
    (weight,) = (p for p in layer.project.parameters() if p.ndim == 4)

    def norm(x: torch.Tensor) -> torch.Tensor:
        return x / math.sqrt(1 + 1e-5)

    if order == "conv-bn-relu":
        wanted = norm(nn.functional.conv2d(x, weight)).clamp(0, 6)
    else:
        wanted = nn.functional.conv2d(norm(x).clamp(0, 6), weight)
    first = layer.first(x)
    second = layer.second(first)
    branches = torch.cat([first, second, layer.third(second)], dim=1)
    torch.testing.assert_close(layer(x), branches + wanted)


def test_upsampling_doubles_by_repeating_or_between_pixels() -> None:
    for upsampling in ("nearest", "bilinear"):
        level = Hourglass("conv-bn-relu", upsampling, depth=1).eval()  # type: ignore[arg-type]  # as above
        x = torch.randn(1, 128, 4, 4)
        inner = level.up(level.inner(level.down(nn.functional.max_pool2d(x, 2))))
        grown = level(x) - level.skip(x)
        pairs = grown[..., 0::2], grown[..., 1::2]
        if upsampling == "nearest":
            torch.testing.assert_close(grown[..., ::2, ::2], inner, atol=1e-5, rtol=1e-4)
            torch.testing.assert_close(*pairs, atol=1e-5, rtol=1e-4)
        else:
            assert not torch.allclose(*pairs, atol=1e-2)


def test_training_mode_leaves_the_backbone_in_evaluation_mode() -> None:
    network = adapted(3)
    for mode in (True, False, True):
        network.train(mode)
        assert network.hourglass.training is mode
        assert not any(m.training for m in network.fan.modules())
