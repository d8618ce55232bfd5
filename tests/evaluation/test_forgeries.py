"""Records that lie: what a table finds without a label, what only predictions or labels show."""

from __future__ import annotations

import csv
import json
import math
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from aubench.cli import cli
from aubench.evaluation.checks.label_fingerprint import PUBLISHED, label_fingerprint, labels_of
from aubench.evaluation.checks.plausible import implausible
from aubench.evaluation.checks.verify import verify
from aubench.evaluation.predictions import prediction_table
from aubench.evaluation.records import Record, read_record
from aubench.evaluation.run_id import run_id_of
from aubench.evaluation.scoring import compute_scores
from aubench.importers.evaluate import Submission, evaluate
from aubench.importers.tools import TOOLS
from aubench.metrics.groups import MomentTable, from_table
from aubench.metrics.moments import INTENSITY
from aubench.registry import find
from aubench_protocols.disfa import COUNTS
from support.small_corpus import disfa_pack as pack

Forge = Callable[[dict[str, Any]], object]

PROTOCOL = find("protocols", "disfa3fold")
PLACE = {name: place for place, name in enumerate(INTENSITY)}
HONEST = ("one", "other", "third")


def score(base: Path, name: str, on: Any, *, drop: int = 0, fill: float | None = None) -> Path:
    """The folder of the record of a tool, each with errors of its own."""
    rng = np.random.default_rng(list(name.encode()))
    labels = pack().labels(None)[: len(on.index)]
    values = labels + rng.normal(0, 1, labels.shape)
    file = base / f"{name}.parquet"
    prediction_table(on.index, values, PROTOCOL.aus).iloc[drop:].to_parquet(file)
    tool = replace(TOOLS["parquet"], fill=fill)
    submission = Submission(file, tool, name, allow_partial=True)
    return evaluate(submission, PROTOCOL, on, base / "runs")[1]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three honest records, and four that are not what a forger wants."""
    base = tmp_path_factory.mktemp("forgeries")
    for name in HONEST:
        score(base, name, pack())
    (base / "runs").rename(base / "honest")
    score(base, "shifted", pack(shift=1))
    score(base, "partial", pack(), drop=9)
    score(base, "filled", pack(), drop=9, fill=0)
    few = dict.fromkeys(COUNTS, 40)
    score(base, "synthetic", pack(few, synthetic=True))
    score(base, "small", pack(few))
    return base


def record_of(base: Path, name: str) -> Path:
    (path,) = base.glob(f"*/*/{name}/*/record.json")
    return path


def table(results: Path) -> tuple[list[str], str]:
    """The methods in the section of official rows, and what was said on stderr."""
    arguments = ["table", "--protocol", PROTOCOL.name, "--results", str(results)]
    done = CliRunner().invoke(cli, [*arguments, "--format", "csv"], catch_exceptions=False)
    assert done.exit_code == 0
    rows = csv.DictReader(done.stdout.splitlines())
    return [row["method"] for row in rows if "official" in row["section"]], done.stderr


def plant(base: Path, results: Path, forge: Forge, name: str = "one") -> Path:
    """Copy the honest records and a forged one to ``results``; its folder is ``forged``."""
    shutil.copytree(base / "honest", results)
    source = record_of(base, name)
    if name in HONEST:
        shutil.rmtree(results / PROTOCOL.name / name)
    folder = results / "forged"
    shutil.copytree(source.parent, folder)
    edit(folder / "record.json", forge)
    return folder


def edit(path: Path, forge: Forge) -> None:
    data = json.loads(path.read_text())
    forge(data)
    path.write_text(json.dumps(data).replace("Infinity", "1e999"))


def redo(data: dict[str, Any]) -> None:
    """Scores and intervals that follow from the moments, as a careful forger gives."""
    for variant, kept in data["moments"].items():
        moments = from_table(MomentTable.model_validate_json(json.dumps(kept)))
        scores = compute_scores(moments, "intensity")
        data["scores"][variant] = {k: json.loads(v.model_dump_json()) for k, v in scores.items()}


def add(name: str, amount: float, variants: tuple[str, ...] = ("raw",)) -> Forge:
    """Change one moment of one person and AU, and the scores with it."""

    def forge(data: dict[str, Any]) -> None:
        for variant in variants:
            data["moments"][variant]["values"][3][2][PLACE[name]] += amount
        redo(data)

    return forge


def change_mean(data: dict[str, Any]) -> None:
    data["scores"]["raw"]["icc"]["mean"] += 0.01


def change_au(data: dict[str, Any]) -> None:
    data["scores"]["raw"]["icc"]["values"][4] += 0.12
    change_mean(data)


def change_moment(data: dict[str, Any]) -> None:
    data["moments"]["raw"]["values"][3][2][PLACE["yp"]] += 9


def change_level(data: dict[str, Any]) -> None:
    data["levels"]["values"][2][2][PLACE["p"]] += 1


def move_person(data: dict[str, Any]) -> None:
    for moments in data["moments"].values():
        moments["groups"][0][0] = "2"


def drop_person(data: dict[str, Any]) -> None:
    for moments in data["moments"].values():
        del moments["groups"][5], moments["values"][5]
    data["levels"] = data["corpus"]["recipe_hash"] = None
    frames = sum(int(row[0][0] + row[0][1]) for row in data["moments"]["raw"]["values"])
    data["coverage"]["expected"] = data["coverage"]["predicted"] = frames
    data["folds"] = []
    redo(data)


def call_official(data: dict[str, Any]) -> None:
    data["status"] = "official"


def call_real(data: dict[str, Any]) -> None:
    call_official(data)
    data["corpus"]["synthetic"] = False
    data["problems"] = []


def hide_problems(data: dict[str, Any]) -> None:
    call_official(data)
    data["problems"] = []


def hide_holes(data: dict[str, Any]) -> None:
    hide_problems(data)
    data["coverage"]["predicted"] = data["coverage"]["expected"]
    data["coverage"]["predictions_missing"] = {}


def swap_aus(data: dict[str, Any]) -> None:
    data["aus"][:2] = data["aus"][1::-1]


def hide_fill(data: dict[str, Any]) -> None:
    del data["moments"]["predicted"], data["scores"]["predicted"]
    data["coverage"] |= {"fill": None, "filled": 0}


def better_fill(data: dict[str, Any]) -> None:
    """The nine frames hold 1, in sums that follow; so do their labels' products."""
    for variant in ("raw", "clamped", "rounded"):
        for au in data["moments"][variant]["values"][0]:
            au[PLACE["p"]] += 9
            au[PLACE["pp"]] += 9
    redo(data)


def put(*path: str | int, value: object) -> Forge:
    """Set one field, ``path`` leading to it."""

    def forge(data: Any) -> None:
        for step in path[:-1]:
            data = data[step]
        data[path[-1]] = value

    return forge


def with_id(forge: Forge) -> Forge:
    """Forge, and compute the run id anew, as a careful forger does."""

    def careful(data: dict[str, Any]) -> None:
        forge(data)
        data["run_id"] = run_id_of(Record.model_validate_json(json.dumps(data)))

    return careful


def change_pack(data: dict[str, Any]) -> None:
    for told in (data["corpus"], *data["packs"]):
        told["fingerprint"] = "f" * 16


FORGERIES: dict[str, tuple[str, Forge, str]] = {
    "mean changed": ("one", change_mean, "raw scores: icc mean"),
    "score of an AU changed": ("one", change_au, "raw scores: icc values"),
    "AUs swapped": ("one", swap_aus, "but disfa3fold scores"),
    "moment changed": ("one", change_moment, "the levels do not sum to the moments"),
    "level changed": ("one", change_level, "Σyp is not that of its level"),
    "fractional sum": ("one", add("y", 0.5), "whole numbers"),
    "n changed": ("one", add("n", 1), "n, missing, Σy or Σy² of raw and"),
    "Σy² below Σy": ("one", add("yy", -34_000, ("raw", "clamped", "rounded")), "between Σy"),
    "Σy² odd": ("one", add("yy", 1, ("raw", "clamped", "rounded")), "is odd"),
    "Σyp raised a little": ("one", add("yp", 2000), "the levels do not sum"),
    "Σyp impossible": ("one", add("yp", 1e5), "(Σyp)² is above Σy²·Σp²"),
    "Σ|y−p| lowered": ("one", add("abs", -4000), "clamping to 0–5 makes"),
    "status of a synthetic run": ("synthetic", call_official, "the corpus is synthetic"),
    "synthetic run as real": ("synthetic", call_real, "27 subjects with a wrong number"),
    "status of a partial run": ("partial", call_official, "9 of 130,814 test frames not"),
    "problems of a partial run": ("partial", hide_problems, "predictions are missing"),
    "holes of a partial run": ("partial", hide_holes, "not those of the moments"),
    "part of the people": ("small", hide_problems, "27 subjects with a wrong number"),
    "coverage lowered": ("one", put("coverage", "predicted", value=9), "9 of 130,814 frames"),
    "coverage changed": ("one", put("coverage", "expected", value=9), "9 frames expected"),
    "a person in another fold": ("one", move_person, "fold 2 tests disfa/SN001"),
    "a person left out": ("one", drop_person, "fold 0 does not test"),
    "run id": ("one", put("run_id", value="mine"), "twelve hexadecimal digits"),
    "no levels": ("one", put("levels", value=None), "no moments per level"),
    "an endless sum": (
        "one",
        put("moments", "raw", "values", 3, 2, PLACE["pp"], value=math.inf),
        "not finite",
    ),
    "fill changed": ("filled", put("coverage", "fill", value=1.0), "do not hold the fill"),
    "a better fill": ("filled", better_fill, "do not hold the fill"),
    "fewer filled frames": ("filled", put("coverage", "filled", value=8), "but moments of more"),
    "filled frames forgotten": ("filled", put("coverage", "fill", value=None), "one without the"),
    "run id of the right form": ("one", put("run_id", value="0" * 12), "what it says of itself"),
    "renamed": ("one", put("method", "name", value="mine"), "what it says of itself gives"),
    "version changed": (
        "one",
        put("method", "origin", value="it 2"),
        "what it says of itself gives",
    ),
    "settings changed": ("one", put("method", "settings", value={"flip": 0}), "gives"),
    "seed changed": ("one", put("seed", value=7), "what it says of itself gives"),
    "pack changed": ("one", put("corpus", "fingerprint", value="f" * 16), "not among the packs"),
    "packs left out": ("one", put("packs", value=[]), "no packs, which every record with"),
    "interval narrowed": (
        "one",
        put("scores", "raw", "icc", "mean_interval", value=[0.5, 0.6]),
        "raw scores: icc mean_interval: record 0.5 to 0.6",
    ),
    "interval of an AU widened": (
        "one",
        put("scores", "rounded", "mse", "intervals", 2, value=[0.0, 99.0]),
        "rounded scores: mse intervals: record 0 to 99",
    ),
    "interval left out": (
        "one",
        put("scores", "raw", "icc", "intervals", 2, value=None),
        "raw scores: icc intervals: record nan",
    ),
    "fewer intervals": (
        "one",
        put("scores", "raw", "icc", "intervals", value=[]),
        "intervals of other AUs",
    ),
    "interval of the mean alone": (
        "one",
        put("scores", "raw", "icc", "intervals", value=None),
        "an interval of the mean alone",
    ),
    "labels one frame late": ("shifted", lambda _: None, "are not those of the other records"),
}
"""What was done → to whose record, how, and one of the contradictions that this makes."""


@pytest.mark.parametrize(("name", "forge", "said"), FORGERIES.values(), ids=FORGERIES)
def test_a_table_leaves_a_forgery_out_and_says_why(
    base: Path, tmp_path: Path, name: str, forge: Forge, said: str
) -> None:
    folder = plant(base, tmp_path / "results", forge, name)
    methods, stderr = table(tmp_path / "results")
    (line,) = stderr.splitlines()
    assert line.startswith(f"left out: {folder / 'record.json'}: ")
    every = implausible(read_record(folder / "record.json"), PROTOCOL)
    assert any(said in each for each in (line, *every))
    assert {*HONEST} - {name} <= {*methods}
    assert not {name, "mine"} & {*methods}


def test_a_fill_for_too_many_frames_is_no_fill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aubench.evaluation.fill.MOST_LOST", 0.5)
    folder = score(tmp_path, "mine", pack(), drop=500, fill=0)  # of 4,845
    said = "the fill stands for more than 10% of the frames of disfa/SN001"
    assert implausible(read_record(folder / "record.json"), PROTOCOL) == (said,)


def test_a_hidden_fill_is_seen_beside_the_predictions(base: Path, tmp_path: Path) -> None:
    folder = plant(base, tmp_path / "results", hide_fill, "filled")
    assert any(line.startswith("raw moments, n: ") for line in verify(folder))
    honest = record_of(base, "filled").parent
    assert verify(honest) == verify(honest, pack()) == []
    edit(folder / "record.json", lambda data: data.update(read(honest / "record.json")))
    edit(folder / "record.json", put("coverage", "filled", value=10))
    assert verify(folder) == []
    assert verify(folder, pack()) == ["coverage, filled: record 10, recomputed 9"]


def read(path: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(path.read_text())
    return data


def test_honest_records_stand_and_nothing_is_said(base: Path) -> None:
    methods, stderr = table(base / "honest")
    assert stderr == ""
    assert {*HONEST} <= {*methods}


def test_a_changed_protocol_hash_is_shown_as_outdated(base: Path, tmp_path: Path) -> None:
    forge = with_id(put("protocol_hash", value="0" * 16))
    folder = plant(base, tmp_path / "results", forge)
    methods, stderr = table(tmp_path / "results")
    assert stderr == ""
    assert "one" not in methods
    assert any(line.startswith("protocol hash: record 0000") for line in verify(folder))


COPIES: dict[str, tuple[Forge, str]] = {
    "doubled": (lambda _: None, "the same run as"),
    "another context": (put("method", "context", value="person"), "but of another method"),
    "renamed": (with_id(put("method", "name", value="mine")), "the same predictions as"),
    "seed changed": (with_id(put("seed", value=7)), "the same predictions as"),
    "another file": (with_id(put("method", "origin", value="my.csv")), "the same predictions as"),
}
"""What was done to a copy whose original lies beside it, and what is said of it."""


@pytest.mark.parametrize(("forge", "said"), COPIES.values(), ids=COPIES)
def test_a_copy_counts_once(base: Path, tmp_path: Path, forge: Forge, said: str) -> None:
    plant(base, tmp_path / "results", forge)
    original = tmp_path / "results/disfa3fold/one"
    shutil.copytree(base / "honest/disfa3fold/one", original)
    edit(tmp_path / "results/forged/record.json", put("created", value="2099"))
    methods, stderr = table(tmp_path / "results")
    (line,) = stderr.splitlines()
    assert line.startswith(f"left out: {tmp_path / 'results/forged/record.json'}: ")
    assert said in line
    assert str(original) in line
    assert methods.count("one") == 1
    assert "mine" not in methods


def test_of_two_records_with_other_labels_neither_is_ranked(base: Path, tmp_path: Path) -> None:
    for path in (record_of(base, "one"), record_of(base, "shifted")):
        shutil.copytree(path.parent, tmp_path / path.parent.name)
    methods, stderr = table(tmp_path)
    assert len(stderr.splitlines()) == 2
    assert not {"one", "shifted"} & {*methods}


def test_published_labels_decide(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = read_record(record_of(base, "one"))
    fingerprint = label_fingerprint(labels_of(honest, PROTOCOL))
    other = read_record(record_of(base, "other"))
    assert label_fingerprint(labels_of(other, PROTOCOL)) == fingerprint
    monkeypatch.setitem(PUBLISHED, PROTOCOL.hash, fingerprint)
    for path in (record_of(base, "one"), record_of(base, "shifted")):
        shutil.copytree(path.parent, tmp_path / path.parent.name)
    methods, stderr = table(tmp_path)
    assert "one" in methods
    assert "shifted" not in methods
    assert f"not {fingerprint} as published" in stderr


def raise_consistently(data: dict[str, Any]) -> None:
    """One more in Σp of level 5, one less at level 0: Σyp grows by 5, as if sorted better."""
    for level, amount in ((0, -1), (5, 1)):
        cell = data["levels"]["values"][level][2]
        cell[PLACE["p"]] += amount
        cell[PLACE["yp"]] += level * amount
    add("yp", 5, ("raw", "clamped", "rounded"))(data)


ONLY_PREDICTIONS: dict[str, tuple[Forge, str]] = {
    "renamed, with a run id that follows": (
        with_id(put("method", "name", value="mine")),
        "run id: record ",
    ),
    "another pack, with a run id that follows": (with_id(change_pack), "pack: record ffff"),
}
"""Lies that a record alone can tell, and that its predictions betray."""

ONLY_LABELS: dict[str, tuple[Forge, str]] = {
    "Σyp raised everywhere at once": (raise_consistently, "raw moments with labels, yp"),
}
"""Lies that nothing but the labels betrays."""


@pytest.mark.parametrize(("forge", "said"), ONLY_PREDICTIONS.values(), ids=list(ONLY_PREDICTIONS))
def test_what_only_verify_shows(base: Path, tmp_path: Path, forge: Forge, said: str) -> None:
    folder = plant(base, tmp_path / "results", forge)
    assert table(tmp_path / "results")[1] == ""
    assert any(line.startswith(said) for line in verify(folder))


@pytest.mark.parametrize(("forge", "said"), ONLY_LABELS.values(), ids=list(ONLY_LABELS))
def test_what_only_labels_show(base: Path, tmp_path: Path, forge: Forge, said: str) -> None:
    folder = plant(base, tmp_path / "results", forge)
    assert table(tmp_path / "results")[1] == ""
    assert verify(folder) == []
    assert any(line.startswith(said) for line in verify(folder, pack()))
