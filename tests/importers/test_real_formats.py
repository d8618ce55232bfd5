"""Every tool's files as it writes them, header to the letter, and every value that is read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aubench.errors import AubenchError
from aubench.evaluation.predictions import read_predictions
from aubench.evaluation.records import Record
from aubench.importers.evaluate import Submission, evaluate
from aubench.importers.tools import TOOLS
from support import small_corpus as small

Values = Mapping[int, Sequence[float]]
"""Frame as the corpus counts → AU1, AU6, AU12."""

FRAMES = range(1, small.FRAMES + 1)
NOTHING = (np.nan,) * 3


def values(person: int, scale: float = 1) -> dict[int, tuple[float, ...]]:
    """Frame → three values that occur nowhere else."""
    return {f: tuple(scale * (a + person / 10 + f / 1000) for a in (1, 2, 3)) for f in FRAMES}


def numbered(prefix: str, count: int, first: int = 0) -> list[str]:
    return [f"{prefix}{i}" for i in range(first, first + count)]


def text(header: Sequence[str], rows: Iterable[Mapping[str, object]], gap: str = "") -> str:
    """A table as a tool prints it; a column without a value in a row holds 0.5."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([row.get(name, 0.5) for name in header] for row in rows)
    return out.getvalue().replace(",", "," + gap) if gap else out.getvalue()


def read(tmp_path: Path, path: Path, tool: str, **options: object) -> tuple[Record, pd.DataFrame]:
    """The record, and the values that were kept, by subject's own id and frame."""
    protocol = options.pop("protocol", small.PROTOCOL)
    submission = Submission(path, TOOLS[tool], "it", **options)
    record, folder = evaluate(submission, protocol, small.pack(), tmp_path / "runs")
    table = read_predictions(folder / "predictions.parquet")
    table["subject"] = table["subject"].astype(str).str.removeprefix("disfa/")
    return record, table.set_index(["subject", "frame"])[["AU01", "AU06", "AU12"]]


def holds(found: pd.DataFrame, subject: str, wanted: Values) -> None:
    """Every value of a subject is what its file says, frame by frame."""
    kept = found.loc[subject]
    assert list(kept.index) == sorted(wanted)
    for frame, row in wanted.items():
        np.testing.assert_allclose(kept.loc[frame], row, rtol=1e-6, err_msg=f"frame {frame}")


# OpenFace 2

GAZE = [f"gaze_{eye}_{axis}" for eye in (0, 1) for axis in "xyz"]
GAZE += ["gaze_angle_x", "gaze_angle_y"]
EYES = [name for axis in "xyXYZ" for name in numbered(f"eye_lmk_{axis}_", 56)]
POSE = ["pose_Tx", "pose_Ty", "pose_Tz", "pose_Rx", "pose_Ry", "pose_Rz"]
POINTS = [name for axis in "xyXYZ" for name in numbered(f"{axis}_", 68)]
SHAPE = ["p_scale", "p_rx", "p_ry", "p_rz", "p_tx", "p_ty", *numbered("p_", 34)]
GRADED = [f"AU{au:02d}_r" for au in (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45)]
CODED = [f"{name[:4]}_c" for name in (*GRADED[:-1], "AU28", "AU45")]
FACE = [*GAZE, *EYES, *POSE, *POINTS, *SHAPE, *GRADED, *CODED]
VIDEO = ["frame", "face_id", "timestamp", "confidence", "success", *FACE]
PICTURE = ["face", "confidence", *FACE]


def openface(frame: int, aus: Sequence[float], **more: object) -> dict[str, object]:
    named = zip(("AU01_r", "AU06_r", "AU12_r"), aus, strict=True)
    return {"frame": frame, "face_id": 0, "success": 1, "confidence": 0.98, **dict(named), **more}


@pytest.mark.parametrize("gap", ["", " "])
def test_openface_folder_as_it_is(tmp_path: Path, gap: str) -> None:
    folder = tmp_path / "processed"
    folder.mkdir()
    for person in (1, 2, 3, 4):
        name = f"LeftVideoSN00{person}_comp"
        rows = [openface(f, v) for f, v in values(person).items()]
        (folder / f"{name}.csv").write_text(text(VIDEO, rows, gap))
        (folder / f"{name}_of_details.txt").write_text(
            f"Input:/data/{name}.avi\nInput full path:/data/{name}.avi\n"
            f"Camera parameters:500,500,320,240\nOutput csv:{name}.csv\nOutput HOG:{name}.hog\n"
            "Gaze: 1\nAUs: 1\nLandmarks 2D: 1\nLandmarks 3D: 1\nPose: 1\nShape parameters: 1\n"
        )
        (folder / f"{name}.hog").write_bytes(b"\x0c\x00\x00\x00\x0c\x00\x00\x00")
        (folder / f"{name}.avi").write_bytes(b"RIFF")
        (folder / f"{name}_aligned").mkdir()
        (folder / f"{name}_aligned" / "frame_det_00_000001.bmp").write_bytes(b"BM")
    record, found = read(tmp_path, folder, "openface")
    for person in (1, 2, 3, 4):
        holds(found, f"SN00{person}", values(person))
    assert record.status == "official"


def test_openface_several_faces(tmp_path: Path) -> None:
    """FaceLandmarkVidMulti: success, then confidence, then the first."""
    rows = [openface(f, v) for f, v in values(1).items()]
    rows[1:1] = [
        openface(1, (9, 9, 9), face_id=1, confidence=0.99, success=0),
        openface(1, (9, 9, 9), face_id=2, confidence=0.98),  # as good as the first
        openface(1, (9, 9, 9), face_id=3, confidence=0.2),
        openface(2, (9, 9, 9), face_id=1, confidence=0.1),
    ]
    path = tmp_path / "SN001.csv"
    path.write_text(text(VIDEO, rows))
    record, found = read(tmp_path, path, "openface")
    holds(found, "SN001", values(1))
    assert (
        "4 rows of further faces in a frame: the one of highest confidence with success counts"
        in record.coverage.notes
    )


@pytest.mark.parametrize(
    "empty", ["1.#QNAN", "-1.#IND", "-nan(ind)", "nan(ind)", "N/A", "NA", "", " ", "nan", "-nan"]
)
@pytest.mark.parametrize("gap", ["", " "])
def test_cells_without_a_number(tmp_path: Path, empty: str, gap: str) -> None:
    wanted = values(1)
    rows = [openface(f, v) for f, v in wanted.items()]
    rows[6]["AU06_r"] = empty
    wanted[7] = (wanted[7][0], np.nan, wanted[7][2])
    path = tmp_path / "SN001.csv"
    path.write_text(text(VIDEO, rows, gap))
    holds(read(tmp_path, path, "openface")[1], "SN001", wanted)


def test_openface_pictures(tmp_path: Path) -> None:
    """FaceLandmarkImg: one file per picture, no frame column, and several faces."""
    folder = tmp_path / "processed"
    folder.mkdir()
    for frame, aus in values(1).items():
        rows = [openface(frame, (9, 9, 9), face=0, confidence=0.3)]
        rows.append(openface(frame, aus, face=1, confidence=0.9))
        (folder / f"SN001_{frame:04d}.csv").write_text(text(PICTURE, rows))
        (folder / f"SN001_{frame:04d}_of_details.txt").write_text("Input:x.png\n")
    holds(read(tmp_path, folder, "openface")[1], "SN001", values(1))
    (folder / "SN001.csv").write_text(text(PICTURE, rows))
    with pytest.raises(AubenchError, match=r"SN001.csv: the name SN001.csv has no frame number"):
        read(tmp_path, folder, "openface")


# pyfaceau


def test_pyfaceau(tmp_path: Path) -> None:
    header = ["frame", "timestamp", "success", *GRADED]
    wanted, rows = values(2), []
    for frame, aus in wanted.items():
        row = openface(frame - 1, aus, success="True", timestamp=(frame - 1) / 30)
        rows.append(row)
    rows[9] = openface(9, (1.5, 1.5, 1.5), success="False")  # smoothed from its neighbours
    rows[10] = {**dict.fromkeys(header, ""), "frame": 10, "timestamp": 0.3, "success": "False"}
    path = tmp_path / "SN002_python_aus.csv"
    path.write_text(text(header, rows))
    record, found = read(tmp_path, path, "pyfaceau")
    holds(found, "SN002", wanted | {10: NOTHING, 11: NOTHING})
    assert "2 rows with success = 0: not predicted" in record.coverage.notes
    again = tmp_path / "SN002.parquet"
    pd.read_csv(path).to_parquet(again)  # success is then boolean
    holds(read(tmp_path, again, "pyfaceau")[1], "SN002", wanted | {10: NOTHING, 11: NOTHING})


# OpenFace 3

OPENFACE3 = ["timestamp", "video_path", "frame_index", "face_id", "face_detection", "landmarks"]
OPENFACE3 += ["emotion", "gaze_yaw", "gaze_pitch", "action_units"]


def openface3(frame: int, aus: Sequence[float], face: float = 0.0) -> dict[str, object]:
    return {
        "timestamp": "2026-02-03 10:11:12",
        "frame_index": frame,
        "face_id": face,
        "face_detection": [10.5, 20.5, 110.5, 140.5, 0.99],
        "landmarks": [[11.0, 21.0], [12.0, 22.0]],
        "emotion": 0.0,
        "action_units": [[aus[0], 0.9, 0.9, aus[1], 0.9, aus[2], 0.9, 0.9]],
    }


def test_openface3_video(tmp_path: Path) -> None:
    wanted = values(3, 0.1)
    rows = [openface3(f - 1, v) | {"video_path": "/data/SN003.mp4"} for f, v in wanted.items()]
    rows[4] |= dict.fromkeys(OPENFACE3[3:], "")  # no face
    rows.insert(6, openface3(5, (1, 1, 1), face=1.0) | {"video_path": "/data/SN003.mp4"})
    path = tmp_path / "face_analysis_SN003.csv"
    path.write_text(text(OPENFACE3, rows))
    record, found = read(tmp_path, path, "openface3")
    holds(found, "SN003", wanted | {5: NOTHING})
    for said in ("WRONG SCALE?", "does not name its eight AUs", "1 row of further faces"):
        assert any(said in note for note in record.coverage.notes)


def test_openface3_pictures(tmp_path: Path) -> None:
    header = ["timestamp", "image_path", *OPENFACE3[3:]]
    wanted = values(3, 0.1)
    for f, v in wanted.items():
        row = openface3(0, v) | {"image_path": f"pictures\\SN003\\{f:05d}.png"}
        (tmp_path / f"face_analysis_{f:05d}.csv").write_text(text(header, [row]))
    holds(read(tmp_path / "out", tmp_path, "openface3")[1], "SN003", wanted)


# Py-Feat

AUS20 = [
    f"AU{au:02d}"
    for au in (1, 2, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 17, 20, 23, 24, 25, 26, 28, 43)
]
RECT = ["FaceRectX", "FaceRectY", "FaceRectWidth", "FaceRectHeight", "FaceScore"]
FELT = ["anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral"]
FLAT = [*numbered("x_", 68), *numbered("y_", 68)]
PYFEAT0 = [*RECT, *FLAT, "Pitch", "Roll", "Yaw", *AUS20, *FELT, "input", "frame"]
PYFEAT2 = [
    *RECT,
    *FLAT,
    *("Pitch", "Roll", "Yaw", "X", "Y", "Z"),
    *AUS20,
    *FELT,
    *numbered("Identity_", 512, 1),
    *("gaze_pitch", "gaze_yaw", "gaze_angle", "FrameHeight", "FrameWidth"),
    *("input", "frame", "approx_time", "Identity"),
]


def pyfeat(frame: int, aus: Sequence[float], path: str, score: object = 0.99) -> dict[str, object]:
    row = dict(zip(("AU01", "AU06", "AU12"), aus, strict=True))
    row |= {"frame": frame, "FaceScore": score, "input": path, "approx_time": "00:00"}
    return row | {"Identity": "Person_0"}


@pytest.mark.parametrize("header", [PYFEAT0, PYFEAT2])
def test_pyfeat_video(tmp_path: Path, header: list[str]) -> None:
    wanted = {person: values(person, 0.1) for person in (1, 2)}
    rows = [
        pyfeat(f - 1, v, f"/data/SN00{person}.mp4")
        for person, table in wanted.items()
        for f, v in table.items()
    ]
    rows[3] = {"frame": 3, "input": "/data/SN001.mp4", "approx_time": "00:00"}
    rows[3] |= dict.fromkeys([*RECT, *FLAT, *AUS20, *FELT], "")  # no face
    rows.insert(0, pyfeat(0, (1, 1, 1), "/data/SN001.mp4", score=0.5))
    path = tmp_path / "fex.csv"
    path.write_text(text(header, rows))
    record, found = read(tmp_path, path, "pyfeat")
    holds(found, "SN001", wanted[1] | {4: NOTHING})
    holds(found, "SN002", wanted[2])
    assert any(note.startswith("1 row of further faces") for note in record.coverage.notes)


@pytest.mark.parametrize(
    ("name", "first"),
    [("SN001_{:04d}.png", 1), ("SN001/{}.jpg", 0), ("SN001/frame{:09d}.png", 1)],
)
def test_pictures_named_by_number(tmp_path: Path, name: str, first: int) -> None:
    """The running number, in ``frame``, is another: the pictures are listed backwards."""
    wanted = values(1, 0.1)
    rows = [
        pyfeat(place, wanted[f], name.format(f - 1 + first))
        for place, f in enumerate(reversed(FRAMES))
    ]
    path = tmp_path / "fex.csv"
    path.write_text(text(PYFEAT2, rows))
    if first == 0:
        with pytest.raises(AubenchError, match="from 0, where the corpus counts from 1; say --fir"):
            read(tmp_path, path, "pyfeat")
    holds(read(tmp_path, path, "pyfeat", first_frame=first)[1], "SN001", wanted)


@pytest.mark.parametrize("name", ["SN001.jpg", "SN001/smile.png", "SN001_final2.png"])
def test_pictures_without_a_number_are_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "fex.csv"
    path.write_text(text(PYFEAT2, [pyfeat(1, (0.1, 0.2, 0.3), name)]))
    with pytest.raises(AubenchError, match=f"the name {name} has no frame number of its own"):
        read(tmp_path, path, "pyfeat")


# LibreFace

HEAD = ["pitch", "yaw", "roll"]
LIBRE_CODED = [f"au_{au}" for au in (1, 2, 4, 6, 7, 10, 12, 14, 15, 17, 23, 24)]
LIBRE_GRADED = [f"au_{au}_intensity" for au in (1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26)]
LIBRE_VIDEO = [
    *("frame_idx", "frame_time_in_ms", *HEAD, *numbered("lm_mp_", 478)),
    *(*LIBRE_CODED, *LIBRE_GRADED, "facial_expression", "gaze_yaw", "gaze_pitch"),
]
LIBRE_PICTURE = [
    *("facial_expression", "gaze_yaw", "gaze_pitch", *HEAD, *numbered("lm_mp_", 478)),
    *(*LIBRE_CODED, *LIBRE_GRADED),
]


def libreface(aus: Sequence[float], **more: object) -> dict[str, object]:
    names = ("au_1_intensity", "au_6_intensity", "au_12_intensity")
    coded = {"au_1": 1, "au_6": 0, "au_12": 1, "facial_expression": "Neutral"}
    return {**dict(zip(names, aus, strict=True)), **coded, **more}


def test_libreface_video(tmp_path: Path) -> None:
    wanted = values(4)
    rows = [libreface(v, frame_idx=f - 1) for f, v in wanted.items()]
    del rows[0], wanted[1]  # no face there: the row is absent, and the others keep their numbers
    path = tmp_path / "SN004.csv"
    path.write_text(text(LIBRE_VIDEO, rows))
    _, found = read(tmp_path, path, "libreface")
    holds(found, "SN004", wanted)
    occurrence = replace(small.OCCURRENCE, threshold=1)
    _, found = read(tmp_path, path, "libreface", protocol=occurrence)
    holds(found, "SN004", dict.fromkeys(wanted, (1, 0, 1)))


def test_libreface_a_file_per_picture(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for f, v in values(4).items():
        (folder / f"SN004_{f}.csv").write_text(text(LIBRE_PICTURE, [libreface(v)]))
    holds(read(tmp_path, folder, "libreface")[1], "SN004", values(4))
    (folder / "SN004_5.csv").rename(folder / "SN004 (4).csv")  # its own way of numbering
    with pytest.raises(AubenchError, match=r"the name SN004 \(4\).csv has no frame number"):
        read(tmp_path, folder, "libreface")


def test_libreface_pictures_in_one_table(tmp_path: Path) -> None:
    """What get_facial_attributes returns for pictures, as a data frame with their names."""
    wanted = values(4)
    rows = [
        {
            "input_image_path": f"/data/SN004/{f:04d}.png",
            "detected_aus": {"au_1": 1, "au_6": 0, "au_12": 1},
            "au_intensities": dict(
                zip(("au_1_intensity", "au_6_intensity", "au_12_intensity"), v, strict=True)
            ),
        }
        for f, v in wanted.items()
    ]
    path = tmp_path / "pictures.csv"
    header = ["input_image_path", "detected_aus", "au_intensities", "facial_expression"]
    path.write_text(text(header, rows))
    holds(read(tmp_path, path, "libreface")[1], "SN004", wanted)
    plain = [libreface(v, input_image_path=f"/data/SN004/{f:04d}.png") for f, v in wanted.items()]
    path.write_text(text(["input_image_path", *LIBRE_PICTURE], plain))
    holds(read(tmp_path, path, "libreface")[1], "SN004", wanted)
    path.write_text(text(LIBRE_PICTURE, plain))
    with pytest.raises(AubenchError, match=r"pictures.csv:3: several rows without a frame number"):
        read(tmp_path, path, "libreface")


# PyAFAR


def test_pyafar(tmp_path: Path) -> None:
    header = ["", "Frame", "Person_ID", "Eye Aspect Ratio", "Mouth Aspect Ratio"]
    header += ["Pitch", "Yaw", "Roll", *(f"{a}_{i}" for i in range(468) for a in "xyz")]
    header += [f"Occ_au_{au}" for au in (1, 2, 4, 6, 7, 10, 12, 14, 15, 17, 23, 24)]
    header += [f"Int_au_{au}" for au in (6, 10, 12, 14, 17)]
    wanted = {f: (np.nan, *v[1:]) for f, v in values(1).items()}
    rows = [
        {"Frame": f, "Person_ID": 0, "Int_au_6": v[1], "Int_au_12": v[2]} for f, v in wanted.items()
    ]
    rows.insert(3, {"Frame": 3, "Person_ID": 1, "Int_au_6": 5, "Int_au_12": 5})
    path = tmp_path / "SN001.csv"
    path.write_text(text(header, rows))
    record, found = read(tmp_path, path, "pyafar")
    holds(found, "SN001", wanted)
    assert "1 row of further faces in a frame: the first counts" in record.coverage.notes
    assert "PyAFAR does not say whether its frames count from 0 or 1" in record.coverage.notes


# One frame off, and another person


def shifted(tmp_path: Path, tool: str, first: int, count: int) -> Path:
    """A file of ``count`` frames from number ``first``."""
    path = tmp_path / "SN001.csv"
    frames = range(first, first + count)
    if tool == "pyfaceau":
        rows = [openface(f, (1, 2, 3), success="True") for f in frames]
        path.write_text(text(["frame", "timestamp", "success", *GRADED], rows))
    else:
        path.write_text(text(VIDEO, [openface(f, (1, 2, 3)) for f in frames]))
    return path


@pytest.mark.parametrize(
    ("tool", "first", "said"),
    [
        ("openface", 0, "frames numbered from 0, where OpenFace 2 counts from 1; say --first-f"),
        ("openface", 2, "frames 2–31 of disfa/SN001 left, which has 1–30: one frame off"),
        ("pyfaceau", 1, "frames 2–31 of disfa/SN001 left, which has 1–30: one frame off"),
    ],
)
def test_one_frame_off_is_refused(tmp_path: Path, tool: str, first: int, said: str) -> None:
    with pytest.raises(AubenchError, match=f"SN001.csv: {said}"):
        read(tmp_path, shifted(tmp_path, tool, first, 30), tool)


@pytest.mark.parametrize(
    ("tool", "numbers", "given", "said"),
    [
        ("openface", (1, 31), None, "has 1–31, the corpus 1–30): one frame more or fewer"),
        ("openface", (1, 29), None, "has 1–29, the corpus 1–30): one frame more or fewer"),
        ("pyfaceau", (0, 29), None, "has 1–29, the corpus 1–30): one frame more or fewer"),
        ("pyfaceau", (1, 30), 0, "has 2–31, the corpus 1–30): ONE FRAME OFF?"),
    ],
)
def test_perhaps_one_frame_off_is_noted(
    tmp_path: Path, tool: str, numbers: tuple[int, int], given: int | None, said: str
) -> None:
    path = shifted(tmp_path, tool, *numbers)
    record, _ = read(tmp_path, path, tool, first_frame=given)
    assert any(f"1 recording (disfa/SN001 left {said}" in note for note in record.coverage.notes)


def test_a_file_named_after_another_person_is_refused(tmp_path: Path) -> None:
    rows = [pyfeat(f - 1, v, "/data/SN001.mp4") for f, v in values(1, 0.1).items()]
    path = tmp_path / "SN002_aus.csv"
    path.write_text(text(PYFEAT2, rows))
    said = "named after disfa/SN002 left, and its rows are of disfa/SN001 left"
    with pytest.raises(AubenchError, match=said):
        read(tmp_path, path, "pyfeat")


def test_two_videos_of_one_recording(tmp_path: Path) -> None:
    rows = [pyfeat(f - 1, v, "/data/SN001.mp4") for f, v in values(1, 0.1).items()]
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(text(PYFEAT2, rows))
    with pytest.raises(AubenchError, match=r"b.csv: about the same recording as .*a.csv"):
        read(tmp_path / "out", tmp_path, "pyfeat")


def test_success_that_is_no_answer(tmp_path: Path) -> None:
    rows = [openface(f, v) for f, v in values(1).items()]
    rows[2]["success"] = "perhaps"
    path = tmp_path / "SN001.csv"
    path.write_text(text(VIDEO, rows))
    with pytest.raises(AubenchError, match=r"SN001.csv:4: success perhaps; give 1 or 0"):
        read(tmp_path, path, "openface")
