"""The loop: determinism, resuming after a kill, checkpoints, prediction."""

from __future__ import annotations

import dataclasses
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from aubench.errors import AubenchError
from aubench.metrics import mean_icc
from aubench.settings import resolve_settings
from aubench.training.checkpoint import read_header, read_tensors
from aubench.training.loader import in_order, read_batches, shuffled
from aubench.training.recipe import Recipe
from support.tiny import RECIPE, Tiny, context, train_frames, valid_frames


class Log:
    """A monitor that remembers."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []

    def report(self, event: str, **values: float | int | str) -> None:
        self.events.append((event, values))

    def named(self, event: str) -> list[dict[str, Any]]:
        return [values for name, values in self.events if name == event]


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def fit(folder: Path, recipe: Recipe = RECIPE, **changed: Any) -> Any:
    return Tiny(recipe).fit(train_frames(), valid_frames(), context(folder, **changed))


def test_one_seed_gives_one_result_and_another_gives_another(tmp_path: Path) -> None:
    frames = valid_frames().unlabelled()
    torch.manual_seed(1)  # what came before must not matter
    once = fit(tmp_path / "a").predict(frames)
    again = fit(tmp_path / "b").predict(frames)
    other = fit(tmp_path / "c", seed=8).predict(frames)
    assert once.tobytes() == again.tobytes()
    assert not np.array_equal(once, other)


def test_a_fit_killed_anywhere_ends_as_an_uninterrupted_one(tmp_path: Path) -> None:
    """Kill -9 in the second epoch, before and after both renames that end it, and in the third."""
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    expected = fit(whole)
    flushes = [("fsync", number) for number in (1, 2, 3, 4)]
    for event, number in (("step", 4), *flushes, ("step", 2)):
        command = [sys.executable, "-m", "support.tiny", str(broken), event, str(number)]
        died = subprocess.run(command, cwd=Path(__file__).parent.parent, check=False)
        assert died.returncode == -signal.SIGKILL
    log = Log()
    found = fit(broken, monitor=log)
    assert 0 < len(log.named("epoch")) < RECIPE.epochs  # it did go on, not start afresh
    frames = valid_frames().unlabelled()
    assert found.predict(frames).tobytes() == expected.predict(frames).tobytes()
    assert found.fitted.best_epoch == expected.fitted.best_epoch
    assert found.fitted.valid_icc == expected.fitted.valid_icc
    found.save(broken)
    expected.save(whole)
    assert contents(broken) == contents(whole)  # nothing that was timed is in them


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_best_epoch_is_the_one_kept(tmp_path: Path) -> None:
    log = Log()
    predictor = fit(tmp_path, monitor=log)
    scores = [values["icc"] for values in log.named("epoch")]
    fitted = predictor.fitted
    assert fitted.best_epoch == 1 + int(np.argmax(scores))
    assert fitted.valid_icc == max(scores)
    valid = valid_frames()
    assert mean_icc(valid.labels, predictor.predict(valid.unlabelled())) == max(scores)


def test_reports(tmp_path: Path) -> None:
    log = Log()
    fitted = fit(tmp_path, monitor=log).fitted
    assert log.named("fit") == [{"epochs": 3, "images": 21, "epoch": 0}]
    assert sum(values["images"] for values in log.named("step")) == 3 * 21
    assert [values["epoch"] for values in log.named("epoch")] == [1, 2, 3]
    assert all(v["loss"] > 0 and v["images_per_second"] > 0 for v in log.named("epoch"))
    conv, norm, linear = 3 * 8 * 25 + 8 + 8 * 8 * 9 + 8, 16, 8 * 16 * 2 + 2
    assert fitted.parameters == fitted.learnable == conv + norm + linear
    assert fitted.epochs == 3


def test_prediction_knows_no_neighbours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    predictor = fit(tmp_path)
    frames = valid_frames().unlabelled()
    whole = predictor.predict(frames)
    order = np.random.default_rng(0).permutation(len(frames))
    np.testing.assert_allclose(predictor.predict(frames.select(order)), whole[order], atol=1e-5)
    monkeypatch.setattr("aubench.training.predictor.PREDICTION_BATCH", 2)
    np.testing.assert_allclose(predictor.predict(frames), whole, atol=1e-5)
    alone = np.concatenate([predictor.predict(frames.select([i])) for i in range(len(frames))])
    np.testing.assert_allclose(alone, whole, atol=1e-5)


def test_saved_and_loaded_is_the_same(tmp_path: Path) -> None:
    predictor = fit(tmp_path / "fit")
    predictor.save(tmp_path / "kept")
    loaded = Tiny(RECIPE).load(tmp_path / "kept", context(tmp_path))
    frames = valid_frames().unlabelled()
    assert loaded.predict(frames).tobytes() == predictor.predict(frames).tobytes()
    assert loaded.train_subjects == ("d/a", "d/b", "d/c")
    assert loaded.fitted == dataclasses.replace(predictor.fitted, images_per_second=None)


class Layered(Tiny):
    """Its last layer learns at a tenth of the rate; plain gradient descent shows it."""

    def optimizer(self, network: Any) -> torch.optim.Optimizer:
        *body, head = [module for module in network if any(True for _ in module.parameters())]
        first = [p for module in body for p in module.parameters()]
        lr = self.settings.lr
        slow = {"params": list(head.parameters()), "lr": lr / 10}
        return torch.optim.SGD([{"params": first, "lr": lr}, slow], lr)


class Rates:
    """A monitor that keeps what the optimizer's groups learned at, step by step."""

    def __init__(self, stop: int | None = None) -> None:
        self.stop, self.optimizer = stop, None
        self.seen: list[list[float]] = []

    def report(self, event: str, **values: Any) -> None:
        if event == "step":
            self.seen.append([group["lr"] for group in self.optimizer.param_groups])  # type: ignore[attr-defined]  # set by Watched
        if event == "epoch" and values["epoch"] == self.stop:
            raise KeyboardInterrupt


def rates(folder: Path, stop: int | None = None) -> list[list[float]]:
    """The learning rates of both groups at every step of a fit, stopped after an epoch or not."""
    monitor = Rates(stop)

    class Watched(Layered):
        def optimizer(self, network: Any) -> torch.optim.Optimizer:
            monitor.optimizer = super().optimizer(network)  # type: ignore[assignment]  # None before
            return monitor.optimizer  # type: ignore[return-value]  # as above

    method = Watched(dataclasses.replace(RECIPE, epochs=3))
    if stop is None:
        method.fit(train_frames(), valid_frames(), context(folder, monitor=monitor))
    else:
        with pytest.raises(KeyboardInterrupt):
            method.fit(train_frames(), valid_frames(), context(folder, monitor=monitor))
    return monitor.seen


def test_groups_keep_the_proportion_of_their_learning_rates(tmp_path: Path) -> None:
    """Three steps an epoch on the schedule of the recipe, also where a stopped fit goes on."""
    whole = rates(tmp_path / "whole")
    wanted = [RECIPE.learning_rate(step / 3) for step in range(9)]
    np.testing.assert_allclose(whole, [[rate, rate / 10] for rate in wanted], rtol=1e-12)
    assert rates(tmp_path / "broken", stop=1) + rates(tmp_path / "broken") == whole


class Clipped(Tiny):
    """Gradient descent by steps of at most a millionth; it counts its steps."""

    clip = 1e-6  # type: ignore[assignment]  # a property, which a plain value stands in for

    def optimizer(self, network: Any) -> torch.optim.Optimizer:
        return torch.optim.SGD(network.parameters(), self.settings.lr)

    def diagnostics(self, outputs: Any) -> dict[str, float]:
        return {"frames": float(len(outputs)), "twice": 2.0 * len(outputs)}


def test_a_clipped_gradient_moves_no_weight_further_than_its_norm(tmp_path: Path) -> None:
    """At a rate of 1, three steps of norm 1e-6 lead at most 3e-6 away; unclipped, much farther."""
    recipe = dataclasses.replace(RECIPE, epochs=1, lr=1.0)
    moved = []
    for number, method in enumerate((Clipped(recipe), Clipped(recipe))):
        if number:
            method.clip = None  # type: ignore[assignment,misc]  # as above
        torch.manual_seed(0)
        start: dict[str, Any] = {}

        def keep(network: Any, size: int, start: dict[str, Any] = start) -> None:
            start |= {name: p.detach().clone() for name, p in network.named_parameters()}

        method.initialise = keep  # type: ignore[method-assign]  # looks at the fresh network
        method.fit(train_frames(), valid_frames(), context(tmp_path / str(number)))
        end = read_tensors(tmp_path / str(number) / "checkpoint.safetensors")
        moved.append(
            sum((end[f"network.{n}"] - p).square().sum().item() for n, p in start.items()) ** 0.5
        )
    assert 0 < moved[0] <= 3.1e-6
    assert moved[1] > 1e-3


def test_diagnostics_are_averaged_over_the_steps_of_an_epoch(tmp_path: Path) -> None:
    log = Log()
    Clipped(RECIPE).fit(train_frames(), valid_frames(), context(tmp_path, monitor=log))
    for values in log.named("epoch"):
        assert (values["frames"], values["twice"]) == (7, 14)  # 21 frames in three steps


def test_labels_that_are_not_coded_change_nothing(tmp_path: Path) -> None:
    """A column without a label leaves its output as it began: no gradient ever reached it."""
    frames = train_frames()
    labels = frames.labels.copy()
    labels[:, 1] = np.nan
    frames = dataclasses.replace(frames, labels=labels)
    weights = []
    for epochs in (1, 3):
        recipe = dataclasses.replace(RECIPE, epochs=epochs, weight_decay=0.0)
        predictor: Any = Tiny(recipe).fit(frames, valid_frames(), context(tmp_path / str(epochs)))
        checkpoint = read_tensors(tmp_path / str(epochs) / "checkpoint.safetensors")
        weights.append(checkpoint["network.7.weight"])
        assert predictor.predict(valid_frames().unlabelled()).shape == (9, 2)
    assert torch.equal(weights[0][1], weights[1][1])
    assert not torch.equal(weights[0][0], weights[1][0])


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"seed": 8}, "another seed"),
        ({"precision": "bf16-mixed"}, "another precision"),
        ({"packs": ("0123456789abcdef",)}, "other packs"),
    ],
)
def test_a_checkpoint_of_another_run_is_refused(
    tmp_path: Path, changed: dict[str, Any], what: str
) -> None:
    fit(tmp_path)
    with pytest.raises(AubenchError, match=f"a checkpoint for {what}"):
        fit(tmp_path, **changed)


def other_labels() -> Any:
    """As many frames of the same people, with one label that is another."""
    frames = train_frames()
    labels = frames.labels.copy()
    labels[3, 1] = 5 - labels[3, 1]
    return dataclasses.replace(frames, labels=labels)


def test_a_checkpoint_for_other_aus_settings_subjects_or_frames_is_refused(tmp_path: Path) -> None:
    predictor = fit(tmp_path)
    cases = (
        (RECIPE, train_frames(aus=(1, 2)), "other AUs"),
        (dataclasses.replace(RECIPE, lr=1e-4), train_frames(), r"other settings \(lr\)"),
        (RECIPE, train_frames().select(range(14)), "other training subjects"),
        (RECIPE, other_labels(), "other frames"),
    )
    for recipe, frames, what in cases:
        with pytest.raises(AubenchError, match=f"a checkpoint for {what}"):
            Tiny(recipe).fit(frames, valid_frames(), context(tmp_path))
    predictor.save(tmp_path / "kept")
    with pytest.raises(AubenchError, match="a checkpoint for other AUs"):
        Tiny(RECIPE).load(tmp_path / "kept", context(tmp_path, aus=(12, 1)))


def test_pictures_of_another_size_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AubenchError, match="pictures of 64 pixels for a predictor trained at 32"):
        fit(tmp_path).predict(train_frames(size=64).unlabelled())


def test_files_that_are_no_checkpoints_are_named(tmp_path: Path) -> None:
    path = tmp_path / "file.safetensors"
    with pytest.raises(AubenchError, match=r"file\.safetensors: not a readable"):
        read_header(path)
    path.write_bytes(b"\0" * 40)
    with pytest.raises(AubenchError, match=r"file\.safetensors: not a readable"):
        read_header(path)
    save_file({"x": torch.zeros(1)}, path)
    with pytest.raises(AubenchError, match="without an aubench header"):
        read_header(path)
    save_file({"x": torch.zeros(1)}, path, metadata={"aubench": '{"format": 99}'})
    with pytest.raises(AubenchError, match="newer aubench"):
        read_header(path)


def test_a_loss_that_explodes_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(AubenchError, match=r"the loss is (nan|inf) in epoch"):
        fit(tmp_path, dataclasses.replace(RECIPE, lr=1e30))


def test_nothing_to_learn_from_is_told(tmp_path: Path) -> None:
    with pytest.raises(AubenchError, match="no frame to train on"):
        Tiny(RECIPE).fit(train_frames().select([]), valid_frames(), context(tmp_path))


def test_batches_hold_every_frame_once_and_never_one_alone() -> None:
    for count, batch in ((21, 8), (17, 16), (3, 16), (1, 4)):
        parts = shuffled(count, batch, np.random.default_rng(0))
        assert sorted(np.concatenate(parts)) == list(range(count))
        sizes = [len(part) for part in parts]
        assert max(sizes) <= batch
        assert max(sizes) - min(sizes) <= 1
        assert np.concatenate(in_order(count, batch)).tolist() == list(range(count))


def test_batches_come_in_the_order_asked_for() -> None:
    frames = train_frames()
    parts = shuffled(len(frames), 2, np.random.default_rng(0))
    batches = list(read_batches(frames, parts, torch.device("cpu")))
    assert len(batches) == len(parts)
    for batch, part in zip(batches, parts, strict=True):
        assert batch.images.is_contiguous(memory_format=torch.channels_last)
        wanted = torch.from_numpy(frames.images(part)).permute(0, 3, 1, 2) / 255
        assert torch.equal(batch.images, wanted)
        assert torch.equal(batch.labels, torch.from_numpy(frames.labels[part]))


def test_the_learning_rate_is_a_cosine_or_several() -> None:
    recipe = Recipe(epochs=10, lr=1.0)
    assert recipe.learning_rate(0) == 1
    assert recipe.learning_rate(5) == pytest.approx(0.5)
    assert recipe.learning_rate(10 - 1e-9) == pytest.approx(0)
    again = Recipe(epochs=10, lr=1.0, cycle=5)
    assert again.learning_rate(5) == again.learning_rate(0) == 1
    assert again.learning_rate(7.5) == pytest.approx(0.5)


def test_every_number_of_the_recipe_can_be_set() -> None:
    recipe = resolve_settings(Recipe, {"epochs": "4", "lr": "0.1", "flip": "0"})
    assert recipe == Recipe(epochs=4, lr=0.1, flip=0.0)
    with pytest.raises(AubenchError, match="epochs=0"):
        resolve_settings(Recipe, {"epochs": "0"})
