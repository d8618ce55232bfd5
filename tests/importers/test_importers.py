"""Other tools' files: each format, each quirk, and each mistake that would score another test."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from aubench.cli.results.score import command
from aubench.errors import AubenchError
from aubench.evaluation.predictions import Provenance, read_predictions, write_predictions
from aubench.evaluation.records import Record, read_record
from aubench.evaluation.scoring import score
from aubench.importers.evaluate import Submission, evaluate
from aubench.importers.tools import TOOLS
from aubench.importers.videos import Videos
from aubench.io import tables
from support import small_corpus as small

Row = Mapping[str, object]


def values() -> np.ndarray:
    """Predictions with few digits, which text keeps exactly; all within 0–5."""
    return np.round(small.predicted().clip(0, 5), 2)


def rows() -> Iterable[tuple[str, int, np.ndarray]]:
    """Own id (SN001), frame and values of every frame."""
    keys = small.index()
    for subject, frame, row in zip(keys["subject"], keys["frame"], values(), strict=True):
        yield subject.partition("/")[2], frame, row


def folder_of(
    tmp_path: Path, header: str, line: str, name: str = "{s}.csv", first: int = 1
) -> Path:
    """One file per subject; ``line`` is formatted with f (frame) and a, b, c (values)."""
    folder = tmp_path / "files"
    folder.mkdir(parents=True)
    for subject in small.SUBJECTS:
        own = subject.partition("/")[2]
        lines = [
            line.format(f=frame - 1 + first, a=v[0], b=v[1], c=v[2])
            for s, frame, v in rows()
            if s == own
        ]
        (folder / name.format(s=own)).write_text("\n".join([header, *lines]) + "\n")
    return folder


def run(tmp_path: Path, path: Path, tool: str, **options: object) -> Record:
    protocol = options.pop("protocol", small.PROTOCOL)
    submission = Submission(path, TOOLS[tool], "it", **options)
    return evaluate(submission, protocol, small.pack(), tmp_path / "runs")[0]


def direct() -> object:
    """The scores of the same values without any file."""
    arguments = (small.index(), small.labels(), small.AUS, small.PROTOCOL)
    return score(small.table(values().astype(np.float32)), *arguments).scores


# Each tool


def test_openface(tmp_path: Path) -> None:
    header = "frame, face_id, timestamp, confidence, success, x_r, AU01_r, AU06_r, AU12_r, AU01_c"
    line = "{f}, 0, 0.1, 0.98, 1, 7, {a}, {b}, {c}, 1.00"
    folder = folder_of(tmp_path, header, line, name="LeftVideo{s}_comp.csv")
    record = run(tmp_path, folder, "openface")
    assert record.scores == direct()
    assert record.status == "official"
    assert record.coverage.notes == ("OpenFace 2 learned from disfa: it may know these people",)


def test_openface_rows_without_a_face_are_not_zeros(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "frame,success,AU01_r,AU06_r,AU12_r", "{f},1,{a},{b},{c}")
    file = folder / "SN002.csv"
    lines = file.read_text().split("\n")
    lines[4] = "4,0,0,0,0"
    file.write_text("\n".join(lines))
    record = run(tmp_path, folder, "openface")
    assert record.coverage.filled == 1
    assert "1 row with success = 0: not predicted" in record.coverage.notes
    kept = np.delete(np.arange(120), 33)
    error = np.abs(small.labels() - values())[kept].mean(axis=0)
    assert record.scores["predicted"]["mae"].values == pytest.approx(error, rel=1e-5)


def test_openface_occurrence(tmp_path: Path) -> None:
    line = "{f},1,9,9,9,1,0,1"
    header = "frame,success,AU01_r,AU06_r,AU12_r,AU01_c,AU06_c,AU12_c"
    folder = folder_of(tmp_path, header, line)
    record = run(tmp_path, folder, "openface", protocol=small.OCCURRENCE)
    present = (small.labels() >= 2).mean(axis=0)
    assert record.scores["raw"]["acc"].values == pytest.approx(
        [present[0], 1 - present[1], present[2]]
    )


def test_pyfeat_best_face_several_videos_and_scale(tmp_path: Path) -> None:
    lines = ["input,frame,FaceScore,AU01,AU06,AU12"]
    for own, frame, v in rows():
        a, b, c = v / 5
        lines.append(f"/data/x/{own}.mp4,{frame - 1},0.4,0.9,0.9,0.9")
        lines.append(f"/data/x/{own}.mp4,{frame - 1},0.9,{a},{b},{c}")
    file = tmp_path / "fex.csv"
    file.write_text("\n".join(lines))
    record = run(tmp_path, file, "pyfeat")
    assert record.coverage.notes[:2] == (
        "120 rows of further faces in a frame: the one of highest FaceScore counts",
        "WRONG SCALE? values from 0 to 1 look like probabilities, and the labels are intensities "
        "0–5",
    )
    for name in ("pcc",):  # which no scale can change
        assert record.scores["raw"][name].values == pytest.approx(
            direct()["raw"][name].values, abs=1e-5
        )


def test_pyfeat_pictures_are_numbered_by_their_names(tmp_path: Path) -> None:
    lines = ["input,frame,AU01,AU06,AU12"]
    lines += [f"d\\{s}\\{f:04d}.jpg,0,{v[0]},{v[1]},{v[2]}" for s, f, v in rows()]
    file = tmp_path / "fex.csv"
    file.write_text("\n".join(lines))
    record = run(tmp_path, file, "pyfeat")
    assert record.scores == direct()


def test_libreface(tmp_path: Path) -> None:
    header = "frame_idx,frame_time_in_ms,au_1,au_1_intensity,au_6_intensity,au_12_intensity"
    folder = folder_of(tmp_path, header, "{f},40,1,{a},{b},{c}", first=0)
    assert run(tmp_path, folder, "libreface").scores == direct()


def test_pyafar_absent_frames_are_joined_by_number(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "Frame,Int_au_6,Int_au_12,Occ_au_1", "{f},{b},{c},0.2")
    file = folder / "SN001.csv"
    lines = file.read_text().split("\n")
    file.write_text("\n".join([lines[0], *lines[3:]]))  # frames 1 and 2 had no face
    record = run(tmp_path, folder, "pyafar")
    assert record.status == "partial"
    assert record.coverage.predictions_missing == {"AU01": 120}
    mae = record.scores["predicted"]["mae"]
    assert mae.values[0] is None and mae.mean is None
    error = np.abs(small.labels() - values())[2:, 1].mean()
    assert mae.values[1] == pytest.approx(error, rel=1e-5)


def test_openface3_bad_list(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "frame\taction_units", "{f}\t[{a}, 1, 2]", name="{s}.tsv")
    with pytest.raises(AubenchError, match=r"SN001.tsv:2: not a list of 8 numbers: \["):
        run(tmp_path, folder, "openface3")


# Tables of anybody's


def plain_csv(path: Path, separator: str = ",", decimal: str = ".", bom: str = "") -> Path:
    lines = [separator.join(["subject", "frame", "AU01", "AU06", "AU12"])]
    for own, frame, v in rows():
        numbers = [f"{x:.2f}".replace(".", decimal) for x in v]
        lines.append(separator.join([f"disfa/{own}", str(frame), *numbers]))
    path.write_text(bom + "\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv_dialects(tmp_path: Path, separator: str, bom: str, end: str) -> None:
    decimal = "." if separator == "," else ","
    file = plain_csv(tmp_path / "p.csv", separator, decimal, bom)
    file.write_bytes(file.read_bytes().replace(b"\n", end.encode()))
    record = run(tmp_path, file, "csv")
    assert record.scores == direct()
    assert record.status == "official"


def test_csv_spaces_capitals_padding_and_order(tmp_path: Path) -> None:
    lines = [" Subject , FRAME ,au_12, AU6 ,au01,session"]
    for own, frame, v in rows():
        spelled = own.lower().replace("00", "") if frame % 2 else f" {own}"
        lines.append(f"{spelled},{frame:06d}, {v[2]} ,{v[1]}, {v[0]},LEFT")
    lines[1:] = lines[:0:-1]
    file = tmp_path / "p.csv"
    file.write_text("\n\n".join(lines))
    assert run(tmp_path, file, "csv").scores == direct()


def test_csv_column_map(tmp_path: Path) -> None:
    file = plain_csv(tmp_path / "p.csv")
    text = file.read_text().replace("AU06", "cheek").replace("frame", "Bild Nr", 1)
    file.write_text(text)
    with pytest.raises(AubenchError, match="no column frame"):
        run(tmp_path, file, "csv")
    columns = {"au6": "Cheek", "frame": "bild nr"}
    assert run(tmp_path, file, "csv", columns=columns).scores == direct()
    with pytest.raises(AubenchError, match="no column 'smile', which --columns names for AU12"):
        run(tmp_path, file, "csv", columns={**columns, "AU12": "smile"})


def test_csv_with_folds_or_as_parquet(tmp_path: Path) -> None:
    table = small.table(values().astype(np.float32)).sample(frac=1, random_state=0)
    table.to_csv(tmp_path / "p.csv", index=False)
    table.to_parquet(tmp_path / "p.parquet")
    for kind in ("csv", "parquet"):
        assert run(tmp_path, tmp_path / f"p.{kind}", kind).scores == direct()
    table["fold"] = "a"
    table.to_csv(tmp_path / "p.csv", index=False)
    with pytest.raises(AubenchError, match="60 frames that the protocol does not test"):
        run(tmp_path, tmp_path / "p.csv", "csv")


def test_a_large_file_is_read_in_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = plain_csv(tmp_path / "p.csv")
    plain = dict.fromkeys(("frame", "AU01"), "number")
    monkeypatch.setattr(tables, "_BLOCK", 256)
    batches = list(tables.read_batches(file, plain))
    assert len(batches) > 10
    assert np.concatenate([lines for _, lines in batches]).tolist() == list(range(2, 122))
    assert run(tmp_path, file, "csv").scores == direct()


def edit(path: Path, line: int, text: str | None) -> Path:
    """Replace a line (from 1), or remove it."""
    lines = path.read_text().split("\n")
    lines[line - 1 : line] = [] if text is None else [text]
    path.write_text("\n".join(lines))
    return path


@pytest.mark.parametrize(
    ("line", "text", "said"),
    [
        (
            5,
            "disfa/SN001,4,oops,1,1",
            r"p.csv:5: not a table of numbers here: invalid value 'oops'",
        ),
        (5, "disfa/SN001,4,1", r"p.csv:5: not a table of numbers here: Expected 5 columns, got 3"),
        (5, "disfa/SN001,3,1,1,1", r"p.csv:5: 1 frame predicted more than once: disfa/SN001 left"),
        (5, "disfa/SN001,31,1,1,1", r"p.csv:5: 1 frame that the protocol does not test: .* 31;"),
        (5, "disfa/SN099,4,1,1,1", r"p.csv:5: .* does not test: disfa/SN099"),
        (5, "disfa/SN001,4.5,1,1,1", r"p.csv:5: frame number 4.5"),
        (5, "disfa/SN001,,1,1,1", r"p.csv:5: frame number nan"),
        (5, "disfa/SN001,4,inf,1,1", r"p.csv:5: an infinite value for disfa/SN001 left view 0"),
        (5, "disfa/SN001,4,1e39,1,1", r"p.csv:5: an infinite value for disfa/SN001 left view 0"),
        (5, "disfa/SN001,4,,1,1", r"p.csv: 1 frame without a value for AU01: disfa/SN001 left"),
        (5, None, r"p.csv: 1 frame without a prediction: disfa/SN001 left view 0 frame 4;"),
        (1, "subject,frame,AU01,AU06,AU06", r"p.csv:1: two columns 'AU06'"),
        (1, "subject,nr,AU01,AU06,AU12", r"p.csv: no column frame; name the column"),
        (1, "subject,frame,x,y,z", r"p.csv: no column of CSV for intensity of any AU wanted"),
        (1, "", r"p.csv:1: an empty first line"),
    ],
)
def test_one_line_that_does_not_fit(tmp_path: Path, line: int, text: str | None, said: str) -> None:
    file = edit(plain_csv(tmp_path / "p.csv"), line, text)
    with pytest.raises(AubenchError, match=said):
        run(tmp_path, file, "csv")


def test_partial_where_allowed(tmp_path: Path) -> None:
    file = edit(plain_csv(tmp_path / "p.csv"), 5, None)
    record = run(tmp_path, file, "csv", allow_partial=True)
    assert record.status == "partial"
    assert record.coverage.predicted == 119


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "p.csv: an empty file"),
        (b"subject,frame,AU01,AU06,AU12\n", "p.csv: no row below the header"),
        ("frame,AU01\n1,2\n".encode("utf-16"), "p.csv: not UTF-8 text"),
    ],
)
def test_files_without_rows(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "p.csv"
    file.write_bytes(content)
    with pytest.raises(AubenchError, match=said):
        run(tmp_path, file, "csv")


# Frames from 0, and names of files


def test_frames_from_zero_are_asked_about(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "frame,AU01_r,AU06_r,AU12_r", "{f},{a},{b},{c}", first=0)
    with pytest.raises(AubenchError, match=r"SN001.csv: frames numbered from 0, .* from 1; say"):
        run(tmp_path, folder, "openface")
    assert run(tmp_path, folder, "openface", first_frame=0).scores == direct()
    record = run(tmp_path, folder, "openface", first_frame=1)  # the user insists
    assert record.scores != direct()
    assert record.coverage.filled == 4


def test_frames_from_one_where_the_corpus_counts_from_zero(tmp_path: Path) -> None:
    pack = small.pack()
    pack.index["frame"] -= 1
    folder = folder_of(tmp_path, "frame,AU01_r,AU06_r,AU12_r", "{f},{a},{b},{c}")
    record, _ = evaluate(
        Submission(folder, TOOLS["openface"], "it"), small.PROTOCOL, pack, tmp_path
    )
    assert record.scores == direct()  # OpenFace counts from 1
    folder = folder_of(tmp_path / "b", "frame,AU01,AU06,AU12", "{f},{a},{b},{c}")
    submission = Submission(folder, TOOLS["csv"], "it", allow_partial=True)
    for file in folder.iterdir():
        edit(file, 31, None)  # frame 30, which the corpus does not have
    with pytest.raises(AubenchError, match=r"numbered from 1, where the corpus counts from 0"):
        evaluate(submission, small.PROTOCOL, pack, tmp_path)
    record, _ = evaluate(replace(submission, first_frame=1), small.PROTOCOL, pack, tmp_path)
    kept = (small.index()["frame"] < 30).to_numpy()
    error = np.abs(small.labels() - values())[kept].mean(axis=0)
    assert record.scores["raw"]["mae"].values == pytest.approx(error, rel=1e-5)


def test_frames_of_another_count_altogether(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "frame,AU01_r", "{f},{a}", first=500)
    with pytest.raises(AubenchError, match=r"none of its 30 rows is one of the tested frames 1–30"):
        run(tmp_path, folder, "openface")


def test_frames_beyond_the_labels_are_counted(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "frame,AU01_r,AU06_r,AU12_r", "{f},{a},{b},{c}")
    with (folder / "SN003.csv").open("a") as file:
        file.write("31,1,1,1\n32,1,1,1\n")
    record = run(tmp_path, folder, "openface")
    assert record.scores == direct()
    assert "2 rows of frames that are not scored" in record.coverage.notes


def test_file_of_nobody_and_of_the_other_camera(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "frame,AU01_r", "{f},{a}")
    (folder / "SN001.csv").rename(folder / "SN014.csv")
    with pytest.raises(AubenchError, match=r"the name SN014.csv fits no recording"):
        run(tmp_path, folder, "openface")
    (folder / "SN014.csv").rename(folder / "RightVideoSN001_comp.csv")
    with pytest.raises(AubenchError, match=r"the name RightVideoSN001_comp.csv fits no recording"):
        run(tmp_path, folder, "openface")


def test_two_files_of_one_recording(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "frame,AU01_r", "{f},{a}")
    (folder / "LeftVideoSN001.csv").write_text((folder / "SN001.csv").read_text())
    with pytest.raises(AubenchError, match=r"SN001.csv: about the same recording as .*LeftVideo"):
        run(tmp_path, folder, "openface")


def test_names_of_recordings() -> None:
    import pandas as pd

    bp4d = pd.DataFrame(
        [(f"bp4d/{s}{i:03d}", f"T{t}", 0) for s in "FM" for i in (1, 2, 11) for t in (1, 2)],
        columns=["subject", "session", "view"],
    )
    named = Videos(bp4d).named
    for text in ("F001_T1.csv", "F1_T01.csv", "bp4d_f001_t1_aus.csv", "F001/T1.csv"):
        assert named(Path(text)) == ("bp4d/F001", "T1", 0)
    assert named(Path("M011_T2.csv")) == ("bp4d/M011", "T2", 0)
    with pytest.raises(AubenchError, match="fits several recordings: bp4d/F001 T1 view 0"):
        named(Path("F001.csv"))
    with pytest.raises(AubenchError, match="fits no recording"):
        named(Path("F111_T1.csv"))
    fera = pd.DataFrame(
        [("fera2017/VA/F001", "T1", view) for view in range(1, 10)]
        + [("fera2017/TR/F001", "T1", view) for view in range(1, 10)],
        columns=["subject", "session", "view"],
    )
    found = Videos(fera).named(Path("FERA17_VA_F001_T1_6.csv"))
    assert found == ("fera2017/VA/F001", "T1", 6)


# What is kept, and the command


def test_kept_predictions_score_the_same_again(tmp_path: Path) -> None:
    submission = Submission(plain_csv(tmp_path / "p.csv"), TOOLS["csv"], "mine")
    record, folder = evaluate(submission, small.PROTOCOL, small.pack(), tmp_path / "runs")
    assert folder == tmp_path / "runs" / "small" / "mine" / record.run_id
    assert read_record(folder / "record.json") == record
    kept = folder / "predictions.parquet"
    assert len(read_predictions(kept)) == 120
    again, _ = evaluate(
        Submission(kept, TOOLS["parquet"], "again"), small.PROTOCOL, small.pack(), tmp_path
    )
    assert again.scores == record.scores
    assert record.folds[0].test_frames == 60


def test_predictions_of_another_protocol_or_of_synthetic_faces(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    other = Provenance("r", "other", "0" * 16, "f", False)
    write_predictions(path, small.table(), other)
    with pytest.raises(AubenchError, match=r"predicted under other \(0000000000000000\), which"):
        run(tmp_path, path, "parquet")
    twin = Provenance("r", "small", small.PROTOCOL.hash, "f", True)
    write_predictions(path, small.table(), twin)
    with pytest.raises(AubenchError, match="predicted on synthetic faces, but the pack's are real"):
        run(tmp_path, path, "parquet")


def test_labels_that_are_not_public(tmp_path: Path) -> None:
    protocol = replace(small.PROTOCOL, labels_public=False)
    with pytest.raises(AubenchError, match="the test labels of small are not public"):
        run(tmp_path, plain_csv(tmp_path / "p.csv"), "csv", protocol=protocol)


def test_synthetic_labels_make_a_synthetic_result(tmp_path: Path) -> None:
    submission = Submission(plain_csv(tmp_path / "p.csv"), TOOLS["csv"], "mine")
    record, _ = evaluate(submission, small.PROTOCOL, small.pack(synthetic=True), tmp_path)
    assert record.status == "synthetic"


def test_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aubench.cli.results.score.find", lambda kind, name: small.PROTOCOL)
    pack = "aubench.cli.results.score.resolve_test_pack"
    monkeypatch.setattr(pack, lambda protocol, named, monitor: small.pack())
    file = edit(plain_csv(tmp_path / "p.csv"), 5, None)
    arguments = [str(file), "--protocol", "small", "--results", str(tmp_path / "runs")]
    done = CliRunner().invoke(command, arguments)
    assert isinstance(done.exception, AubenchError)
    done = CliRunner().invoke(command, [*arguments, "--allow-partial", "--by", "subject"])
    assert done.exit_code == 0, done.output
    for text in (
        "PARTIAL",
        "p under small (partial)",
        "ICC(3,1)",
        "119 of 120 test frames predicted",
        "ICC(3,1) by subject",
        "disfa/SN003",
        "kept in",
    ):
        assert text in done.output
    assert list((tmp_path / "runs").rglob("record.json"))
