"""Verification: agreement where there is, and every planted lie found."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from aubench.cli.results import verify as cli
from aubench.cli.results.verify import command
from aubench.errors import AubenchError
from aubench.evaluation.checks import verify as module
from aubench.evaluation.checks.verify import verify
from aubench.evaluation.predictions import read_predictions, read_provenance, write_predictions
from aubench.importers.evaluate import Submission, evaluate
from aubench.importers.tools import TOOLS
from aubench.protocol import Protocol
from support import small_corpus as small


@pytest.fixture(autouse=True)
def _small_protocols(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {p.name: p for p in (small.PROTOCOL, small.OCCURRENCE)}
    for each in (module, cli):
        monkeypatch.setattr(each, "find", lambda kind, name: known[name])


def kept(tmp_path: Path, protocol: Protocol = small.PROTOCOL, drop: int = 0) -> Path:
    values = small.predicted()
    if protocol.task == "occurrence":
        values = (values / 6).clip(0, 1)
    path = tmp_path / "p.parquet"
    small.table(values).iloc[drop:].to_parquet(path)
    submission = Submission(path, TOOLS["parquet"], "it", allow_partial=True)
    return evaluate(submission, protocol, small.pack(), tmp_path / "runs")[1]


def edit(folder: Path, change: Callable[[dict], None]) -> None:
    path = folder / "record.json"
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))


@pytest.mark.parametrize("protocol", [small.PROTOCOL, small.OCCURRENCE], ids=lambda p: p.name)
@pytest.mark.parametrize("drop", [0, 3, 40])
def test_an_honest_record_agrees(tmp_path: Path, protocol: Protocol, drop: int) -> None:
    folder = kept(tmp_path, protocol, drop)
    assert verify(folder) == []
    assert verify(folder, small.pack()) == []


def test_an_honest_record_with_missing_labels_agrees(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = small.labels()
    labels[:7, 1] = np.nan
    monkeypatch.setattr(small, "labels", lambda: labels)
    folder = kept(tmp_path)
    assert verify(folder) == []
    assert verify(folder, small.pack()) == []


def polish_score(data: dict) -> None:
    data["scores"]["raw"]["icc"]["values"][1] += 0.01


def polish_mean(data: dict) -> None:
    data["scores"]["rounded"]["mae"]["mean"] -= 0.001


def widen_interval(data: dict) -> None:
    data["scores"]["raw"]["icc"]["intervals"][0][0] -= 0.1


def define_mean(data: dict) -> None:
    data["scores"]["raw"]["icc"]["mean"] = None


def polish_moment(data: dict) -> None:
    place = data["moments"]["raw"]["columns"].index("p")
    data["moments"]["raw"]["values"][2][0][place] += 1


def test_without_every_prediction_there_is_no_label_fingerprint(tmp_path: Path) -> None:
    done = CliRunner().invoke(command, [str(kept(tmp_path, drop=3))])
    assert "no label fingerprint: not every labelled frame was scored" in done.output


def rename_run(data: dict) -> None:
    data["run_id"] = "0" * 12


def change_protocol(data: dict) -> None:
    data["protocol_hash"] = "0" * 16


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (polish_score, "raw scores: icc values: record"),
        (polish_mean, "rounded scores: mae mean: record"),
        (widen_interval, "raw scores: icc intervals"),
        (define_mean, "raw scores: icc mean: record nan"),
        (polish_moment, "raw moments, p: 1 cell apart, first fold b disfa/SN003 view 0 AU01"),
        (rename_run, "run id: record 000000000000"),
        (change_protocol, "protocol hash: record 0000000000000000, installed"),
    ],
)
def test_a_record_that_was_polished(
    tmp_path: Path, change: Callable[[dict], None], said: str
) -> None:
    folder = kept(tmp_path)
    edit(folder, change)
    assert any(line.startswith(said) for line in verify(folder))


def polish_labels(data: dict) -> None:
    place = data["moments"]["raw"]["columns"].index("yp")
    data["moments"]["raw"]["values"][0][2][place] += 1


def polish_level(data: dict) -> None:
    data["levels"]["values"][0][0][7] -= 1


def polish_coverage(data: dict) -> None:
    data["coverage"]["predicted"] -= 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (polish_labels, "raw moments with labels, yp: 1 cell apart, first fold a disfa/SN001"),
        (polish_level, "moments per level differ"),
        (polish_coverage, "coverage, predicted: record 119, recomputed 120"),
    ],
)
def test_what_only_labels_show(tmp_path: Path, change: Callable[[dict], None], said: str) -> None:
    folder = kept(tmp_path)
    edit(folder, change)
    assert any(line.startswith(said) for line in verify(folder, small.pack()))


def test_a_partial_result_that_claims_to_be_official(tmp_path: Path) -> None:
    folder = kept(tmp_path, drop=3)
    edit(folder, lambda data: data.update(status="official"))
    found = verify(folder, small.pack())
    assert found == [
        "status official, but 3 of 120 test frames not predicted",
        "status official, but predictions are missing",
        "status: record official, recomputed partial: 3 of 120 test frames not predicted",
    ]


def test_predictions_that_were_changed(tmp_path: Path) -> None:
    folder = kept(tmp_path)
    path = folder / "predictions.parquet"
    provenance = read_provenance(path)
    table = read_predictions(path)
    table.loc[70, "AU06"] += 0.5
    write_predictions(path, table, provenance)
    assert any("raw moments, p: 1 cell apart" in line for line in verify(folder))
    write_predictions(path, table.drop(columns="AU06"), provenance)
    assert verify(folder) == ["the predictions have no column AU06"]
    write_predictions(path, table[table["subject"] != "disfa/SN002"], provenance)
    assert any("fold a disfa/SN002 view 0 is in the record" in line for line in verify(folder))
    write_predictions(path, read_predictions(path), replace(provenance, synthetic=True))
    assert any("synthetic: record False, predictions True" in line for line in verify(folder))


def test_another_pack(tmp_path: Path) -> None:
    folder = kept(tmp_path)
    pack = small.pack()
    pack.manifest.fingerprint = "f" * 16
    pack.labels()[0] = 5 - pack.labels()[0]
    found = verify(folder, pack)
    assert any(line.startswith("pack: record 0123456789abcdef, given ffff") for line in found)
    assert any(line.startswith("raw moments with labels, y:") for line in found)


def fingerprint() -> str:
    """Of the labels of the small corpus, by its definition: n, Σy and Σy² per person and AU."""
    index, labels = small.index(), small.labels().astype(int)
    people = []
    for name in small.SUBJECTS:
        mine = labels[(index["subject"] == name).to_numpy()]
        people.append([name, [len(mine)] * 3 + [*mine.sum(axis=0)] + [*(mine**2).sum(axis=0)]])
    return hashlib.sha256(json.dumps(people, default=int).encode()).hexdigest()[:16]


def test_command(tmp_path: Path) -> None:
    folder = kept(tmp_path)
    done = CliRunner().invoke(command, [str(folder)])
    assert done.exit_code == 0
    assert "everything agrees, recomputed from moments and predictions" in done.output
    compared = "(none published for small: compare with another holder's)"
    assert f"label fingerprint {fingerprint()} {compared}" in done.output
    edit(folder, polish_score)
    done = CliRunner().invoke(command, [str(folder / "record.json")])
    assert done.exit_code == 1
    assert "disagrees: raw scores: icc values: record" in done.output
    (folder / "predictions.parquet").unlink()
    with pytest.raises(AubenchError, match="no predictions beside the record"):
        verify(folder)
