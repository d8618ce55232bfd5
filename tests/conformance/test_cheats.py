"""Methods that cheat: what stops, refuses or shows each of them, in ``run`` and in ``check``."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aubench.conformance import Sample, check_behaviour, check_declaration
from aubench.experiment.fold import run_fold
from aubench.experiment.plan import make_plan
from aubench.frames import LabelledFrames
from aubench.method import Method, Predictor, RunContext
from aubench.metrics import METRICS
from aubench.monitor import Silence
from aubench.pack.pack import Pack
from aubench.protocol import Fold, Protocol
from support import cheats
from support.command import Aubench
from support.drawn import drawn_frames
from support.plugins import install
from support.small_pack import PEOPLE, make

PROTOCOL = Protocol(
    name="small",
    title="Four people",
    task="intensity",
    corpora=("small",),
    aus=(6, 12),
    folds=(Fold(name="0", train=PEOPLE[:2], valid=PEOPLE[2:3], test=PEOPLE[3:]),),
    source="tests",
    confidence="H",
)


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return make(tmp_path_factory.mktemp("cheats") / "pack")


@pytest.fixture
def sample() -> Sample:
    return Sample(
        drawn_frames(["d/a", "d/b"], 4, size=32, missing=0.1),
        drawn_frames(["d/v"], 5, size=32, seed=1),
        drawn_frames(["d/t", "d/u"], 4, size=32, seed=2).unlabelled(),
    )


@pytest.fixture(autouse=True)
def metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the metric back that a cheat replaces."""
    monkeypatch.setitem(METRICS, "icc", METRICS["icc"])


def run(method: type[Method], pack: Pack, folder: Path) -> pd.DataFrame:
    """The predictions of one fold, as ``aubench run`` keeps them."""
    plan = make_plan(
        "cheat",
        method(),
        PROTOCOL,
        {"small": pack},
        seed=0,
        precision="32-true",
        results=folder,
    )
    run_fold(plan, PROTOCOL.folds[0], "cpu", Silence())
    return pd.read_parquet(plan.folder / "fold-0" / "predictions.parquet")


def failed(method: type[Method], sample: Sample, folder: Path) -> set[str]:
    """The checks of ``aubench check`` that fail."""
    return {f.name for f in check_behaviour(method, sample, folder) if f.passed is False}


STOPPED_IN_RUN = {
    "labels by attributes": (cheats.of(cheats.WalksAttributes), "has no attribute 'matrices'"),
    "labels by gc": (cheats.of(cheats.AsksTheCollector), "labels are out of reach"),
    "a replaced metric": (
        cheats.ReplacesMetric,
        r"support replaced aubench\.metrics.*METRICS\.icc",
    ),
    "empty train_subjects": (cheats.NamesNobody, "names 0 people .* but not small/A, small/B"),
    "foreign train_subjects": (cheats.NamesStrangers, "learned from nowhere/1, whom it was not"),
}

SHOWN_BY_CHECK = {
    "a table keyed on subject and frame": (cheats.of(cheats.LooksUp), {"names"}),
    "training on validation people": (cheats.LearnsFromValidation, {"validation labels"}),
    "person median": (cheats.of(cheats.PersonMedian), {"company"}),
    "neighbour median": (cheats.of(cheats.NeighbourMedian), {"company"}),
    "keys written to files": (cheats.KeepsKeys, {"no names kept"}),
    "keys written to": (cheats.of(cheats.WritesKeys), {"frames left as they were"}),
    "a replaced metric": (cheats.ReplacesMetric, {"scoring left alone"}),
    "empty train_subjects": (cheats.NamesNobody, {"fit"}),
    "foreign train_subjects": (cheats.NamesStrangers, {"fit"}),
}


@pytest.mark.parametrize("cheat", STOPPED_IN_RUN)
def test_run_stops_what_reaches_for_labels_scores_or_people(
    cheat: str, pack: Pack, tmp_path: Path
) -> None:
    method, told = STOPPED_IN_RUN[cheat]
    with pytest.raises(Exception, match=told):
        run(method, pack, tmp_path)
    assert not list(tmp_path.rglob("predictions.parquet"))


@pytest.mark.parametrize("cheat", SHOWN_BY_CHECK)
def test_check_shows_what_only_looks_like_a_method(
    cheat: str, sample: Sample, tmp_path: Path
) -> None:
    method, checks = SHOWN_BY_CHECK[cheat]
    assert checks <= failed(method, sample, tmp_path)


def test_an_honest_method_runs_and_conforms(pack: Pack, sample: Sample, tmp_path: Path) -> None:
    assert len(run(cheats.Honest, pack, tmp_path / "runs")) == 20
    assert not failed(cheats.Honest, sample, tmp_path)


def test_keys_that_a_predictor_writes_to_are_not_those_that_are_kept(
    pack: Pack, tmp_path: Path
) -> None:
    honest = run(cheats.Honest, pack, tmp_path / "honest")
    pd.testing.assert_frame_equal(
        honest, run(cheats.of(cheats.WritesKeys), pack, tmp_path / "written")
    )


@pytest.mark.parametrize(
    ("kind", "context", "words"),
    [
        (cheats.PersonMedian, "person", "frames of the same person"),
        (cheats.NeighbourMedian, "window", "frames of its recording"),
        (cheats.PersonMedian, "all", "all frames that are predicted at once"),
    ],
)
def test_what_is_declared_conforms_and_is_shown(
    kind: type[cheats.Brightness], context: str, words: str, sample: Sample, tmp_path: Path
) -> None:
    method = cheats.of(kind, context)  # type: ignore[arg-type]  # one of the four
    assert not failed(method, sample, tmp_path)
    declared = {f.name: f for f in check_declaration(method, method.summary)}
    assert words in declared["context"].reason


class Chooses(cheats.LearnsFromValidation):
    """Chooses between two shifts by the validation labels, as settings are chosen."""

    def fit(self, train: LabelledFrames, valid: LabelledFrames, run: RunContext) -> Predictor:
        shift = float(np.nanmean(valid.labels) > 2.2)
        return cheats.Shifted(train.aus, sorted(train.keys["subject"].unique()), shift=shift)


class FitsAgain(cheats.LearnsFromValidation):
    """Learns from the validation people, too, and names them."""

    def fit(self, train: LabelledFrames, valid: LabelledFrames, run: RunContext) -> Predictor:
        predictor = super().fit(train, valid, run)
        predictor.train_subjects += tuple(valid.keys["subject"].unique())
        return predictor


def test_to_choose_by_validation_labels_is_no_fault(sample: Sample, tmp_path: Path) -> None:
    findings = {f.name: f for f in check_behaviour(Chooses, sample, tmp_path)}
    assert findings["validation labels"].passed
    assert "they choose, and teach nothing" in findings["validation labels"].reason


def test_who_names_the_validation_people_may_learn_from_them(
    pack: Pack, sample: Sample, tmp_path: Path
) -> None:
    findings = {f.name: f for f in check_behaviour(FitsAgain, sample, tmp_path / "check")}
    assert findings["fit"].passed
    assert findings["validation labels"].passed is None
    assert len(run(FitsAgain, pack, tmp_path / "runs")) == 20


def test_more_than_is_declared_is_caught(sample: Sample, tmp_path: Path) -> None:
    class AllMedian(cheats.Brightness):
        def estimate(self, frames: cheats.Frames) -> cheats.FloatArray:
            values = super().estimate(frames)
            return values - np.median(values, axis=0)

    assert "company" in failed(cheats.of(AllMedian, "person"), sample, tmp_path)


@pytest.mark.parametrize(
    ("cheat", "told"),
    [
        ("ByAttributes", "method 'planted' failed: AttributeError: "),
        ("ByCollector", "labels are out of reach"),
        ("NamesNobody", "names 0 people as learned from"),
    ],
)
def test_the_command_line_refuses_in_one_line(
    cheat: str, told: str, aubench: Aubench, tmp_path: Path
) -> None:
    text = Path(cheats.__file__).read_text()
    text += "\n\nclass ByCollector(Honest):\n    kind = AsksTheCollector\n"
    text += "\n\nclass ByAttributes(Honest):\n    kind = WalksAttributes\n"
    entries = f"[aubench.methods]\nplanted = planted:{cheat}\n"
    install(tmp_path / "site", "planted", entries, {"planted": text})
    path = os.pathsep.join(filter(None, (str(tmp_path / "site"), os.environ.get("PYTHONPATH"))))
    twin = ("--twin-size", 64, "--twin-frames", 6, "--device", "cpu")
    done = aubench("run", "--method", "planted", "--protocol", "disfa3fold", *twin, PYTHONPATH=path)
    assert done.returncode == 2
    assert told in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert not list((tmp_path / "runs").rglob("predictions.parquet"))
