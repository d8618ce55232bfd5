"""Calibrated predictions: the lines by their definition, kept, verified, and never ranked."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from aubench.cli import cli
from aubench.corpora.disfa import facts
from aubench.errors import AubenchError
from aubench.evaluation.calibration import Calibration, calibrate
from aubench.evaluation.checks import verify as module
from aubench.evaluation.checks.plausible import implausible
from aubench.evaluation.checks.verify import verify
from aubench.evaluation.predictions import Provenance, write_predictions
from aubench.evaluation.records import (
    Environment,
    FoldInfo,
    MethodInfo,
    read_record,
)
from aubench.evaluation.run_id import run_id
from aubench.evaluation.scoring import corpus_info, make_record, score
from aubench.frames import KEY
from aubench.registry import find
from support import make_records
from support import small_corpus as small
from support.command import Aubench
from support.trees.disfa_tree import write_disfa

PROTOCOL = replace(small.PROTOCOL, variants=("clamped", "rounded", "calibrated"))
RNG = np.random.default_rng(4)
LEVELS = RNG.integers(0, 6, 200).astype(np.float32)
NOISE = RNG.normal(0, 1, 200).astype(np.float32)


def line(labels: np.ndarray, values: np.ndarray) -> tuple[float, float]:
    """The offset and the slope that are kept for one AU."""
    kept = calibrate(labels[:, None], values[:, None])
    return kept.offset[0], kept.slope[0]


def test_spreads_are_matched_where_labels_and_predictions_agree() -> None:
    values = (0.8 * LEVELS + 0.3 * NOISE + 1).astype(np.float32)
    assert np.corrcoef(LEVELS, values)[0, 1] > 0.9
    slope = LEVELS.std(dtype=float) / values.std(dtype=float)
    assert 0.5 < slope < 2
    offset = LEVELS.mean(dtype=float) - slope * values.mean(dtype=float)
    assert line(LEVELS, values) == pytest.approx((offset, slope))


@pytest.mark.parametrize(("scale", "slope"), [(0.1, 2.0), (9.0, 0.5)])
def test_slopes_end_at_a_half_and_two_and_the_offset_follows(scale: float, slope: float) -> None:
    values = (scale * (LEVELS + 0.2 * NOISE)).astype(np.float32)
    offset = LEVELS.mean(dtype=float) - slope * values.mean(dtype=float)
    assert line(LEVELS, values) == pytest.approx((offset, slope))


@pytest.mark.parametrize(
    "values",
    [
        (0.2 * LEVELS + NOISE + 1).astype(np.float32),
        -LEVELS,
        np.full(200, 0.7, np.float32),
    ],
    ids=["hardly", "reversed", "constant"],
)
def test_where_they_hardly_agree_only_the_mean_is_moved(values: np.ndarray) -> None:
    assert values.std() < 1e-6 or np.corrcoef(LEVELS, values)[0, 1] < 0.5
    offset = LEVELS.mean(dtype=float) - values.mean(dtype=float)
    assert line(LEVELS, values) == pytest.approx((offset, 1))


def test_an_au_that_is_hardly_ever_active_is_left_alone() -> None:
    labels, active = np.zeros((3, 200), np.float32), np.nonzero(LEVELS)[0]
    for row, count in enumerate((29, 30, 40)):
        labels[row, active[:count]] = LEVELS[active[:count]]
    values = (1.3 * labels + 0.5).astype(np.float32)
    values[2, active[:11]] = np.nan  # these are no frames to fit on: 29 are left
    assert line(labels[0], values[0]) == (0, 1)
    assert line(labels[1], values[1]) == pytest.approx((-0.5 / 1.3, 1 / 1.3))
    assert line(labels[2], values[2]) == (0, 1)


def test_frames_that_lack_a_label_do_not_count() -> None:
    values = (0.8 * LEVELS + 0.3 * NOISE).astype(np.float32)
    labels = LEVELS.copy()
    labels[::3] = np.nan
    rest = ~np.isnan(labels)
    assert line(labels, values) == pytest.approx(line(labels[rest], values[rest]))


def of_fold(seed: int) -> Calibration:
    """Lines of made-up validation frames, one AU each of: a slope, an offset, too few frames."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 6, (90, 3)).astype(np.float32)
    labels[20:, 2] = 0
    values = 0.7 * labels + rng.normal(0, (0.3, 5, 0.3), labels.shape) + 0.5
    return calibrate(labels, values.astype(np.float32))


def run_folder(folder: Path) -> Path:
    """The folder of a run under `PROTOCOL` on the small corpus, as a run leaves it."""
    pack, table = small.pack(), small.table()
    lines = {"a": of_fold(0), "b": of_fold(1)}
    scored = score(table, pack.index, pack.labels(), small.AUS, PROTOCOL, calibrations=lines)
    method, packs = MethodInfo(name="it", origin="here"), (corpus_info(pack.manifest),)
    record = make_record(
        scored,
        PROTOCOL,
        pack.manifest,
        run_id=run_id(method, PROTOCOL.hash, packs, 0, "32-true"),
        method=method,
        packs=packs,
        status="official",
        seed=0,
        environment=Environment(aubench="0.1.0", python="3.11"),
        folds=tuple(
            FoldInfo(
                name=name,
                train_frames=1,
                valid_frames=90,
                test_frames=60,
                calibration=lines[name],
            )
            for name in lines
        ),
    )
    record.write(folder / "record.json")
    where = Provenance(record.run_id, PROTOCOL.name, PROTOCOL.hash, "0123456789abcdef", False)
    write_predictions(folder / "predictions.parquet", table, where)
    return folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(module, "find", lambda *_: PROTOCOL)
    return run_folder(tmp_path)


def test_scores_are_those_of_predictions_taken_along_the_lines(folder: Path) -> None:
    table = small.table()
    for name, fold in (("a", of_fold(0)), ("b", of_fold(1))):
        assert fold.slope[0] not in (0.5, 1, 2)
        assert fold.slope[1] == 1
        assert (fold.offset[2], fold.slope[2]) == (0, 1)
        for place, au in enumerate(("AU01", "AU06", "AU12")):
            rows = table["fold"] == name
            values = table.loc[rows, au].astype(float)
            table[au] = table[au].astype(float)
            table.loc[rows, au] = fold.offset[place] + fold.slope[place] * values
    order = pd.merge(small.index()[list(KEY)], table, on=list(KEY))
    errors = order[["AU01", "AU06", "AU12"]].to_numpy() - small.labels()
    scores = read_record(folder / "record.json").scores
    assert scores["calibrated"]["mse"].values == pytest.approx((errors**2).mean(axis=0))
    assert scores["calibrated"]["mae"].values == pytest.approx(np.abs(errors).mean(axis=0))
    assert scores["calibrated"]["mse"].values[2] == pytest.approx(scores["raw"]["mse"].values[2])


def test_an_honest_record_agrees(folder: Path) -> None:
    assert verify(folder) == []
    assert verify(folder, small.pack()) == []


def test_a_record_without_calibration_agrees_as_before(folder: Path) -> None:
    edit(folder, without)
    assert verify(folder) == []
    assert verify(folder, small.pack()) == []


def edit(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    path = folder / "record.json"
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))


def without(data: dict[str, Any]) -> None:
    for fold in data["folds"]:
        del fold["calibration"]
    del data["moments"]["calibrated"], data["scores"]["calibrated"]


def slope(data: dict[str, Any]) -> None:
    data["folds"][1]["calibration"]["slope"][0] += 0.01


def offset(data: dict[str, Any]) -> None:
    data["folds"][0]["calibration"]["offset"][1] -= 0.01


def active(data: dict[str, Any]) -> None:
    data["folds"][0]["calibration"]["active"][0] = 91


def frames(data: dict[str, Any]) -> None:
    data["folds"][0]["valid_frames"] = 91


def validation(data: dict[str, Any]) -> None:
    data["folds"][0]["calibration"]["values"][0][3] += 4  # Σp


def moment(data: dict[str, Any]) -> None:
    data["moments"]["calibrated"]["values"][2][1][3] += 1e-3  # Σp


def fold_gone(data: dict[str, Any]) -> None:
    data["folds"][1]["calibration"] = None


def au_gone(data: dict[str, Any]) -> None:
    for part in ("values", "active", "offset", "slope"):
        data["folds"][1]["calibration"][part].pop()


@pytest.mark.parametrize(
    ("forge", "said"),
    [
        (slope, "calibration of fold b: offset or slope is not that of the validation moments"),
        (offset, "calibration of fold a: offset or slope is not that of the validation moments"),
        (active, "calibration of fold a: as many active frames do not give Σy and Σy²: AU01"),
        (frames, "calibration of fold a: the moments are not of 91 frames: AU01"),
        (validation, "calibration of fold a: offset or slope"),
        (moment, "calibrated moments: Σp is not that of the raw predictions and the lines: fold b"),
        (fold_gone, "calibrated moments of fold a, which has no calibration"),
        (au_gone, "a calibration of other AUs than the record's"),
    ],
)
def test_a_forged_calibration_is_found_without_a_label_or_prediction(
    folder: Path, forge: Callable[[dict[str, Any]], None], said: str
) -> None:
    edit(folder, forge)
    found = implausible(read_record(folder / "record.json"), PROTOCOL)
    assert any(line.startswith(said) for line in found), found
    assert any(line.startswith(said) for line in verify(folder))


def test_the_mean_error_of_calibrated_predictions_is_checked_with_labels(folder: Path) -> None:
    def smaller(data: dict[str, Any]) -> None:
        data["moments"]["calibrated"]["values"][0][0][7] -= 0.5  # Σ|y−p|

    edit(folder, smaller)
    found = verify(folder, small.pack())
    assert any(line.startswith("calibrated moments with labels, abs: 1 cell") for line in found)


def test_lines_of_another_form_are_no_record(folder: Path) -> None:
    edit(folder, lambda data: data["folds"][0]["calibration"]["slope"].pop())
    with pytest.raises(AubenchError, match="lines that do not fit the moments"):
        read_record(folder / "record.json")
    edit(folder, lambda data: data["folds"][0]["calibration"].update(columns=["n"]))
    with pytest.raises(AubenchError, match="validation moments of other names"):
        read_record(folder / "record.json")


def test_a_table_of_calibrated_predictions_has_no_published_rows(tmp_path: Path) -> None:
    protocol = find("protocols", "disfa3fold")
    record = make_records.make_record(tmp_path, protocol, "mine")
    make_records.make_record(tmp_path, protocol, "older")
    fold = of_fold(0)
    twelve = {
        part: tuple(getattr(fold, part)[2:] * 12)
        for part in ("values", "active", "offset", "slope")
    }
    lines = fold.model_copy(update=twelve)  # 0 + 1·p, so the moments stay
    sums = record.moments["raw"]
    totals = {name: 0 for name, _, _ in sums.groups}
    for (name, _, _), cells in zip(sums.groups, sums.values, strict=True):
        totals[name] += int(cells[0][0] + cells[0][1])
    folds = tuple(
        FoldInfo(name=name, train_frames=1, valid_frames=90, test_frames=count, calibration=lines)
        for name, count in totals.items()
    )
    both = {
        part: {"raw": getattr(record, part)["raw"], "calibrated": getattr(record, part)["raw"]}
        for part in ("moments", "scores")
    }
    (path,) = tmp_path.rglob("mine-official/record.json")
    record.model_copy(update={"folds": folds, **both}).write(path)

    def table(*options: str) -> str:
        done = CliRunner().invoke(
            cli, ["table", "--results", str(tmp_path), *options], catch_exceptions=False
        )
        assert done.exit_code == 0, done.output
        return done.output

    shown = table("--variant", "calibrated")
    assert "ICC(3,1) of calibrated predictions" in shown
    assert "\nOfficial runs\n" in shown
    assert "mine" in shown
    assert "older" not in shown
    assert "ntinou2020" not in shown
    assert "Never ranked with raw predictions" in " ".join(shown.split())
    raw = table()
    assert "ntinou2020" in raw
    assert "mine" in raw
    assert "older" in raw
    refused = CliRunner().invoke(
        cli, ["table", "--paper", "ntinou2020:2", "--variant", "calibrated"]
    )
    assert "never shown beside published numbers" in str(refused.exception)


def test_a_run_keeps_the_lines_of_its_validation_people(aubench: Aubench, tmp_path: Path) -> None:
    """A constant does not correlate with anything, so that only the mean is moved."""
    write_disfa(tmp_path / "tree", facts.SUBJECTS, frames=8)
    done = aubench("prepare", "disfa", "tree", "pack", "--size", 32)
    assert done.returncode == 0, done.stderr
    done = aubench("run", "--method", "mean", "--protocol", "disfa3fold", "--pack", "pack")
    assert done.returncode == 0, done.stderr
    (path,) = tmp_path.rglob("record.json")
    record = json.loads(path.read_text())
    for fold in record["folds"]:
        kept = fold["calibration"]
        for cells, a, b in zip(kept["values"], kept["offset"], kept["slope"], strict=True):
            n, missing, y, p = cells[:4]
            assert n + missing == fold["valid_frames"]
            assert b == 1
            assert a == pytest.approx((y - p) / n)
    assert all(count >= 30 for fold in record["folds"] for count in fold["calibration"]["active"])
    done = aubench("verify", path.parent)
    assert done.returncode == 0, done.stdout
    record["folds"][0]["calibration"]["offset"][5] += 0.25
    path.write_text(json.dumps(record))
    done = aubench("verify", path.parent)
    assert done.returncode == 1
    assert "calibration of fold 0: offset or slope is not" in done.stdout
