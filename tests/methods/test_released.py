"""The weights that the authors of Ntinou et al. 2020 released: names, arithmetic, refusals."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from aubench.errors import AubenchError
from aubench.experiment.methods import make_method
from aubench_protocols.disfa import disfa3fold
from support.command import Aubench
from support.drawn import drawn_frames
from support.tiny import context

DISFA = (1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26)
TRAIN = [f"disfa/SN{n:03}" for n in (3, 4, 5, 10, 11, 13, 18, 23, 24, 30, 31, 32)]
VALID = ["disfa/SN002", "disfa/SN012"]

Shapes = Iterator[tuple[str, tuple[int, ...]]]


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def norm(name: str, width: int) -> Shapes:
    for part in ("weight", "bias", "running_mean", "running_var"):
        yield f"{name}.{part}", (width,)
    yield f"{name}.num_batches_tracked", ()


def conv(name: str, inputs: int, outputs: int, kernel: int = 1, bias: bool = True) -> Shapes:
    yield f"{name}.weight", (outputs, inputs, kernel, kernel)
    if bias:
        yield f"{name}.bias", (outputs,)


def block(name: str, inputs: int, outputs: int, kernel: int = 3) -> Shapes:
    before = inputs
    for k, width in enumerate((outputs // 2, outputs // 4, outputs // 4), start=1):
        yield from conv(f"{name}.conv{k}", before, width, kernel, bias=False)
        yield from norm(f"{name}.bn{k}", width)
        before = width
    if inputs != outputs:
        yield from conv(f"{name}.downsample.0", inputs, outputs, bias=False)
        yield from norm(f"{name}.downsample.1", outputs)


def hourglass(name: str, beside: int) -> Shapes:
    for level in (4, 3, 2, 1):
        yield from block(f"{name}.b1_{level}", 128, 128, beside)
        yield from block(f"{name}.b2_{level}", 128, 128)
        yield from block(f"{name}.b3_{level}", 128, 128)
    yield from block(f"{name}.b2_plus_1", 128, 128)


def shapes() -> Shapes:
    """Every tensor of the released file: a FAN, and the adaptation layers."""
    yield from conv("fan.conv1", 3, 64, 7)
    yield from norm("fan.bn1", 64)
    yield from block("fan.conv2", 64, 64)
    yield from block("fan.conv3", 64, 128)
    yield from block("fan.conv4", 128, 128)
    yield from hourglass("fan.m0", 3)
    yield from block("fan.top_m_0", 128, 128)
    yield from conv("fan.conv_last0", 128, 128)
    yield from norm("fan.bn_end0", 128)
    yield from conv("fan.l0", 128, 68)
    for name, inputs in (("conv1", 68), ("conv2", 128), ("conv_last", 128)):
        yield from conv(f"{name}.0", inputs, 128)
        yield from norm(f"{name}.1", 128)
    yield from hourglass("net", 1)
    yield from conv("l", 128, 12)


def random_state() -> dict[str, Tensor]:
    """Weights as large as keep the signal alive, statistics off 0 and 1."""
    generator = torch.Generator().manual_seed(11)
    state = {}
    for name, shape in shapes():
        if name.endswith("num_batches_tracked"):
            state[name] = torch.tensor(7)
        elif len(shape) == 4:
            fan_in = shape[1] * shape[2] * shape[3]
            state[name] = torch.randn(shape, generator=generator) * (2 / fan_in) ** 0.5
        elif name.endswith(("running_var", "bn1.weight", "bn2.weight", "bn3.weight")):
            state[name] = 0.7 + 0.6 * torch.rand(shape, generator=generator)
        else:
            state[name] = 0.3 * torch.randn(shape, generator=generator)
    return state


def computed(state: dict[str, Tensor], images: Tensor) -> Tensor:
    """Maps (B, 12, S/4, S/4), written out with the file's names."""

    def bn(x: Tensor, name: str) -> Tensor:
        mean, var = state[f"{name}.running_mean"], state[f"{name}.running_var"]
        return functional.batch_norm(x, mean, var, state[f"{name}.weight"], state[f"{name}.bias"])

    def cv(x: Tensor, name: str, stride: int = 1) -> Tensor:
        weight = state[f"{name}.weight"]
        pad = weight.shape[-1] // 2
        return functional.conv2d(x, weight, state.get(f"{name}.bias"), stride, pad)

    def cb(x: Tensor, name: str) -> Tensor:
        seen = [x]
        for k in (1, 2, 3):
            seen.append(bn(cv(seen[-1], f"{name}.conv{k}"), f"{name}.bn{k}").clamp(0, 6))
        if f"{name}.downsample.0.weight" in state:
            x = bn(cv(x, f"{name}.downsample.0"), f"{name}.downsample.1").clamp(0, 6)
        return torch.cat(seen[1:], dim=1) + x

    def hg(x: Tensor, name: str, level: int = 4) -> Tensor:
        low = cb(functional.max_pool2d(x, 2), f"{name}.b2_{level}")
        low = hg(low, name, level - 1) if level > 1 else cb(low, f"{name}.b2_plus_1")
        low = cb(low, f"{name}.b3_{level}")
        return cb(x, f"{name}.b1_{level}") + low.repeat_interleave(2, 2).repeat_interleave(2, 3)

    def pointwise(x: Tensor, name: str) -> Tensor:
        return bn(cv(x, f"{name}.0"), f"{name}.1").clamp(0, 6)

    x = cb(bn(cv(images, "fan.conv1", stride=2), "fan.bn1").relu(), "fan.conv2")
    tap = cb(cb(functional.max_pool2d(x, 2), "fan.conv3"), "fan.conv4")
    top = cb(hg(tap, "fan.m0"), "fan.top_m_0")
    landmarks = cv(bn(cv(top, "fan.conv_last0"), "fan.bn_end0").relu(), "fan.l0")
    x = pointwise(landmarks, "conv1") + pointwise(tap, "conv2")
    return cv(pointwise(hg(x, "net"), "conv_last"), "l")


@pytest.fixture(scope="module")
def state() -> dict[str, Tensor]:
    return random_state()


@pytest.fixture
def file(state: dict[str, Tensor], tmp_path: Path) -> Path:
    path = tmp_path / "disfa_adaptation_f0.pth"
    torch.save({"state_dict": state}, path)
    return path


def released(path: Path) -> Any:
    return make_method("adapt", {"weights": f"released:{path}"})


@pytest.mark.parametrize("aus", [DISFA, (12, 4)])
def test_the_network_computes_what_its_arithmetic_gives(
    aus: tuple[int, ...], state: dict[str, Tensor], file: Path, tmp_path: Path
) -> None:
    """A picture is scaled to 0–1 by its own range; an AU's value is the maximum of its map."""
    run = context(tmp_path / "fit", aus=aus, synthetic=False)
    method = released(file)
    method.check(run)
    train, valid = (drawn_frames(people, 1, size=256, aus=aus) for people in (TRAIN, VALID))
    predictor = method.fit(train, valid, run)
    assert predictor.train_subjects == tuple(TRAIN)
    fitted = predictor.fitted
    assert (fitted.epochs, fitted.learnable) == (0, 0)
    parameters = sum(
        tensor.numel() for name, tensor in state.items() if name.endswith(("weight", "bias"))
    )
    assert parameters == 2_663_248
    assert fitted.parameters == parameters - (12 - len(aus)) * (128 + 1)

    frames = valid.unlabelled()
    pictures = torch.from_numpy(frames.images()).permute(0, 3, 1, 2).double()
    scaled = torch.stack([(p - p.min()) / (p.max() - p.min()) for p in pictures])
    double = {name: tensor.double() for name, tensor in state.items()}
    maps = computed(double, scaled)[:, [DISFA.index(au) for au in aus]]
    wanted = maps.amax(dim=(-2, -1)).numpy()
    assert np.ptp(wanted) > 0.1
    np.testing.assert_allclose(predictor.predict(frames), wanted, rtol=1e-3, atol=1e-3)

    predictor.save(tmp_path / "kept")
    file.unlink()  # a kept predictor stands alone
    kept = released(file).load(tmp_path / "kept", run)
    assert kept.predict(frames).tobytes() == predictor.predict(frames).tobytes()


def test_a_checkpoint_or_its_bare_state_are_read(
    state: dict[str, Tensor], file: Path, tmp_path: Path
) -> None:
    old = {k: v for k, v in state.items() if not k.endswith("batches_tracked")}
    torch.save(old, tmp_path / "bare.pth", _use_new_zipfile_serialization=False)
    one, other = (
        released(path).network_released((1,)).state_dict() for path in (file, tmp_path / "bare.pth")
    )
    same = [k for k in one if not k.endswith("batches_tracked")]
    assert all(torch.equal(one[k], other[k]) for k in same)


def test_weights_that_do_not_fit_are_refused(
    state: dict[str, Tensor], file: Path, tmp_path: Path
) -> None:
    run, bad = context(tmp_path / "fit", synthetic=False), tmp_path / "bad.pth"
    lacking = {k: v for k, v in state.items() if k != "net.b2_plus_1.conv3.weight"}
    cases: list[tuple[Callable[[], object], str]] = [
        (lambda: torch.save(lacking, bad), r"it lacks net\.b2_plus_1\.conv3\.weight"),
        (lambda: torch.save(state | {"l.bias": torch.zeros(5)}, bad), r"its l\.bias does not fit"),
        (lambda: torch.save(state | {"more": torch.zeros(5)}, bad), "its more does not fit"),
        (lambda: torch.save([1], bad), "it lacks "),
        (lambda: bad.write_bytes(pickle.dumps(tmp_path, 2)), "not a file of weights"),
        (bad.unlink, "not a file of weights"),
    ]
    for write, what in cases:
        write()
        with pytest.raises(AubenchError, match=what) as caught:
            released(bad).check(run)
        assert "\n" not in str(caught.value)
    with pytest.raises(AubenchError, match=r"bad\.pth: no such file"):
        released(bad).ingredients()
    with pytest.raises(AubenchError, match="know no AU10"):
        released(file).check(context(tmp_path, aus=(1, 10)))
    with pytest.raises(AubenchError, match="weights=free; write fan"):
        make_method("adapt", {"weights": "free"})


def test_they_are_of_the_training_people_of_one_fold(file: Path, tmp_path: Path) -> None:
    assert sorted(disfa3fold.folds[0].train) == TRAIN
    method = released(file)
    valid = drawn_frames(VALID, 1, size=256)
    for people in (TRAIN[:-1], [*TRAIN, "disfa/SN001"]):
        train = drawn_frames(people, 1, size=256)
        with pytest.raises(AubenchError, match="others; --protocol disfa3fold --fold 0"):
            method.fit(train, valid, context(tmp_path))
    with pytest.raises(AubenchError, match=r"pictures of 64 pixels.*--size 256"):
        method.fit(drawn_frames(TRAIN, 1), valid, context(tmp_path))


@pytest.mark.slow
def test_a_run_scores_their_fold_and_no_other(aubench: Aubench, file: Path, tmp_path: Path) -> None:
    run = ("run", "--method", "adapt", "--protocol", "disfa3fold", "--device", "cpu")
    run += ("--set", f"weights=released:{file}", "--twin-size", "256", "--twin-frames", "2")
    done = aubench(*run, "--fold", "0", "--partial")
    assert done.returncode == 0, done.stderr
    (path,) = (tmp_path / "runs").rglob("fold.json")
    fold = json.loads(path.read_text())
    assert (fold["name"], fold["epochs"], fold["parameters"]) == ("0", 0, 2_663_248)
    (kept,) = (tmp_path / "runs").rglob("record.json")
    record = json.loads(kept.read_text())
    assert [fold["name"] for fold in record["folds"]] == ["0"]
    assert record["problems"][-2:] == ["fold 1 was not run", "fold 2 was not run"]
    assert record["scores"]["raw"]["mse"]["mean"] is not None
    refused = aubench(*run, "--fold", "1")
    assert refused.returncode == 2
    assert "--protocol disfa3fold --fold 0" in refused.stderr
    assert refused.stderr.count("error:") == 1
