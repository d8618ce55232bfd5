"""``aubench study maps``: heat maps over test faces."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from aubench.figures.study.noise import noise_scores
from aubench.figures.study.picture_source import FromPack
from aubench.figures.study.tested_run import open_tested_run
from aubench.frames import Frames
from aubench.method import Predictor
from aubench.pack.pack import Pack
from support.studied import Call, figure_rows


def test_maps_show_each_face_by_the_fold_that_tests_it(
    call: Call, run: Path, pack: Path, base: Path
) -> None:
    call(
        "study", "maps", run, "--pack", pack, "--frame", "SN003:2", "--frame", "disfa/SN001:left:5",
        "--aus", "12,1", "--out", base / "m", "--device", "cpu",
    )  # fmt: skip
    found = figure_rows(base / "m")
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
    found = figure_rows(base / "c")
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
    ((first,), (second,)) = figure_rows(base / "before"), figure_rows(base / "after")
    assert first["prediction"] == second["prediction"]
    assert float(first["label"]) == labels[row, place] > 0
    assert float(second["label"]) == 0
    assert len(given) > 6
    assert all(type(frames) is Frames for frames in given)
