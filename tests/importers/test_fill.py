"""Frames that a tool lost: what they count as, what stands beside, and when it is too many."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from aubench.cli import cli
from aubench.errors import AubenchError
from aubench.evaluation.fill import with_fill
from aubench.evaluation.predictions import prediction_table
from aubench.evaluation.records import Record, find_records
from aubench.registry import find
from aubench_protocols.disfa import COUNTS
from support.small_corpus import disfa_pack

PROTOCOL = find("protocols", "disfa3fold")
FRAMES = 40
TWIN = disfa_pack(dict.fromkeys(COUNTS, FRAMES), synthetic=True)
LABELS = TWIN.labels("intensity")
HEAD = ["frame", "face_id", "timestamp", "confidence", "success"]
GRADED = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45)
CODED = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 28, 45)
HEADER = [*HEAD, *(f"AU{au:02d}_r" for au in GRADED), *(f"AU{au:02d}_c" for au in CODED)]
"""As ``FeatureExtraction -aus`` writes it, but for the spaces behind its commas."""

LOST = dict.fromkeys(HEADER, "0") | {"confidence": "0.02"}
"""A row of a frame in which OpenFace found no face."""

Row = dict[str, str]
Change = Callable[[list[Row]], object]
Call = Callable[..., str]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """The command line in this process, on the twin; mistakes are raised."""
    monkeypatch.chdir(tmp_path)
    use(monkeypatch, TWIN)

    def invoke(*arguments: object) -> str:
        done = CliRunner().invoke(cli, [*map(str, arguments)], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout

    return invoke


def use(monkeypatch: pytest.MonkeyPatch, pack: Any) -> None:
    test_pack = "aubench.cli.results.score.resolve_test_pack"
    monkeypatch.setattr(test_pack, lambda *_, **__: pack)
    monkeypatch.setattr("aubench.cli.results.verify.Pack.open", lambda _: pack)


def values() -> np.ndarray:
    """(N, 12) with two digits, within 0–5, as OpenFace writes them."""
    noise = np.random.default_rng(5).normal(0, 1, LABELS.shape)
    return np.round((LABELS + noise).clip(0, 5), 2)


def openface(folder: Path, changes: Mapping[str, Change]) -> Path:
    """One file per person, its rows changed as ``changes`` says by the person's own id."""
    folder.mkdir()
    predicted = values()
    for place, person in enumerate(COUNTS):
        own = person.partition("/")[2]
        rows = []
        for frame in range(FRAMES):
            named = zip(PROTOCOL.aus, predicted[place * FRAMES + frame], strict=True)
            row = dict.fromkeys(HEADER, "0.5") | {"frame": str(frame + 1), "face_id": "0"}
            row |= {"confidence": "0.98", "success": "1"}
            rows.append(row | {f"AU{au:02d}_r": f"{value:.2f}" for au, value in named})
        changes.get(own, lambda rows: rows)(rows)
        with (folder / f"LeftVideo{own}_comp.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, HEADER, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return folder


def fail(*frames: int) -> Change:
    """OpenFace finds no face in these frames."""

    def change(rows: list[Row]) -> None:
        for frame in frames:
            rows[frame - 1] = LOST | {"frame": str(frame)}

    return change


def row_of(person: str, frame: int) -> int:
    return list(COUNTS).index(f"disfa/{person}") * FRAMES + frame - 1


def icc(labels: np.ndarray, predicted: np.ndarray) -> float:
    """ICC(3,1) of Shrout & Fleiss 1979 for two raters, from mean squares; the mean over AUs."""
    y, p = labels.astype(np.float64), predicted.astype(np.float64)
    between = 2 * ((y + p) / 2).var(axis=0, ddof=1)
    error = (y - p).var(axis=0, ddof=1) / 2
    return float(((between - error) / (between + error)).mean())


def kept(path: Path) -> Record:
    ((_, record),) = find_records(path)
    return record


def sections(text: str) -> dict[str, dict[str, str]]:
    """Section → the row of the one run in it, of a table as CSV."""
    rows = csv.DictReader(io.StringIO(text))
    return {row["section"]: row for row in rows if row["source"].startswith("run ")}


def test_a_lost_frame_counts_as_zero_and_ends_no_career(call: Call, tmp_path: Path) -> None:
    changes = {
        "SN001": fail(7),
        "SN002": lambda rows: rows.pop(19),  # the row is absent
        "SN003": lambda rows: rows[2].update(AU06_r="-nan(ind)"),
    }
    folder = openface(tmp_path / "processed", changes)
    said = call("score", folder, "--protocol", "disfa3fold", "--from", "openface")
    assert "1,077 of 1,080 test frames predicted" in said
    assert "3 of 1,080 frames not predicted: counted as 0; without them: 'predicted' above" in said

    filled, own = values(), values()
    for place in (row_of("SN001", 7), row_of("SN002", 20)):
        filled[place], own[place] = 0, np.nan
    au6, place = PROTOCOL.aus.index(6), row_of("SN003", 3)
    filled[place, au6], own[place, au6] = 0, np.nan
    wanted = icc(LABELS, filled)
    there = [~np.isnan(one) for one in own.T]
    apart = float(
        np.mean([icc(LABELS[t, [a]][:, None], own[t, [a]][:, None]) for a, t in enumerate(there)])
    )
    assert abs(wanted - apart) > 1e-4

    (row,) = (found := sections(call("table", "--format", "csv"))).values()
    assert list(found) == ["Synthetic runs"]
    assert float(row["Avg."]) == pytest.approx(wanted, abs=1e-6)
    note = "3 of 1,080 frames not predicted: counted as 0; ICC(3,1) of predicted frames only"
    assert f"{note} {apart:.2f}" in row["notes"]
    record = kept(tmp_path / "runs")
    assert record.scores["raw"]["icc"].mean == pytest.approx(wanted, abs=1e-6)
    assert record.scores["predicted"]["icc"].mean == pytest.approx(apart, abs=1e-6)
    run = tmp_path / "runs" / "disfa3fold" / "openface" / record.run_id
    assert "everything agrees" in call("verify", run)
    assert "everything agrees" in call("verify", run, "--pack", "twin.pack")


def test_of_real_people_it_is_official(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = disfa_pack()
    use(monkeypatch, pack)
    predicted = pack.labels("intensity") / 2 + 1
    table = prediction_table(pack.index, predicted, PROTOCOL.aus)
    table.drop(index=range(100, 112)).to_parquet("mine.parquet")
    scoring = ("score", "mine.parquet", "--protocol", "disfa3fold")
    with pytest.raises(AubenchError, match="12 frames without a prediction"):
        call(*scoring)
    call(*scoring, "--fill", "1")
    row = sections(call("table", "--format", "csv"))["Published rows and official runs"]
    assert "12 of 130,814 frames not predicted: counted as 1; ICC(3,1) of pred" in row["notes"]


@pytest.mark.parametrize(("lost", "filled"), [(4, 4), (5, 0)])
def test_more_than_a_tenth_of_a_person_is_partial(
    call: Call, tmp_path: Path, lost: int, filled: int
) -> None:
    folder = openface(tmp_path / "processed", {"SN006": fail(*range(10, 10 + lost))})
    call("score", folder, "--protocol", "disfa3fold", "--from", "openface")
    assert kept(tmp_path / "runs").coverage.filled == filled
    title = "Synthetic runs" if filled else "Synthetic and partial runs"
    (row,) = (found := sections(call("table", "--format", "csv"))).values()
    assert list(found) == [title]
    assert ("counted as 0" in row["notes"]) == bool(filled)


def test_a_lost_recording_is_partial(call: Call, tmp_path: Path) -> None:
    folder = openface(tmp_path / "processed", {"SN001": fail(7)})
    (folder / "LeftVideoSN004_comp.csv").unlink()
    call("score", folder, "--protocol", "disfa3fold", "--from", "openface")
    assert list(sections(call("table", "--format", "csv"))) == ["Synthetic and partial runs"]
    record = kept(tmp_path / "runs")
    assert (record.coverage.predicted, record.coverage.filled) == (1040, 1)
    assert "40 of 1,080 test frames not predicted" in record.problems
    run = tmp_path / "runs" / "disfa3fold" / "openface" / record.run_id
    assert "everything agrees" in call("verify", run, "--pack", "twin.pack")


def test_a_short_recording_that_nobody_tried_is_not_filled() -> None:
    """Two of 40 frames are below a tenth, but they are all that there is of a session."""
    expected = pd.DataFrame({"subject": "bp4d/F001", "session": ["T1"] * 38 + ["T2"] * 2})
    expected = expected.assign(view=0, frame=range(40))
    predicted = np.ones((40, 2), np.float32)
    predicted[[5, 38, 39]] = np.nan
    found = with_fill(predicted, expected, 0)
    assert found[5].tolist() == [0, 0]
    assert np.isnan(found[38:]).all()


def test_without_a_fill_it_is_partial_as_ever(call: Call, tmp_path: Path) -> None:
    folder = openface(tmp_path / "processed", {"SN001": fail(7)})
    scoring = ("score", folder, "--protocol", "disfa3fold", "--from", "openface")
    call(*scoring, "--results", "filled")
    said = call(*scoring, "--fill", "none", "--results", "bare")
    assert "1,079 of 1,080 test frames predicted" in said
    filled, bare = kept(tmp_path / "filled"), kept(tmp_path / "bare")
    assert bare.coverage.predicted == 1079
    assert "1 of 1,080 test frames not predicted" in bare.problems
    assert set(bare.scores) == {"raw", "clamped", "rounded"}
    assert bare.scores["raw"] == filled.scores["predicted"]
    assert filled.run_id != bare.run_id
    table = call("table", "--results", "bare", "--format", "csv")
    assert list(sections(table)) == ["Synthetic and partial runs"]


def test_a_fill_of_the_users_own(call: Call, tmp_path: Path) -> None:
    folder = openface(tmp_path / "processed", {"SN001": fail(7)})
    scoring = ("score", folder, "--protocol", "disfa3fold", "--from", "openface")
    call(*scoring, "--fill", "1.3")
    filled = values()
    filled[row_of("SN001", 7)] = 1.3
    record = kept(tmp_path / "runs")
    error = ((filled - LABELS) ** 2).mean(axis=0)
    assert record.scores["raw"]["mse"].values == pytest.approx(error, rel=1e-5)
    rounded = ((np.rint(filled) - LABELS) ** 2).mean(axis=0)
    assert record.scores["rounded"]["mse"].values == pytest.approx(rounded, rel=1e-5)
    run = tmp_path / "runs" / "disfa3fold" / "openface" / record.run_id
    assert "everything agrees" in call("verify", run)
    assert "counted as 1.3" in call("table")


@pytest.mark.parametrize("fill", ["-1", "5.1", "nan", "inf", "much", ""])
def test_a_fill_off_the_scale(call: Call, fill: str) -> None:
    (Path.cwd() / "p.csv").touch()
    with pytest.raises(AubenchError, match=f"--fill {fill}; give a number from 0 to 5, or none"):
        call("score", "p.csv", "--protocol", "disfa3fold", "--fill", fill)
    if fill == "5.1":
        with pytest.raises(AubenchError, match="give a number from 0 to 1, or none"):
            call("score", "p.csv", "--protocol", "fera2017-occ", "--fill", fill)
