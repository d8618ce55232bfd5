"""``aubench study time``: labels and predictions over time."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd

from aubench.pack.pack import Pack
from support.studied import Call, figure_rows


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
    found = figure_rows(base / "t")
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
    assert list(figure_rows(base / "few")[0]) == ["frame", "AU25_label", "AU25_prediction"]
