"""Runs from Python: methods that no entry point names, and protocols that mix corpora."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from aubench.errors import AubenchError
from aubench.experiment.plan import make_plan
from aubench.experiment.run import run
from aubench.frames import FloatArray, Frames, LabelledFrames
from aubench.method import Method, Predictor, RunContext
from aubench.monitor import Silence
from aubench.pack.pack import Pack
from aubench.protocol import Fold, Protocol
from support.small_pack import PEOPLE, make
from support.tiny import RECIPE, Tiny

PROTOCOL = Protocol(
    name="four",
    title="Four people",
    task="intensity",
    corpora=("small",),
    aus=(6, 12),
    folds=(Fold(name="0", train=PEOPLE[:2], valid=PEOPLE[2:3], test=PEOPLE[3:]),),
    source="tests",
    confidence="H",
)


def record_of(method: Method, protocol: Protocol, packs: dict[str, Pack], folder: Path) -> Any:
    plan = make_plan(
        "mine", method, protocol, packs, seed=0, precision="32-true", results=folder / "runs"
    )
    return run(plan, "cpu", lambda _: Silence())


def test_a_method_that_is_not_installed_runs_and_is_scored(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    pack = make(tmp_path / "pack")
    record = record_of(Tiny(replace(RECIPE, epochs=1)), PROTOCOL, {"small": pack}, tmp_path)
    assert (record.method.name, record.method.origin) == ("mine", "unknown")
    assert record.folds[0].test_frames == 20
    assert record.coverage.predicted == 20


class Keeps(Method):
    """Keeps what it was given, and predicts 1."""

    given: tuple[LabelledFrames, LabelledFrames]

    def fit(self, train: LabelledFrames, valid: LabelledFrames, run: RunContext) -> Predictor:
        self.given = train, valid
        return Ones(train.aus, tuple(train.keys["subject"].unique()))

    def load(self, folder: Path, run: RunContext) -> Predictor:
        raise NotImplementedError


class Ones(Predictor):
    def __init__(self, aus: tuple[int, ...], people: tuple[str, ...]) -> None:
        self.aus, self.train_subjects = aus, people

    def estimate(self, frames: Frames) -> FloatArray:
        return np.ones((len(frames), len(self.aus)), np.float32)

    def save(self, folder: Path) -> None: ...


def test_a_fold_learns_from_people_of_two_corpora(tmp_path: Path) -> None:
    """Frames of both, each with its own pictures, labels and landmarks."""
    one, other = make(tmp_path / "one"), make(tmp_path / "other").named("other")
    fold = Fold(
        name="0",
        train=("small/A", "other/B"),
        valid=("other/C", "small/B"),
        test=("small/C", "small/D"),
    )
    variants = ("calibrated",)
    mixed = replace(PROTOCOL, corpora=("small", "other"), folds=(fold,), variants=variants)
    method = Keeps()
    record = record_of(method, mixed, {"small": one, "other": other}, tmp_path)
    assert (record.folds[0].train_frames, record.folds[0].valid_frames) == (40, 40)
    for frames, wanted in zip(method.given, (fold.train, fold.valid), strict=True):
        assert set(frames.keys["subject"]) == set(wanted)
        for pack in (one, other):
            rows = np.flatnonzero(pack.index["subject"].isin(wanted))
            own = frames.select(
                np.flatnonzero(
                    frames.keys["subject"].isin(wanted)
                    & frames.keys["subject"].isin(pack.index["subject"])
                )
            )
            alone = pack.labelled(rows, mixed.aus)
            np.testing.assert_array_equal(own.labels, alone.labels)
            np.testing.assert_array_equal(own.landmarks, alone.landmarks)
            np.testing.assert_array_equal(own.images(), alone.images())


@pytest.mark.parametrize(
    ("corpora", "test", "what"),
    [
        (("small", "other"), ("small/D", "other/D"), "tests people of other and small"),
        (("small",), ("other/D",), "subjects of other, and its corpora are small"),
    ],
)
def test_a_protocol_that_cannot_be_scored_is_refused_when_it_is_declared(
    corpora: tuple[str, ...], test: tuple[str, ...], what: str
) -> None:
    fold = Fold(name="0", train=("small/A",), valid=("small/B",), test=test)
    with pytest.raises(AubenchError, match=what):
        replace(PROTOCOL, corpora=corpora, folds=(fold,))
