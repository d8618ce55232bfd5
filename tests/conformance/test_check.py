"""``aubench check``: each kind of faulty method fails the check that is meant for it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from aubench.cli.methods import check
from aubench.cli.methods.check import tried
from aubench.conformance import Finding, Sample, check_behaviour, check_declaration
from aubench.errors import AubenchError
from aubench.frames import FloatArray, Frames, LabelledFrames
from aubench.method import Method, Predictor, RunContext
from aubench.protocol import Protocol
from aubench.training.torch_method import TorchMethod
from support.command import Aubench
from support.drawn import drawn_frames
from support.tiny import RECIPE, Tiny

AUS = (1, 12)


@pytest.fixture(scope="module")
def sample() -> Sample:
    torch.set_num_threads(1)
    test = drawn_frames(["d/t"], 6, size=32, seed=2).unlabelled()
    landmarks = test.landmarks.copy()
    landmarks[1] = np.nan
    return Sample(
        drawn_frames(["d/a", "d/b"], 4, size=32, missing=0.1),
        drawn_frames(["d/v"], 4, size=32, seed=1),
        replace(test, points=landmarks),
    )


class Brightness(Predictor):
    """Mean brightness of the picture, in every column."""

    def __init__(self, subjects: Any = ("d/a", "d/b"), aus: tuple[int, ...] = AUS) -> None:
        self.aus, self.train_subjects = aus, tuple(subjects)

    def estimate(self, frames: Frames) -> FloatArray:
        return np.repeat(brightness(frames)[:, None], len(self.aus), axis=1)

    def save(self, folder: Path) -> None:
        (folder / "kept.json").write_text(json.dumps([self.train_subjects, self.aus]))


def brightness(frames: Frames) -> FloatArray:
    return frames.images().mean(axis=(1, 2, 3), dtype=np.float32) / 51


class Sound(Method):
    """A method without a fault, to derive faulty ones from."""

    summary = "Brightness."
    kind: type[Brightness] = Brightness

    def fit(self, train: LabelledFrames, valid: LabelledFrames, run: RunContext) -> Predictor:
        return self.kind(train.keys["subject"].unique())

    def load(self, folder: Path, run: RunContext) -> Predictor:
        subjects, aus = json.loads((folder / "kept.json").read_text())
        return self.kind(subjects, tuple(aus))


def method_of(predictor: type[Brightness]) -> type[Method]:
    return type("Faulty", (Sound,), {"kind": predictor})


def found(make: Callable[[], Method], sample: Sample, folder: Path) -> dict[str, Finding]:
    return {finding.name: finding for finding in check_behaviour(make, sample, folder)}


def failures(findings: dict[str, Finding]) -> set[str]:
    return {name for name, finding in findings.items() if finding.passed is False}


class Flat(Brightness):
    def estimate(self, frames: Frames) -> FloatArray:
        return brightness(frames)


class NeedsLandmarks(Brightness):
    def estimate(self, frames: Frames) -> FloatArray:
        return super().estimate(frames) + frames.landmarks.sum(axis=(1, 2))[:, None]


class Normalises(Brightness):
    """As the released network of Ntinou et al. 2020 does, over whatever is in the batch."""

    def estimate(self, frames: Frames) -> FloatArray:
        values = super().estimate(frames)
        return values - values.mean(axis=0)


class Sorts(Brightness):
    def estimate(self, frames: Frames) -> FloatArray:
        return super().estimate(frames.select(np.argsort(frames.keys["frame"])))


class LooksUp(Brightness):
    def estimate(self, frames: Frames) -> FloatArray:
        known = frames.keys["subject"].eq("d/t").to_numpy(np.float32)
        return super().estimate(frames) + known[:, None]


class Wavers(Brightness):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.calls = itertools.count()

    def estimate(self, frames: Frames) -> FloatArray:
        return super().estimate(frames) + next(self.calls) * 1e-3


class Forgets(Brightness):
    """Does not save its shift; a list of subjects comes from JSON."""

    def __init__(self, subjects: Any = (), aus: tuple[int, ...] = AUS) -> None:
        super().__init__(subjects, aus)
        self.shift = 0.0 if isinstance(subjects, list) else 0.25

    def estimate(self, frames: Frames) -> FloatArray:
        return super().estimate(frames) + self.shift


class Pickles(Brightness):
    def save(self, folder: Path) -> None:
        super().save(folder)
        torch.save(torch.zeros(1), folder / "weights.pt")


@pytest.mark.parametrize(
    ("faulty", "check"),
    [
        (Flat, {"shape"}),
        (NeedsLandmarks, {"finiteness"}),
        (Normalises, {"company"}),
        (Sorts, {"row order", "names"}),
        (LooksUp, {"names"}),
        (Forgets, {"save and load"}),
        (Pickles, {"save and load"}),
    ],
)
def test_a_faulty_predictor_fails_the_checks_that_are_meant_for_it(
    faulty: type[Brightness], check: set[str], sample: Sample, tmp_path: Path
) -> None:
    assert failures(found(method_of(faulty), sample, tmp_path)) == check


def test_a_predictor_that_wavers_fails_even_the_plainest_repetition(
    sample: Sample, tmp_path: Path
) -> None:
    assert "repetition" in failures(found(method_of(Wavers), sample, tmp_path))


class Nameless(Sound):
    def fit(self, train: LabelledFrames, valid: LabelledFrames, run: RunContext) -> Predictor:
        return Brightness(())


class Scribbles(Sound):
    def fit(self, train: LabelledFrames, valid: LabelledFrames, run: RunContext) -> Predictor:
        np.nan_to_num(train.labels, copy=False)
        return super().fit(train, valid, run)


class Unseeded(Sound):
    """Draws from a generator that nobody seeded."""

    draws = itertools.count()

    def fit(self, train: LabelledFrames, valid: LabelledFrames, run: RunContext) -> Predictor:
        drawn = next(self.draws)

        class Noisy(Brightness):
            def estimate(self, frames: Frames) -> FloatArray:
                return super().estimate(frames) + drawn

        self.kind = Noisy
        return super().fit(train, valid, run)


@pytest.mark.parametrize(
    ("faulty", "check"),
    [
        (Nameless, {"fit"}),
        (Scribbles, {"frames left as they were"}),
        (Unseeded, {"determinism"}),
    ],
)
def test_a_faulty_fit_fails_the_check_that_is_meant_for_it(
    faulty: type[Method], check: set[str], tmp_path: Path
) -> None:
    torch.set_num_threads(1)
    frames = drawn_frames(["d/a", "d/b"], 4, size=32, missing=0.3)
    fresh = Sample(frames, drawn_frames(["d/v"], 4, size=32), frames.unlabelled())
    assert failures(found(faulty, fresh, tmp_path)) == check


def test_a_sound_method_passes_and_what_does_not_apply_is_no_failure(
    sample: Sample, tmp_path: Path
) -> None:
    findings = found(Sound, sample, tmp_path)
    assert not failures(findings)
    assert findings["interruption"].passed is None
    assert "no epochs" in findings["interruption"].reason


def test_a_torch_method_passes_every_check(sample: Sample, tmp_path: Path) -> None:
    findings = found(lambda: Tiny(replace(RECIPE, epochs=2)), sample, tmp_path)
    assert all(finding.passed for finding in findings.values()), findings


class DrawsOn(Tiny):
    """Augments from a generator that goes on from epoch to epoch, so a resumed fit differs."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.generator = torch.Generator().manual_seed(0)

    def augment(self, batch: Any, generator: Any) -> Any:
        return super().augment(batch, self.generator)


def test_a_fit_that_resumes_differently_is_caught(sample: Sample, tmp_path: Path) -> None:
    def make() -> TorchMethod:
        return DrawsOn(replace(RECIPE, epochs=2, lr=0.1))

    assert failures(found(make, sample, tmp_path)) == {"interruption"}


@dataclass
class Thawed:
    lr: float = 1.0


@dataclass(frozen=True)
class Demanding:
    lr: float


@dataclass(frozen=True)
class Unreachable:
    sizes: tuple[tuple[int, ...], ...] = ((1, 2),)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (Thawed, "frozen=True"),
        (Demanding, "lr has no default"),
        (Unreachable, "sizes"),
        (int, "no dataclass"),
    ],
)
def test_settings_that_the_command_line_cannot_reach_are_named(settings: type, reason: str) -> None:
    kind = type("Faulty", (Sound,), {"Settings": settings})
    findings = {f.name: f for f in check_declaration(kind, kind.summary)}
    assert findings["settings"].passed is False
    assert reason in findings["settings"].reason


@pytest.mark.parametrize(("summary", "written"), [("", ""), ("two\nlines", ""), ("made", "")])
def test_a_summary_that_list_cannot_show_is_named(summary: str, written: str) -> None:
    kind = type("Faulty", (Sound,), {"summary": summary})
    findings = {f.name: f for f in check_declaration(kind, written)}
    assert not findings["summary"].passed
    reason = findings["summary"].reason
    assert "aubench list" in reason or "plain string" in reason


class Choosy(Sound):
    """Takes pictures from 32 pixels up."""

    def fit(self, train: LabelledFrames, valid: LabelledFrames, run: RunContext) -> Predictor:
        if train.size < 32:
            raise AubenchError(f"pictures of {train.size} pixels", mend="give larger ones")
        return super().fit(train, valid, run)


def test_a_method_is_tried_at_the_first_size_that_it_takes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def drawn(size: int, monitor: object) -> Sample:
        frames = drawn_frames(["d/a", "d/b"], 4, size=size)
        return Sample(frames, frames, frames.unlabelled())

    monkeypatch.setattr(check, "draw_sample", drawn)
    assert all(finding.passed is not False for finding in tried(Choosy, (16, 32, 64)))
    assert "32×32" in capsys.readouterr().out
    with pytest.raises(AubenchError, match="pictures of 16 pixels"):
        list(tried(Choosy, (16,)))


def test_a_method_that_cannot_do_the_task_says_why() -> None:
    class Elsewhere(Sound):
        def skip(self, protocol: Protocol) -> str | None:
            return f"knows nothing of AU{protocol.aus[0]}"

    with pytest.raises(AubenchError, match="knows nothing of AU6"):
        list(tried(Elsewhere, (64,)))


@pytest.mark.parametrize(
    "name",
    ["mean", *(pytest.param(name, marks=pytest.mark.slow) for name in ("scratch", "hr2018"))],
)
def test_built_in_methods_conform(aubench: Aubench, name: str) -> None:
    done = aubench("check", name, OMP_NUM_THREADS="1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{name}: conforms" in done.stdout
    assert "FAIL" not in done.stdout


def test_a_method_that_refuses_the_sample_is_one_line(aubench: Aubench) -> None:
    done = aubench("check", "timm/resnet19")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
