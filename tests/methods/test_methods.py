"""The built-in methods through the interface, on drawn faces."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import load_file, save_file

from aubench.cli import cli
from aubench.corpora.alignment.w300 import Alignment
from aubench.errors import AubenchError
from aubench.experiment.methods import make_method
from aubench.metrics import mean_icc
from aubench.pack.pack import Pack
from aubench.pack.prepare import prepare
from aubench.protocol import Fold, Protocol
from aubench.training.checkpoint import CheckpointFolder
from aubench.training.loader import read_batches
from aubench_methods.fan.alignment import (
    FaceAlignment,
    FanRecipe,
    area_under_curve,
    normalised_error,
)
from aubench_methods.fan.weights import read_card
from support.drawn import drawn_frames, face_points
from support.methods import (
    EVERY,
    PRETRAINED,
    SHORT,
    SIMPLE,
    SIZE,
    TRANSFER,
    configured,
    fan_file,
    train_frames,
    valid_frames,
)
from support.tiny import context


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def fan(tmp_path: Path) -> Path:
    """A FAN of synthetic faces for 64 pixels; untrained, which the methods cannot tell."""
    return fan_file(tmp_path / "fan.safetensors")


def offline(name: str) -> dict[str, str]:
    return {"weights": "none"} if name in PRETRAINED else {}


@pytest.mark.parametrize("name", [*EVERY, *SIMPLE])
def test_fit_predict_save_load(name: str, fan: Path, tmp_path: Path) -> None:
    run = context(tmp_path / "fit", synthetic=True)
    method = configured(name, fan, **offline(name))
    method.check(run)
    predictor = method.fit(train_frames(missing=0.2), valid_frames(), run)
    assert predictor.train_subjects == ("d/a", "d/b")
    frames = valid_frames().unlabelled()
    values = predictor.predict(frames)
    order = np.array([4, 0, 3, 1, 2])
    np.testing.assert_allclose(predictor.predict(frames.select(order)), values[order], atol=1e-5)
    for row in range(5):
        alone = predictor.predict(frames.select([row]))
        np.testing.assert_allclose(alone[0], values[row], atol=1e-5)
    predictor.save(tmp_path / "kept")
    if fan.exists():
        fan.unlink()  # a kept predictor stands alone
    loaded = configured(name, fan, **offline(name)).load(tmp_path / "kept", run)
    assert loaded.predict(frames).tobytes() == values.tobytes()
    assert loaded.train_subjects == predictor.train_subjects
    with pytest.raises(AubenchError, match="a checkpoint for other AUs"):
        configured(name, fan, **offline(name)).load(
            tmp_path / "kept", dataclasses.replace(run, aus=(1, 2))
        )


def test_scratch_learns_what_it_can_see(tmp_path: Path) -> None:
    quick = {"epochs": "8", "batch": "8", "lr": "3e-3", "emphasis": "2.5"}
    method = make_method("scratch", quick)
    train = drawn_frames(["d/a", "d/b", "d/c"], 16, size=SIZE)
    predictor = method.fit(train, drawn_frames(["d/v"], 10, size=SIZE, seed=1), context(tmp_path))
    test = drawn_frames(["d/t"], 30, size=SIZE, seed=2)
    assert mean_icc(test.labels, predictor.predict(test.unlabelled())) > 0.5


@pytest.mark.parametrize("name", ["adapt", "attention", "random-backbone"])
def test_the_backbone_is_the_same_bits_after_training(name: str, fan: Path, tmp_path: Path) -> None:
    """Weights and batch statistics alike; and nothing of it is in the optimizer."""
    predictor = configured(name, fan).fit(train_frames(), valid_frames(), context(tmp_path))
    after = {k: v for k, v in predictor.network.state_dict().items() if k.startswith("fan.")}
    if name in TRANSFER:
        before = {f"fan.{k}": v for k, v in load_file(fan).items()}
    else:
        again = dataclasses.replace(context(tmp_path / "again"))
        other = configured(name, fan, epochs="2").fit(train_frames(), valid_frames(), again)
        before = {k: v for k, v in other.network.state_dict().items() if k.startswith("fan.")}
    assert after.keys() == before.keys()
    assert all(torch.equal(after[key], before[key]) for key in after)
    fitted = predictor.fitted
    assert fitted.parameters - fitted.learnable == sum(
        v.numel() for k, v in before.items() if k.endswith(("weight", "bias"))
    )


def test_a_synthetic_fan_is_refused_on_a_real_corpus_unless_told(fan: Path, tmp_path: Path) -> None:
    real = context(tmp_path, synthetic=False)
    with pytest.raises(AubenchError, match="aubench pretrain fan --pack") as caught:
        configured("adapt", fan).check(real)
    assert "--set fan=FILE" in str(caught.value)
    configured("adapt", fan, allow_synthetic_fan="true").check(real)
    configured("adapt", fan).check(context(tmp_path, synthetic=True))
    configured("adapt", fan_file(tmp_path / "real.safetensors", synthetic=False)).check(real)


def test_a_fan_that_does_not_fit_is_refused(fan: Path, tmp_path: Path) -> None:
    run = context(tmp_path / "fit", synthetic=True)
    with pytest.raises(AubenchError, match=r"gone\.safetensors"):
        configured("adapt", tmp_path / "gone.safetensors").check(run)
    with pytest.raises(AubenchError, match=r"gone\.safetensors"):
        configured("adapt", tmp_path / "gone.safetensors").ingredients()
    other = tmp_path / "other.safetensors"
    save_file({"x": torch.zeros(1)}, other)
    with pytest.raises(AubenchError, match="without an aubench header"):
        configured("adapt", other).check(run)
    for settings, what in (
        ({"order": "bn-relu-conv"}, "order conv-bn-relu, where bn-relu-conv"),
        ({"upsampling": "bilinear"}, "upsampling nearest, where bilinear"),
    ):
        with pytest.raises(AubenchError, match=what):
            configured("adapt", fan, **settings).fit(train_frames(), valid_frames(), run)
    large = fan_file(tmp_path / "large.safetensors", size=256)
    with pytest.raises(AubenchError, match="size 256, where 64"):
        configured("adapt", large).fit(train_frames(), valid_frames(), run)


def test_what_a_run_depends_on_is_named(fan: Path) -> None:
    digest = hashlib.sha256(fan.read_bytes()).hexdigest()
    assert configured("adapt", fan).ingredients() == {"fan": digest}
    assert configured("scratch", fan).ingredients() == {}


def test_the_mean_is_the_mean_of_what_is_coded(tmp_path: Path) -> None:
    frames = train_frames()
    labels = np.array([[0, 2], [1, np.nan], [2, 5]], dtype=np.float32)
    frames = dataclasses.replace(frames.select(range(3)), labels=labels)
    predictor = make_method("mean", {}).fit(frames, valid_frames(), context(tmp_path))
    assert predictor.predict(valid_frames().unlabelled()).tolist() == [[1.0, 3.5]] * 5


def test_a_picture_that_the_hourglass_cannot_halve_is_refused(tmp_path: Path) -> None:
    frames = train_frames(size=72)
    with pytest.raises(AubenchError, match="72 pixels"):
        make_method("scratch", SHORT).fit(frames, frames, context(tmp_path))


def test_heat_maps_skip_what_they_cannot_draw() -> None:
    fold = Fold(name="0", train=("x/a",), valid=("x/b",), test=("x/c",))
    protocol = Protocol(
        name="p", title="", task="intensity", corpora=("x",), aus=(1, 12), folds=(fold,),
        source="", confidence="H",
    )  # fmt: skip
    method = make_method("scratch", {})
    assert method.skip(protocol) is None
    assert "AU7" in str(method.skip(dataclasses.replace(protocol, aus=(1, 7))))
    assert "intensities" in str(method.skip(dataclasses.replace(protocol, task="occurrence")))


def test_a_perfect_alignment_network_would_make_no_error() -> None:
    frames = drawn_frames(["d/a"], 6, size=SIZE)
    points = frames.landmarks.copy()
    points[2, 5] = np.nan
    frames = dataclasses.replace(frames, points=points)
    (batch,) = read_batches(frames, [np.arange(6)], torch.device("cpu"))
    method = FaceAlignment(FanRecipe(sigma=4.0))
    maps, known = method.targets(batch)
    assert maps.shape == (6, 68, SIZE // 4, SIZE // 4)
    assert known.sum() == 6 * 68 - 1
    found = method.decode(maps).numpy()
    assert normalised_error(found, frames.landmarks).max() < 0.01
    assert method.score(found, frames) == pytest.approx(0, abs=0.01)
    assert method.score(found + 9, frames) < method.score(found + 3, frames) < -0.01


def test_pretraining_goes_on_after_a_kill_and_writes_weights_with_a_card(tmp_path: Path) -> None:
    source, weights = tmp_path / "faces", tmp_path / "fan.safetensors"
    for part in ("one", "two", "three"):
        (source / part).mkdir(parents=True)
        for n in range(3):
            write_face(source / part / f"face{n}", drawn_frames(["d/a"], 1, size=96, seed=n))
    pack = prepare(Alignment(source), tmp_path / "pack", size=SIZE).path
    command = ["pretrain", "fan", "--pack", str(pack), "--out", str(weights), "--device", "cpu"]
    command += ["--epochs", "2", "--set", "batch=3", "--held-out", "alignment/two"]
    with pytest.raises(Killed):
        invoke([*command], dies_after=1)
    assert not weights.exists()
    output = invoke(command)
    assert "epoch 2" in output
    assert "epoch 1" not in output
    assert "alignment/two: NME" in output
    card = read_card(weights)
    assert (card.size, card.images, card.epochs, card.synthetic) == (SIZE, 4, 2, False)
    assert card.figures.keys() == {"alignment/two"}
    text = weights.with_suffix(".md").read_text()
    assert f"{card.figures['alignment/two']['NME']:.2f} %" in text
    assert [p.name for p in tmp_path.iterdir() if "checkpoints" in p.name] == []
    method = configured("adapt", weights)
    run = context(tmp_path / "fit", synthetic=False)
    method.check(run)
    method.fit(train_frames(), valid_frames(), run)


@pytest.mark.slow
def test_pretraining_that_was_stopped_goes_on_with_nothing_else(tmp_path: Path) -> None:
    """Another pack of as many faces of the same names, other settings, other faces: all refused."""
    for name, seed in (("faces", 0), ("others", 9)):
        for part in ("one", "two", "three"):
            (tmp_path / name / part).mkdir(parents=True)
            for n in range(3):
                drawn = drawn_frames(["d/a"], 1, size=96, seed=seed + n)
                write_face(tmp_path / name / part / f"face{n}", drawn)
    packs = {n: prepare(Alignment(tmp_path / n), tmp_path / f"{n}.pack", size=SIZE).path
             for n in ("faces", "others")}  # fmt: skip
    weights = tmp_path / "fan.safetensors"
    usual = {"--pack": packs["faces"], "--epochs": 2, "--set": "batch=3", "--seed": 0}
    usual |= {"--held-out": "alignment/two"}

    def command(**changed: object) -> list[str]:
        options = usual | {f"--{name.replace('_', '-')}": value for name, value in changed.items()}
        words = [str(word) for pair in options.items() for word in pair]
        return ["pretrain", "fan", "--out", str(weights), "--device", "cpu", *words]

    with pytest.raises(Killed):
        invoke(command(), dies_after=1)
    for changed, what in (
        ({"pack": packs["others"]}, "a checkpoint for other packs"),
        ({"set": "lr=0.01"}, r"a checkpoint for other settings \((batch, lr|lr, batch)\)"),
        ({"epochs": 3}, r"a checkpoint for other settings \(epochs\)"),
        ({"held_out": "alignment/one"}, "a checkpoint for other training subjects"),
        ({"seed": 1}, "a checkpoint for another seed"),
    ):
        done = CliRunner().invoke(cli, command(**changed))
        assert isinstance(done.exception, AubenchError)
        assert re.search(what, str(done.exception))
        assert "\n" not in str(done.exception)
        assert not weights.exists()
    assert "epoch 1" not in invoke(command())
    assert read_card(weights).fingerprint == Pack.open(packs["faces"]).manifest.fingerprint


class Killed(BaseException):
    """What stands for a signal in one process."""


def invoke(command: list[str], dies_after: int | None = None) -> str:
    """Run aubench in this process; with ``dies_after``, until so many epochs are kept."""
    left = [dies_after]
    save = CheckpointFolder.save

    def dying(self: Any, *arguments: Any) -> None:
        save(self, *arguments)
        left[0] = None if left[0] is None else left[0] - 1
        if left[0] == 0:
            raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CheckpointFolder, "save", dying)
        done = CliRunner().invoke(cli, command, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def write_face(stem: Path, frames: Any) -> None:
    cv2.imwrite(str(stem.with_suffix(".png")), frames.images()[0])
    rows = "".join(f"{x} {y}\n" for x, y in frames.landmarks[0] + 1)
    stem.with_suffix(".pts").write_text(f"version: 1\nn_points:  68\n{{\n{rows}}}\n")


def test_landmark_error_by_hand() -> None:
    true = np.zeros((2, 68, 2), np.float32)
    true[:, 1] = (40, 90)  # the box is 40 by 90, so √(w·h) = 60
    found = true + np.array([3, 4], np.float32)  # 5 pixels off
    true[1, 10:] = np.nan
    found[1, 10:] = 1e6
    np.testing.assert_allclose(normalised_error(found, true), 5 / 60, rtol=1e-6)
    assert np.isnan(normalised_error(found, np.full_like(true, np.nan))).all()


def test_area_under_the_curve_by_integration() -> None:
    errors = np.array([0.0, 0.01, 0.035, 0.069, 0.2], np.float32)
    grid = (np.arange(200_000) + 0.5) / 200_000 * 0.07
    share = (errors[:, None] <= grid).mean(axis=0)
    assert area_under_curve(errors) == pytest.approx(share.mean(), abs=1e-5)


def test_the_card_travels_with_the_weights(fan: Path) -> None:
    assert read_card(fan).synthetic
    assert read_card(fan).size == SIZE
    assert face_points(SIZE).shape == (68, 2)
