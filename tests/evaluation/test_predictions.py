"""The prediction file, and the join by frame key."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aubench.errors import AubenchError
from aubench.evaluation.align import AlignedPredictions, BatchSource
from aubench.evaluation.expected import expected_frames
from aubench.evaluation.predictions import (
    Provenance,
    prediction_table,
    read_predictions,
    read_provenance,
    write_predictions,
)
from aubench.evaluation.scoring import score
from support import small_corpus as small

PROVENANCE = Provenance("0123abcd", "small", small.PROTOCOL.hash, "fingerprint", True)


def scored(table: pd.DataFrame, **options: object) -> object:
    index, labels = small.index(), small.labels()
    return score(table, index, labels, small.AUS, small.PROTOCOL, **options)


def test_file_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "predictions.parquet"
    write_predictions(path, small.table(), PROVENANCE)
    back = read_predictions(path)
    assert list(back.columns) == [*small.index().columns[:4], "AU01", "AU06", "AU12", "fold"]
    np.testing.assert_array_equal(back[["AU01", "AU06", "AU12"]].to_numpy(), small.predicted())
    assert back["AU06"].dtype == np.float32
    assert read_provenance(path) == PROVENANCE


def test_same_predictions_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_predictions(tmp_path / name, small.table(), PROVENANCE)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_file_that_is_not_parquet(tmp_path: Path) -> None:
    path = tmp_path / "predictions.parquet"
    path.write_bytes(b"PAR1 but not really")
    with pytest.raises(AubenchError, match=r"predictions.parquet: not readable as Parquet"):
        read_predictions(path)


def test_a_file_without_keys(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    small.table().drop(columns=["frame"]).to_parquet(path)
    with pytest.raises(AubenchError, match="no column frame"):
        read_predictions(path)
    assert read_provenance(path) is None


def test_order_of_rows_and_columns_changes_nothing() -> None:
    table = small.table()
    shuffled = table.sample(frac=1, random_state=0).iloc[:, ::-1]
    assert scored(shuffled) == scored(table)


def test_categories_and_strings_join_alike() -> None:
    table = small.table()
    assert scored(table.astype({"subject": "category", "fold": "category"})) == scored(table)


def test_batches_of_any_size_align_the_same() -> None:
    table = small.table().sample(frac=1, random_state=0)
    expected = expected_frames(small.PROTOCOL, small.index())
    whole, parts = (AlignedPredictions(expected, small.AUS) for _ in range(2))
    values = table[["AU01", "AU06", "AU12"]].to_numpy()
    whole.add(table, values)
    for start in range(0, len(table), 7):
        parts.add(table.iloc[start : start + 7], values[start : start + 7])
    np.testing.assert_array_equal(whole.all_values(), parts.all_values())
    np.testing.assert_array_equal(whole.all_values(), small.predicted()[expected["row"]])


def test_dropped_frame() -> None:
    with pytest.raises(
        AubenchError, match=r"1 frame without a prediction: disfa/SN002 left view 0 frame 6"
    ):
        scored(small.table().drop(index=35))


def test_dropped_subject_names_the_first_frames() -> None:
    table = small.table()
    with pytest.raises(AubenchError, match=r"30 frames without .* frame 1, .* frame 3, …"):
        scored(table[table["subject"] != "disfa/SN003"])


def test_doubled_frame() -> None:
    table = small.table()
    doubled = pd.concat([table, table.iloc[[35]]])
    with pytest.raises(AubenchError, match=r"1 frame predicted more than once: disfa/SN002 left"):
        scored(doubled)


def test_doubled_frame_in_another_batch_names_its_line() -> None:
    table = small.table()
    aligned = AlignedPredictions(expected_frames(small.PROTOCOL, small.index()), small.AUS)
    values = table[["AU01", "AU06", "AU12"]].to_numpy()
    aligned.add(table, values)
    source = BatchSource(Path("big.csv"), np.arange(100, 105))
    with pytest.raises(AubenchError, match=r"^big.csv:100: 5 frames predicted more than once"):
        aligned.add(table.iloc[:5], values[:5], source)


def test_foreign_frames() -> None:
    for change in ({"subject": "disfa/SN099"}, {"session": "right"}, {"view": 3}, {"frame": 31}):
        table = pd.concat([small.table(), small.table().iloc[[0]].assign(**change)])
        with pytest.raises(AubenchError, match="1 frame that the protocol does not test"):
            scored(table)


def test_a_frame_under_another_fold_is_foreign() -> None:
    table = small.table()
    table.loc[3, "fold"] = "b"
    with pytest.raises(AubenchError, match="1 frame that the protocol does not test: disfa/SN001"):
        scored(table)


def test_logged_frames_are_foreign_where_the_protocol_drops_them() -> None:
    protocol = replace(small.PROTOCOL, frames="errlog")
    arguments = (small.index(), small.labels(), small.AUS, protocol)
    table = small.table()
    with pytest.raises(AubenchError, match=r"does not test: disfa/SN004 left view 0 frame 30"):
        score(table, *arguments)
    assert score(table.drop(index=119), *arguments).coverage.expected == 119


def test_values_that_are_not_numbers() -> None:
    table = small.table()
    table.loc[4, "AU06"] = np.nan
    with pytest.raises(AubenchError, match=r"1 frame without a value for AU06: disfa/SN001 left"):
        scored(table)
    table.loc[4, "AU06"] = np.inf
    with pytest.raises(
        AubenchError, match=r"an infinite value for disfa/SN001 left view 0 frame 5"
    ):
        scored(table, allow_partial=True)


def test_lacking_column() -> None:
    with pytest.raises(AubenchError, match="no column AU12"):
        scored(small.table().drop(columns=["AU12"]))


def test_of_several_faces_the_best_counts_in_any_order() -> None:
    index = small.index()
    expected = expected_frames(small.PROTOCOL, index)
    keys = pd.concat([index.iloc[:2], index.iloc[:2], index.iloc[:1]], ignore_index=True)
    values = np.arange(5, dtype=np.float32)[:, None] * np.ones((1, 3), dtype=np.float32)
    rank = np.array([0.5, 0.9, 0.8, 0.2, np.nan])
    for batches in ([range(5)], [[0, 1], [2, 3, 4]], [[4], [3], [2], [1], [0]]):
        aligned = AlignedPredictions(expected, small.AUS, by_fold=False, lenient=True)
        for batch in batches:
            rows = list(batch)
            aligned.add(keys.iloc[rows], values[rows], rank=rank[rows])
        assert aligned.all_values()[:2, 0].tolist() == [2, 1]
        assert aligned.doubled == 3
        assert aligned.present().sum() == 2


def test_a_frame_that_several_repetitions_test_is_given_to_each() -> None:
    fold = small.PROTOCOL.folds[0]
    protocol = replace(
        small.PROTOCOL, folds=(fold, replace(fold, name="again")), repeated=True, variants=()
    )
    table = prediction_table(small.index(), small.predicted(), small.AUS).iloc[:60]
    result = score(table, small.index(), small.labels(), small.AUS, protocol)
    assert result.coverage.expected == 120
    once = score(table, small.index(), small.labels(), small.AUS, replace(protocol, folds=(fold,)))
    assert result.scores["raw"]["mae"].values == pytest.approx(once.scores["raw"]["mae"].values)
