"""``aubench study``: noise, maps, time and sensitivity, on runs of small synthetic faces."""

from __future__ import annotations

import csv
import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from aubench.cli import cli
from aubench.corpora.disfa.reader import Disfa
from aubench.crops.recipes import RECIPES
from aubench.errors import AubenchError
from aubench.evaluation.records import Score
from aubench.experiment import run as harness
from aubench.experiment.plan import make_plan
from aubench.figures.files import FigureFiles
from aubench.figures.study.curves import Chart, Curve, write
from aubench.figures.study.noise import noise_scores
from aubench.figures.study.picture_source import FromCorpus, FromPack
from aubench.figures.study.recrop import UncroppedFaces, misplaced, noise_of, recropped
from aubench.figures.study.tested_run import open_tested_run
from aubench.figures.style import SYNTHETIC
from aubench.frames import Frames, LabelledFrames
from aubench.method import Fitted, Predictor, RunContext
from aubench.monitor import Silence
from aubench.pack.pack import Pack
from aubench.pack.prepare import prepare
from aubench.registry import find
from aubench.training.checkpoint import Identity
from aubench.training.predictor import TorchPredictor, make_fabric, set_up
from aubench_methods.scratch import Scratch
from support.disfa_tree import points, write_disfa
from support.drawn import face_points

TWIN = ("--twin-size", 64, "--twin-frames", 6, "--device", "cpu", "--protocol", "disfa3fold")
Call = Callable[..., str]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("study")


@pytest.fixture(scope="module")
def call(base: Path, cache: Path) -> Call:
    """The command line in this process; mistakes are raised."""

    def invoke(*arguments: object) -> str:
        environment = {"AUBENCH_CACHE": str(cache), "AUBENCH_CONFIG": str(base / "none.toml")}
        torch.set_num_threads(1)
        done = CliRunner().invoke(cli, [*map(str, arguments)], env=environment)
        if done.exception:
            raise done.exception
        return done.stdout

    return invoke


class Untrained(Scratch):
    """``scratch`` with a random network: what a study shows does not depend on learning."""

    def fit(self, train: LabelledFrames, valid: LabelledFrames, run: RunContext) -> Predictor:
        torch.manual_seed(run.seed)
        people = tuple(train.keys["subject"].unique())
        fabric = make_fabric(run)
        network = set_up(self.deploy(self.build(run.aus, train.size)), fabric)
        identity = Identity(
            "scratch", {}, run.aus, train.size, run.seed, run.precision, people, len(train)
        )
        return TorchPredictor(self, network, fabric, identity, Fitted())


@pytest.fixture(scope="module")
def run(call: Call, base: Path, pack: Path) -> Path:
    """A run of ``scratch``, which has maps."""
    plan = make_plan(
        "scratch", Untrained(), find("protocols", "disfa3fold"), {"disfa": Pack.open(pack)},
        seed=0, precision="32-true", results=base / "runs",
    )  # fmt: skip
    harness.run(plan, "cpu", lambda _: Silence())
    return plan.folder


@pytest.fixture(scope="module")
def svr(call: Call, base: Path) -> Path:
    """A run of ``geometric-svr``, which sees nothing but landmarks."""
    svr = ("run", "--method", "geometric-svr", "--set", "c=10")
    call(*svr, *TWIN, "--results", base / "runs")
    return trained_folder(base / "runs", "10")


@pytest.fixture(scope="module")
def pack(svr: Path, cache: Path) -> Path:
    """What it was tested on."""
    (found,) = (cache / "twins").glob("disfa-64px-6f-*/pack")
    return found


def rows(stem: Path) -> list[dict[str, str]]:
    """The CSV of a study whose figure is there, too."""
    with Image.open(stem.with_suffix(".png")) as picture:
        assert picture.width > 500
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    red, green, blue = np.moveaxis(pixels[:120], -1, 0)
    assert ((red > 150) & (green < 60) & (blue < 80)).sum() > 100  # SYNTHETIC, in red
    assert stem.with_suffix(".pdf").read_bytes().startswith(b"%PDF")
    with stem.with_suffix(".csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def scores_of(found: list[dict[str, str]], place: str, value: float) -> dict[str, dict[str, Any]]:
    """Metric → AU or ``mean`` → (score, low, high) as floats, at one place of the axis."""
    out: dict[str, dict[str, Any]] = {}
    for row in found:
        if float(row[place]) == value:
            numbers = [float(row[k]) if row[k] else None for k in ("score", "low", "high")]
            out.setdefault(row["metric"], {})[row["au"]] = numbers
    return out


def kept_scores(run: Path) -> dict[str, dict[str, Any]]:
    """The same from a run's record."""
    record = json.loads((run / "record.json").read_text())
    out: dict[str, dict[str, Any]] = {}
    for metric, score in record["scores"]["raw"].items():
        names = [*(f"AU{au:02d}" for au in record["aus"]), "mean"]
        spans = [*score["intervals"], score["mean_interval"]]
        values = [*score["values"], score["mean"]]
        out[metric] = {
            name: [value, *(span or (None, None))]
            for name, value, span in zip(names, values, spans, strict=True)
        }
    return out


# Noise


def test_without_noise_it_is_the_runs_own_score_to_the_last_digit(
    call: Call, run: Path, svr: Path, pack: Path, base: Path
) -> None:
    call(
        "study", "noise", run, svr, "--pack", pack, "--levels", "40,0", "--out", base / "n.png",
        "--device", "cpu",
    )  # fmt: skip
    found = rows(base / "n")
    for folder in (run, svr):
        record = json.loads((folder / "record.json").read_text())
        name = f"{record['method']['name']} {record['run_id'][:6]}"
        own = [row for row in found if row["run"] == name]
        assert {float(row["noise_px"]) for row in own} == {0, 40}
        assert scores_of(own, "noise_px", 0) == kept_scores(folder)
        noisy = scores_of(own, "noise_px", 40)
        assert noisy["mse"] != kept_scores(folder)["mse"]
        if folder == svr:  # shapes of the face are gone
            assert noisy["icc"]["mean"][0] < 0.5 * kept_scores(folder)["icc"]["mean"][0]


@pytest.mark.parametrize("recipe", ["tight", "affine3"])
def test_a_crop_by_its_own_landmarks_is_the_crop(pack: Path, recipe: str) -> None:
    """Both recipes are idempotent, so the smallest noise changes next to nothing."""
    found = Pack.open(pack)
    size = 64
    whole = next(FromPack(found).faces(np.arange(0, 100, 10)))
    once = recropped(whole, 0, 0, RECIPES[recipe], size)
    again = UncroppedFaces(once.keys, list(once.images()), once.landmarks, whole.tracked)
    twice = recropped(again, 1e-6, 0, RECIPES[recipe], size)
    np.testing.assert_allclose(twice.landmarks, once.landmarks, atol=1e-3)
    assert np.abs(twice.images().astype(int) - once.images()).max() <= 1


def test_landmarks_that_are_all_wrong_alike_shift_the_crop(pack: Path) -> None:
    """16 pixels of a crop of 256 are 4 of one of 64."""
    recipe = RECIPES["tight"]
    placed = recipe.matrix(face_points(64).astype(np.float32), 64)
    landmarks = (face_points(64) @ placed[:, :2].T + placed[:, 2]).astype(np.float32)
    noise = np.tile(np.array([16, 0], np.float32), (68, 1))
    believed = misplaced(landmarks, noise, recipe)
    np.testing.assert_allclose(believed, landmarks + np.array([4, 0]), atol=1e-4)
    matrix = recipe.matrix(believed, 64)
    np.testing.assert_allclose(matrix, [[1, 0, -4], [0, 1, 0]], atol=1e-4)


def test_noise_is_as_large_as_it_says_at_every_size_of_the_face() -> None:
    recipe = RECIPES["tight"]
    for scale in (1, 3):
        landmarks = (face_points(100) * scale + 20).astype(np.float32)
        pixel = 1 / recipe.matrix(landmarks, 256)[0, 0]
        draws = [
            misplaced(landmarks, 13 * noise_of(("d/a", "left", 0, n), 0), recipe) - landmarks
            for n in range(40)
        ]
        assert np.std(draws) / pixel == pytest.approx(13, rel=0.03)  # 5,440 numbers
        assert np.mean(draws) / pixel == pytest.approx(0, abs=4 * 13 / math.sqrt(5440))


def test_noise_belongs_to_the_frame_and_the_seed(pack: Path) -> None:
    found = Pack.open(pack)
    recipe = RECIPES["tight"]
    whole = next(FromPack(found).faces(np.arange(20)))
    few = next(FromPack(found).faces(np.array([7, 3])))
    all_of_them = recropped(whole, 20, 5, recipe, 64)
    two = recropped(few, 20, 5, recipe, 64)
    np.testing.assert_array_equal(two.landmarks, all_of_them.landmarks[[7, 3]])
    np.testing.assert_array_equal(two.images(), all_of_them.images([7, 3]))
    other = recropped(few, 20, 6, recipe, 64)
    assert np.abs(other.landmarks - two.landmarks).max() > 1


def test_the_corpus_and_its_pack_give_the_same_crops_but_for_the_border(tmp_path: Path) -> None:
    corpus = write_disfa(tmp_path / "disfa", ("SN001",), frames=4)
    found = prepare(Disfa(corpus), tmp_path / "pack", size=64)
    rows = np.arange(4)
    recipe = RECIPES["tight"]
    pair = [
        recropped(next(origin.faces(rows)), 12, 0, recipe, 64)
        for origin in (FromPack(found), FromCorpus(corpus, found))
    ]
    assert pair[0].keys.to_dict() == pair[1].keys.to_dict()
    np.testing.assert_allclose(pair[0].landmarks, pair[1].landmarks, atol=0.05)
    inner, outer = (each.images().astype(int) for each in pair)
    # Frames are of one grey each: only where the pack's crop ended is there anything else.
    black = inner.max(axis=-1) < 8
    assert 0.05 < black.mean() < 0.5
    assert (outer.max(axis=-1) < 8).mean() < 0.05
    for one, other, dark in zip(inner, outer, black, strict=True):
        bright = np.pad(~dark, 1).astype(np.uint8)
        inside = cv2.erode(bright, np.ones((5, 5)))[1:-1, 1:-1] > 0  # nothing half black
        assert inside.mean() > 0.4
        assert np.abs(one - other)[inside].max() <= 6


def test_frames_without_landmarks_stay_without(tmp_path: Path) -> None:
    corpus = write_disfa(tmp_path / "disfa", ("SN002",), frames=805)
    for path in (corpus / "Landmark_Points" / "SN002").rglob("*_080[0-2]_lm.mat"):
        path.unlink()  # of frames 801–803, which DISFA's error log lists
    found = prepare(Disfa(corpus), tmp_path / "pack", size=64)
    unknown = np.isnan(found.landmarks).all(axis=(1, 2))
    assert list(np.flatnonzero(unknown) + 1) == [801, 802, 803]
    rows = np.arange(790, 805)
    for origin in (FromPack(found), FromCorpus(corpus, found)):
        faces = list(origin.faces(rows))
        noisy = recropped(faces[0], 10, 0, RECIPES["tight"], 64)
        hidden = np.isnan(noisy.landmarks).all(axis=(1, 2))
        assert list(noisy.keys["frame"][hidden]) == [801, 802, 803]
        assert np.isfinite(faces[0].landmarks).all()


def test_another_corpus_than_the_packs_is_refused(tmp_path: Path) -> None:
    corpus = write_disfa(tmp_path / "disfa", ("SN001",), frames=3)
    found = prepare(Disfa(corpus), tmp_path / "pack", size=64)
    other = write_disfa(tmp_path / "other", ("SN001",), frames=2)
    with pytest.raises(AubenchError, match="no frame 3 of disfa/SN001 left view 0"):
        list(FromCorpus(other, found).faces(np.arange(3)))
    from support.disfa_tree import write_mat

    write_mat(next((corpus / "Landmark_Points" / "SN001").rglob("*_0001_lm.mat")), points(1) * 1.2)
    moved = points(2).copy()
    moved[8, 1] += 6  # a longer chin: another square around the face
    write_mat(next((corpus / "Landmark_Points" / "SN001").rglob("*_0001_lm.mat")), moved)
    with pytest.raises(AubenchError, match="landmarks of frame 2 are not those of the pack"):
        list(FromCorpus(corpus, found).faces(np.arange(3)))


def test_a_predictor_that_learned_from_test_people_is_refused(
    call: Call, run: Path, pack: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "run"
    shutil.copytree(run, copy)
    shutil.copy(copy / "fold-0" / "predictor.safetensors", copy / "fold-1")
    with pytest.raises(AubenchError, match="which fold 1 tests"):
        call("study", "noise", copy, "--pack", pack, "--levels", "0", "--out", tmp_path / "n")


# Maps


def test_maps_show_each_face_by_the_fold_that_tests_it(
    call: Call, run: Path, pack: Path, base: Path
) -> None:
    call(
        "study", "maps", run, "--pack", pack, "--frame", "SN003:2", "--frame", "disfa/SN001:left:5",
        "--aus", "12,1", "--out", base / "m", "--device", "cpu",
    )  # fmt: skip
    found = rows(base / "m")
    order = [(row["subject"], row["frame"], row["au"]) for row in found]
    assert order == [(s, f, a) for s, f in (("disfa/SN003", "2"), ("disfa/SN001", "5"))
                     for a in ("12", "1")]  # fmt: skip
    predictions = pd.read_parquet(run / "predictions.parquet")
    whole = Pack.open(pack)
    for row in found:
        key = (predictions["subject"] == row["subject"]) & (
            predictions["frame"] == int(row["frame"])
        )
        own = predictions[key].iloc[0]
        assert row["fold"] == own["fold"]
        name = f"AU{int(row['au']):02d}"
        assert float(row["prediction"]) == pytest.approx(own[name], abs=2e-4)
        place = (whole.index["subject"] == row["subject"]) & (
            whole.index["frame"] == int(row["frame"])
        )
        label = whole.labels("intensity")[place][0, whole.aus("intensity").index(int(row["au"]))]
        assert float(row["label"]) == label


def test_faces_are_chosen_by_their_labels(call: Call, run: Path, pack: Path, base: Path) -> None:
    call("study", "maps", run, "--pack", pack, "--faces", 3, "--aus", "12", "--out", base / "c")
    found = rows(base / "c")
    whole = Pack.open(pack)
    labels = whole.labels("intensity")[:, whole.aus("intensity").index(12)]
    assert [row["subject"] for row in found] == ["disfa/SN001", "disfa/SN016", "disfa/SN032"]
    for row in found:
        own = whole.index["subject"] == row["subject"]
        assert float(row["label"]) == labels[own].max()


def test_no_label_reaches_a_predictor(
    call: Call, run: Path, svr: Path, *, pack: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other labels, the same predictions; and what a predictor is given has no labels."""
    whole = Pack.open(pack)
    labels, place = whole.labels("intensity"), whole.aus("intensity").index(12)
    row = int(np.flatnonzero(labels[:, place] > 1)[0])
    subject, frame = (whole.index[name].iloc[row] for name in ("subject", "frame"))
    maps = (
        "study", "maps", run, "--pack", pack, "--frame", f"{subject}:{frame}", "--aus", "12",
        "--device", "cpu",
    )  # fmt: skip
    call(*maps, "--out", base / "before")
    given: list[Frames] = []
    predict = Predictor.predict

    def spy(self: Predictor, frames: Frames) -> Any:
        given.append(frames)
        return predict(self, frames)

    monkeypatch.setattr(Predictor, "predict", spy)
    real = Pack.labels
    monkeypatch.setattr(Pack, "labels", lambda self, coding="intensity": 0 * real(self, coding))
    call(*maps, "--out", base / "after")
    noise_scores(
        open_tested_run(svr, pack), FromPack(Pack.open(pack)), [0, 30], seed=0, device="cpu"
    )
    ((first,), (second,)) = rows(base / "before"), rows(base / "after")
    assert first["prediction"] == second["prediction"]
    assert float(first["label"]) == labels[row, place] > 0
    assert float(second["label"]) == 0
    assert len(given) > 6
    assert all(type(frames) is Frames for frames in given)


# Time


def test_time_holds_labels_and_predictions_of_one_recording(
    call: Call, run: Path, pack: Path, base: Path
) -> None:
    call(
        "study",
        "time",
        run,
        "--pack",
        pack,
        "--subject",
        "SN004",
        "--aus",
        "1,26",
        "--out",
        base / "t.pdf",
    )
    found = rows(base / "t")
    assert [row["frame"] for row in found] == ["1", "2", "3", "4", "5", "6"]
    predictions = pd.read_parquet(run / "predictions.parquet")
    own = predictions[predictions["subject"] == "disfa/SN004"].sort_values("frame")
    whole = Pack.open(pack)
    labels = whole.labels("intensity")[(whole.index["subject"] == "disfa/SN004").to_numpy()]
    assert whole.aus("intensity")[0] == 1
    assert whole.aus("intensity")[-1] == 26
    for name, place in (("AU01", 0), ("AU26", -1)):
        said = [float(row[f"{name}_prediction"]) for row in found]
        np.testing.assert_allclose(said, own[name], atol=1e-4)
        assert [float(row[f"{name}_label"]) for row in found] == labels[:, place].tolist()


def test_time_needs_no_checkpoints_and_draws_only_what_is_asked(
    call: Call, run: Path, pack: Path, base: Path, tmp_path: Path
) -> None:
    for name in ("record.json", "predictions.parquet"):
        shutil.copy(run / name, tmp_path)
    call("study", "time", tmp_path, "--pack", pack, "--aus", "25", "--out", base / "few")
    assert list(rows(base / "few")[0]) == ["frame", "AU25_label", "AU25_prediction"]


# Sensitivity


def test_sensitivity_is_made_of_ordinary_runs(
    call: Call, svr: Path, base: Path, pack: Path
) -> None:
    study = ("study", "sensitivity", "c", "--method", "geometric-svr", *TWIN, "--results")
    arguments = (base / "runs", "--values", "0.1,10", "--out", base / "s")
    said = call(*study, *arguments)
    assert "c=0.1" in said
    assert f"c=10.0: {svr} (done before)" in said
    found = rows(base / "s")
    assert scores_of(found, "c", 10) == kept_scores(svr)
    other = trained_folder(base / "runs", "0.1")
    assert scores_of(found, "c", 0.1) == kept_scores(other)
    again = call(*study, *arguments, "--dry-run")
    assert "to do" not in again
    assert again.count("done before") == 2
    assert "done before" in call(
        "run", "--method", "geometric-svr", *TWIN, "--results", base / "runs", "--set", "c=0.1"
    )


def trained_folder(results: Path, c: str) -> Path:
    for path in (results / "disfa3fold" / "geometric-svr").glob("*/record.json"):
        if json.loads(path.read_text())["method"]["settings"]["c"] == float(c):
            return path.parent
    raise AssertionError(c)


def test_values_that_are_words_stand_in_their_order(tmp_path: Path) -> None:
    words = ("row", "none", "symmetric")
    scores = {
        float(n): {"icc": Score(values=(v,), mean=v, intervals=(None,), mean_interval=None)}
        for n, v in ((0, 0.1), (1, None), (2, 0.3))
    }
    chart = Chart("t", (SYNTHETIC,), "a", "a", "icc", (12,), [Curve("g2rl", scores)], words)
    write(chart, FigureFiles.named(tmp_path / "w"))
    found = [(row["a"], row["au"], row["score"]) for row in rows(tmp_path / "w")]
    assert found[::2] == [
        ("row", "AU12", "0.1"),
        ("none", "AU12", ""),
        ("symmetric", "AU12", "0.3"),
    ]


def test_the_papers_values_are_those_of_fan_and_lin(call: Call, tmp_path: Path) -> None:
    study = ("study", "sensitivity", "--method", "g2rl", *TWIN, "--results", tmp_path, "--dry-run")
    said = call(*study, "sigma")
    sigmas = [float(line.split("=")[1].split(":")[0]) for line in said.splitlines()]
    assert [round(sigma**2, 9) for sigma in sigmas] == [0.2, 0.5, 1, 2, 5]
    said = call(*study, "lam", "--set", "sigma=1")
    lams = [float(line.split("=")[1].split(":")[0]) for line in said.splitlines()]
    assert lams == [0.005, 0.01, 0.05, 0.1, 0.5]
    assert not list(tmp_path.iterdir())


# Mistakes


@pytest.mark.parametrize(
    ("command", "arguments", "wanted"),
    [
        ("noise", ["--levels", "5,x"], "--levels 5,x; write pixels with commas"),
        ("noise", ["--levels", "-5"], "--levels -5; write pixels"),
        ("noise", ["--metric", "f1"], "no metric 'f1' here; choose icc"),
        ("noise", ["--source", "nowhere"], "nowhere: no such folder"),
        ("maps", ["--aus", "1,7"], "disfa3fold has no AU7; choose among AUs 1, 2"),
        ("maps", ["--aus", "x"], "--aus x; write numbers with commas"),
        ("maps", ["--frame", "SN001"], "--frame SN001; write SUBJECT:FRAME"),
        ("maps", ["--frame", "SN001:99"], "no test frame SN001:99; choose"),
        ("maps", ["--frame", "SN001:right:1"], "no test frame SN001:right:1; choose"),
        ("time", ["--subject", "SN099"], "no subject disfa/SN099 among the test frames"),
        ("time", ["--session", "right"], "no session right among the test frames of disfa3fold"),
        ("time", ["--view", "3"], "no view 3 among"),
        ("time", ["--out", "."], ".: is a folder; name a file in it"),
    ],
)
def test_mistakes_are_one_line(
    call: Call, run: Path, pack: Path, *, command: str, arguments: list[str], wanted: str
) -> None:
    with pytest.raises(AubenchError) as error:
        call("study", command, run, "--pack", pack, *arguments)
    assert wanted in str(error.value)
    assert "\n" not in str(error.value)


def test_another_pack_than_the_runs_is_refused(
    call: Call, run: Path, svr: Path, tmp_path: Path
) -> None:
    corpus = write_disfa(tmp_path / "disfa", ("SN001",), frames=2)
    prepare(Disfa(corpus), tmp_path / "pack", size=64)
    with pytest.raises(AubenchError, match=r"but the run was tested on \w{16} \(disfa, 64 pixels"):
        call("study", "time", run, "--pack", tmp_path / "pack", "--out", tmp_path / "x")


def test_what_a_run_lacks_is_said(
    call: Call, run: Path, svr: Path, pack: Path, tmp_path: Path
) -> None:
    out = ("--pack", pack, "--out", tmp_path / "x")
    with pytest.raises(AubenchError, match="geometric-svr has no heat maps"):
        call("study", "maps", svr, *out)
    with pytest.raises(AubenchError, match="no finished run"):
        call("study", "time", tmp_path, *out)
    shutil.copy(run / "record.json", tmp_path)
    with pytest.raises(AubenchError, match="no predictor of fold 0"):
        call("study", "noise", tmp_path, *out)
    with pytest.raises(AubenchError, match="no predictions beside the record"):
        call("study", "time", tmp_path, *out)


def test_sensitivity_says_what_it_lacks(call: Call, tmp_path: Path) -> None:
    study = ("study", "sensitivity", "--method", "geometric-svr", *TWIN, "--results", tmp_path)
    with pytest.raises(AubenchError, match="which values of c"):
        call(*study, "c")
    with pytest.raises(AubenchError, match="no setting 'sigma'"):
        call(*study, "sigma", "--values", "1")
    with pytest.raises(AubenchError, match="--set c=3, which is what the study changes"):
        call(*study, "c", "--values", "1", "--set", "c=3")
    assert not list(tmp_path.iterdir())
