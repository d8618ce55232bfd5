"""``aubench profile``: what is counted, what is not, and what is printed of it."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from itertools import product

import pytest
import torch
from click.testing import CliRunner
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from aubench.cli import cli
from aubench.errors import AubenchError
from aubench.profiling.flops import MOVES, OUTSIDE, forward_cost
from aubench.profiling.profile import Timing, fastest, profile
from aubench.training.loader import Batch
from support.tiny import Tiny


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@torch.library.custom_op("aubench_tests::thrice", mutates_args=())
def thrice(x: Tensor) -> Tensor:
    return 3 * x


class Thrice(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.ops.aubench_tests.thrice(x)


class Attention(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        q = x.flatten(2)[:, None]
        return scaled_dot_product_attention(q, q, q)


@pytest.mark.parametrize("groups", [1, 2])
def test_a_convolution_counts_two_flops_a_multiplication(groups: int) -> None:
    network = nn.Conv2d(4, 6, 3, stride=2, padding=1, groups=groups)
    multiplications = sum(
        4 // groups * 3 * 3 for _ in product(range(6), range(8), range(8))
    )  # 16 pixels, every other one
    cost = forward_cost(network, torch.rand(1, 4, 16, 16))
    assert cost.flops == 2 * multiplications
    assert cost.activations == 6 * 8 * 8
    assert cost.uncounted == ()


def test_attention_counts_both_matrix_products() -> None:
    cost = forward_cost(Attention(), torch.rand(1, 3, 4, 4))
    assert cost.flops == 2 * (3 * 16 * 3 + 3 * 3 * 16)
    assert cost.uncounted == ()


def test_fused_encoder_layers_are_counted() -> None:
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    network = nn.Sequential(nn.Flatten(2), layer)
    length = 5
    linear = length * (8 * 24 + 8 * 8 + 8 * 16 + 16 * 8)
    attention = 2 * (length * 4 * length) * 2  # two heads of four, scores and values
    cost = forward_cost(network, torch.rand(1, length, 2, 4))
    assert cost.flops == 2 * (linear + attention)
    assert cost.uncounted == ()
    assert torch.backends.mha.get_fastpath_enabled()


def test_an_operator_that_nobody_knows_is_named() -> None:
    cost = forward_cost(nn.Sequential(nn.Conv2d(3, 2, 1), Thrice()), torch.rand(1, 3, 8, 8))
    assert cost.flops == 2 * 3 * 2 * 64
    assert cost.uncounted == ("aubench_tests.thrice",)


def test_elementwise_work_normalisation_and_pooling_are_outside_the_convention() -> None:
    network = nn.Sequential(
        nn.BatchNorm2d(3), nn.ReLU6(), nn.Hardswish(), nn.GELU(), nn.MaxPool2d(2),
        nn.Upsample(scale_factor=2, mode="nearest"), nn.Upsample(scale_factor=2, mode="bilinear"),
        nn.AdaptiveAvgPool2d(1), nn.Softmax(1),
    )  # fmt: skip
    cost = forward_cost(network, torch.rand(1, 3, 8, 8))
    assert (cost.flops, cost.uncounted) == (0, ())


def test_the_lists_name_operators_that_exist() -> None:
    assert not [name for name in OUTSIDE | MOVES if not hasattr(torch.ops.aten, name)]


def test_memory_is_the_most_that_lives_at_one_time() -> None:
    class Chain(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            for _ in range(5):
                x = x + 1  # the tensor before the last is free by now
            return x

    picture = 3 * 8 * 8 * 4
    assert forward_cost(Chain(), torch.rand(1, 3, 8, 8)).peak_bytes == 3 * picture


def test_the_best_batch_ends_where_nothing_is_gained_or_memory_is_full() -> None:
    def measure(seconds: dict[int, float]) -> Timing:
        def at(batch: int) -> Timing:
            if batch not in seconds:
                raise RuntimeError("DefaultCPUAllocator: can't allocate memory")
            return Timing(batch, seconds[batch], seconds[batch], seconds[batch], 5)

        return fastest(at, at(1), 32)

    assert measure({1: 1.0, 2: 0.6, 4: 0.5, 8: 0.5, 16: 0.1}).batch == 4
    assert measure({1: 1.0, 2: 0.6}).batch == 2
    assert measure({1: 1.0, 2: 1.2}).batch == 1


def test_the_table_shows_ours_above_the_papers() -> None:
    done = CliRunner().invoke(
        cli,
        ["profile", "--method", "scratch", "--method", "mean", "--size", "64", "--seconds", "0",
         "--format", "csv", "--device", "cpu"],
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    ours, printed, mean = csv.DictReader(io.StringIO(done.stdout))
    assert (ours["method"], ours["source"]) == ("scratch", "here")
    assert abs(int(ours["parameters"]) - 1.65e6) < 0.005e6
    assert ours["learnable"] == ours["deployed"] == ours["parameters"]
    assert abs(int(ours["flops"]) * (256 / 64) ** 2 / 5.21e9 - 1) < 0.005
    assert (printed["method"], printed["source"]) == ("Scratch", "ntinou2020:5")
    assert [printed[c] for c in ("parameters", "flops", "s/img")] == ["1.65M", "5.21G", "0.012"]
    assert (mean["parameters"], mean["s/img"]) == ("", "")


def test_a_lower_bound_says_so_and_names_the_operator() -> None:
    from aubench.profiling.profile import Profile
    from aubench.report import render
    from aubench.report.complexity import DeviceProfiles, complexity

    timing = Timing(1, 0.0123, 0.0119, 0.0129, 9)
    measured = Profile(10, 10, 10, 1_500_000, 3, ("ns.odd",), 2_000_000, timing, timing)
    table = complexity([DeviceProfiles("some device", "32-true", {"scratch": measured})], 256, 5)
    text = render([table], "text")
    assert "≥ 1.50M" in text
    assert "not counted: ns.odd" in text
    assert "0.0123 ± 0.0005" in text
    assert r"$\geq$ 1.50M" in render([table], "latex")


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("--method", "scratc"), "did you mean 'scratch'?"),
        (("--method", "scratch", "--aus", "six"), "6,10,12"),
        (("--method", "scratch", "--size", "100"), "multiple of 64"),
        (("--method", "timm/resnet19"), "cannot be built"),
    ],
)
def test_mistakes_are_one_line(arguments: tuple[str, ...], hint: str) -> None:
    done = CliRunner().invoke(cli, ["profile", "--device", "cpu", *arguments])
    assert isinstance(done.exception, AubenchError)
    assert hint in str(done.exception)


class Prepared(Tiny):
    """Its network sees half the pixels in four channels, and landmarks are there to be used."""

    def build(self, aus: tuple[int, ...], size: int) -> nn.Module:
        return nn.Sequential(nn.Conv2d(4, 2, 1, bias=False), nn.Flatten(1))

    def prepare(self, batch: Batch) -> Batch:
        assert batch.landmarks.shape == (len(batch), 68, 2)
        assert batch.landmarks.isfinite().all()
        assert batch.labels.shape == (len(batch), 0)  # as in a run: a predictor sees no label
        small = batch.images[..., ::2, ::2]
        return replace(batch, images=torch.cat([small, small.mean(dim=1, keepdim=True)], dim=1))


def test_a_method_is_measured_on_what_it_prepares() -> None:
    """A 1×1 convolution of 4 to 2 channels: 2 · 4 · 2 flops a pixel, and 16×16 pixels of 32×32."""
    found = profile(Prepared(), aus=(1, 12), size=32, device="cpu", precision="32-true", seconds=0)
    assert found is not None
    assert found.flops == 2 * 4 * 2 * 16 * 16
    assert found.parameters == 8


class Unbuildable(Prepared):
    def deploy(self, network: nn.Module) -> nn.Module:
        return network[:9, 0]  # type: ignore[index]  # the mistake


def test_a_hook_that_fails_is_one_line() -> None:
    with pytest.raises(AubenchError, match="the network of Unbuildable cannot be built or run: "):
        profile(Unbuildable(), aus=(1,), size=32, device="cpu", precision="32-true", seconds=0)
