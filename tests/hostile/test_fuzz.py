"""Readers of labels, landmarks, predictions, records and the like on damaged files.

Each is held against a second, strict and slow reading of the same bytes, written here. The complete
run, of 10,000 inputs a reader: ``AUBENCH_FUZZ=10000 pytest tests/hostile/test_fuzz.py``.
"""

from __future__ import annotations

import csv
import io
import json
import re
import struct
import tomllib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from scipy.io import loadmat, savemat

from aubench.corpora.alignment.torch7 import read_t7
from aubench.corpora.alignment.wflw import POINTS_68, WFLW
from aubench.corpora.labels import read_intensity, read_labels, read_occurrence
from aubench.corpora.landmarks.files import read_pts
from aubench.corpora.landmarks.matlab import read_matrix
from aubench.corpora.landmarks.series import read_csv, read_series
from aubench.evaluation.expected import expected_frames
from aubench.evaluation.predictions import Provenance, read_predictions, write_predictions
from aubench.evaluation.records import read_record
from aubench.experiment.packs import configured_packs
from aubench.importers.load import Importer
from aubench.importers.tools import TOOLS
from aubench.landmarks import to_49, to_66
from aubench.media.stills import read_still
from aubench.predict.inputs import InputSource
from aubench.predict.landmarks import read_landmarks
from support import small_corpus as small
from support.damage import EXAMPLES, hold
from support.make_records import make_record
from support.trees.alignment_trees import line_of, t7
from support.trees.recorded_trees import points, write_csv, write_fit, write_old_fit, write_pts

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
NOTHING = {"", "nan", "NaN", "NA", "null", "NULL", "N/A", "n/a", "#N/A", "-nan", "-NaN"}
NOTHING |= {"#N/A N/A", "#NA", "nan(ind)", "-nan(ind)", "nan(snan)", "-nan(snan)"}
NOTHING |= {f"{sign}1.#{name}" for sign in ("", "-") for name in ("IND", "QNAN")}
NOTHING |= {"1.#QNAN0", "1.#IND00", "-1.#IND00"}


def plain(data: bytes) -> list[str]:
    """Lines of a text whose only odd things are a byte-order mark and Windows line ends."""
    text = data.decode("utf-8-sig", "replace").replace("\r\n", "\n")
    return text.rstrip(" \t\r\n\v\f").split("\n")


def whole(text: str) -> int:
    if not re.fullmatch(r"\d+", text.strip(" \t\r\v\f\n"), re.ASCII):
        raise ValueError(text)
    return int(text)


def number(text: str) -> float:
    if not NUMBER.fullmatch(text):
        raise ValueError(text)
    return float(text)


# Labels


def labels(data: bytes) -> np.ndarray:
    rows = [[whole(cell) for cell in line.split(",")] for line in plain(data)]
    frames, codes = zip(*rows, strict=True)
    assert list(frames) == list(range(1, len(rows) + 1))
    assert set(codes) <= set(range(6))
    return np.array(codes)


def test_disfa_labels(tmp_path: Path) -> None:
    sound = "".join(f"{n},{n * 5 % 6}\n" for n in range(1, 13)).encode()
    hold(tmp_path / "SN001_au1.txt", (sound, sound.replace(b"\n", b"\r\n")), read_labels, labels)


def coded(rows: list[tuple[int, list[int]]], allowed: set[int]) -> tuple[np.ndarray, np.ndarray]:
    rows = sorted(rows)
    assert len({frame for frame, _ in rows}) == len(rows)
    assert {code for _, codes in rows for code in codes} <= allowed
    values = np.array([codes for _, codes in rows], dtype=np.float32)
    return np.array([frame for frame, _ in rows]), np.where(values == 9, np.nan, values)


def intensities(data: bytes) -> tuple[np.ndarray, np.ndarray]:
    cells = [line.split(",") for line in plain(data)]
    rows = [(whole(frame), [whole(code)]) for frame, code in cells]
    return coded(rows, {0, 1, 2, 3, 4, 5, 9})


def test_intensities(tmp_path: Path) -> None:
    sound = "".join(f"{n},{(0, 3, 5, 9)[n % 4]}\n" for n in range(7, 19)).encode()

    def read(path: Path) -> tuple[np.ndarray, np.ndarray]:
        found = read_intensity(path)
        return found.frames, found.labels

    hold(tmp_path / "F001_T1_AU06.csv", (sound,), read, intensities)


def occurrences(data: bytes) -> tuple[np.ndarray, np.ndarray]:
    head, *lines = (line.split(",") for line in plain(data))
    names = [cell.strip(" \t\r\v\f").strip('"').lower().removeprefix("au") for cell in head]
    aus = [int(n) if re.fullmatch(r"\d{1,9}", n, re.ASCII) else None for n in names]
    columns = [aus.index(au, 1) for au in (1, 12, 4)]
    assert all(aus[1:].count(au) == 1 for au in (1, 12, 4))
    assert len({len(cells) for cells in lines}) == 1
    assert len(lines[0]) in (len(head), len(head) + 1)
    rows = [(whole(cells[0]), [whole(cells[c]) for c in columns]) for cells in lines]
    return coded(rows, {0, 1, 9})


def test_occurrences(tmp_path: Path) -> None:
    head = "0,1,2,4,12,99"
    rows = [f"{n},{n % 2},9,{(0, 1, 9)[n % 3]},{n % 5 % 2},1" for n in range(3, 15)]
    sound = "\n".join([head, *rows, ""]).encode()

    def read(path: Path) -> tuple[np.ndarray, np.ndarray]:
        found = read_occurrence(path, (1, 12, 4))
        return found.frames, found.labels

    hold(tmp_path / "F001_T1.csv", (sound, sound.replace(b",99", b"")), read, occurrences)


# Landmarks


def pts(data: bytes) -> np.ndarray:
    lines = [line.strip() for line in plain(data)]
    assert re.fullmatch(r"version\s*:\s*1", lines[0])
    count = int(re.fullmatch(r"n_points\s*:\s*(49|66|68)", lines[1])[1])  # type: ignore[index]  # matched above
    assert (lines[2], lines[-1], len(lines)) == ("{", "}", count + 4)
    rows = [[number(cell) for cell in line.split()] for line in lines[3:-1]]
    with np.errstate(over="ignore"):
        found = np.array(rows).astype(np.float32)
    assert found.shape == (count, 2)
    assert np.isfinite(found).all()
    return found - 1


def test_pts(tmp_path: Path) -> None:
    path, sound = tmp_path / "1.pts", []
    for keep in (lambda face: face, to_66, to_49):
        write_pts(path, keep(points(1)))
        sound.append(path.read_bytes())
    hold(path, tuple(sound), lambda path: read_pts(path, (68, 66, 49)), pts)


def table(data: bytes) -> list[dict[str, str]]:
    """A table of text: comma, semicolon or tab between cells, whichever the head has most of."""
    text = data.decode("utf-8-sig", "replace")
    first, _, rest = text.replace("\r\n", "\n").replace("\r", "\n").partition("\n")
    mark = max("\t;,", key=first.count)
    comma = mark != "," and re.search(r"\d,\d", rest.partition("\n")[0])
    names = [cell.strip() for cell in next(csv.reader([first], delimiter=mark))]
    rows = [
        [cell.strip(" \t") for cell in row]
        for row in csv.reader(rest.split("\n"), delimiter=mark)
        if row
    ]
    assert rows
    assert all(len(row) == len(names) for row in rows)
    found = [dict(zip(names, row, strict=True)) for row in rows]
    assert len(found[0]) == len(names) or len(set(names)) < len(names)
    return [{k: decimal(v) if comma else v for k, v in row.items()} for row in found]


def decimal(text: str) -> str:
    """A number with a decimal comma as one with a point; one with a point as nonsense."""
    return text.replace(".", "?").replace(",", ".")


def cell(text: str) -> float:
    if text in NOTHING:
        return np.nan
    return float(text) if re.fullmatch("[+-]?inf(inity)?", text, re.I) else number(text)


def faces(data: bytes) -> tuple[str, np.ndarray, np.ndarray]:
    rows = table(data)
    count = sum(name[:2] == "x_" for name in rows[0])
    assert {name for name in rows[0] if name[:2] in ("x_", "y_")} == {
        f"{axis}_{i}" for axis in "xy" for i in range(count)
    }
    wanted = [f"{axis}_{i}" for axis in "xy" for i in range(count)]
    with np.errstate(over="ignore"):
        flat = np.array([[cell(row[name]) for name in wanted] for row in rows]).astype(np.float32)
    frames = np.array([cell(row["frame"]) for row in rows])
    assert len(set(frames)) == len(frames)
    if "success" in rows[0]:
        success = np.array([cell(row["success"]) for row in rows])
        assert set(success) <= {0, 1}
        flat[success == 0] = np.nan
        frames -= 1
    missing = np.isnan(flat)
    assert (missing.all(axis=1) | np.isfinite(flat).all(axis=1)).all()
    places = flat.reshape(-1, 2, count).transpose(0, 2, 1)
    return "alphabetical" if "success" in rows[0] else "frame", frames, places


@pytest.mark.parametrize("openface", [False, True])
def test_tables_of_landmarks(tmp_path: Path, openface: bool) -> None:
    path = tmp_path / "F001_T1.csv"
    shown = {n: None if n == 3 else to_49(points(n)) for n in range(2, 7)}
    write_csv(path, shown, openface=openface)

    def read(path: Path) -> tuple[str, np.ndarray, np.ndarray]:
        found = read_csv(path)
        return found.by, found.numbers, found.points

    hold(path, (path.read_bytes(),), read, faces)


def test_landmarks_that_a_user_gives(tmp_path: Path) -> None:
    path = tmp_path / "film.csv"
    write_csv(path, {n: None if n == 3 else points(n) for n in range(1, 6)}, openface=True)

    def read(path: Path) -> list[tuple[int, np.ndarray]]:
        return sorted(read_landmarks(path, InputSource(tmp_path / "film.mp4")).items())

    def oracle(data: bytes) -> list[tuple[int, np.ndarray]]:
        kind, numbers, found = faces(data)
        if kind == "alphabetical":
            numbers = numbers + 1
        pairs = zip(numbers.tolist(), found, strict=True)
        return sorted(
            (int(n), face)
            for n, face in pairs
            if np.ptp(face, axis=0).any() and np.isfinite(face).all()
        )

    hold(path, (path.read_bytes(),), read, oracle)


def test_lists_of_wflw(tmp_path: Path) -> None:
    (tmp_path / "WFLW_images").mkdir()
    path = tmp_path / "list_98pt_rect_attr_train.txt"
    sound = "".join(line_of(points(n), f"a/{n}.jpg") + "\n" for n in range(3)).encode()

    def read(path: Path) -> list[tuple[str, int, np.ndarray]]:
        corpus = WFLW(tmp_path)
        return [(str(f.picture), f.frame, corpus.read_points(f)) for _, f in corpus.find()]

    def oracle(data: bytes) -> list[tuple[str, int, np.ndarray]]:
        found: list[tuple[str, int, np.ndarray]] = []
        for line in plain(data):
            cells = line.split()
            assert len(cells) == 207
            picture = str(tmp_path / "WFLW_images" / cells[-1])
            with np.errstate(over="ignore"):
                values = np.array([number(c) for c in cells[:196]]).astype(np.float32)
            face = values.reshape(98, 2)[list(POINTS_68)]
            assert np.isfinite(face).all()
            found.append((picture, 1 + [name for name, *_ in found].count(picture), face))
        return found

    hold(path, (sound,), read, oracle)


def test_torch7(tmp_path: Path) -> None:
    sound = t7(points(0))

    def oracle(data: bytes) -> np.ndarray:
        head, _, rest = data.rpartition(b"Storage")
        kind = "<f4" if head.endswith(b"torch.Float") else "<f8"
        assert struct.unpack("<q", rest[:8]) == (136,)
        with np.errstate(over="ignore"):
            return np.frombuffer(rest[8:], kind).reshape(68, 2).astype(np.float32)

    hold(tmp_path / "7.t7", (sound,), read_t7, oracle)


def test_matrices(tmp_path: Path) -> None:
    path, sound = tmp_path / "a.mat", []
    for packed in (True, False):
        savemat(path, {"pts": to_66(points(0)), "x": "text"}, do_compression=packed)
        sound.append(path.read_bytes())

    def oracle(data: bytes) -> np.ndarray:
        with np.errstate(over="ignore"):
            found = loadmat(io.BytesIO(data), variable_names=["pts"])["pts"].astype(np.float32)
        assert found.shape in ((68, 2), (66, 2), (49, 2))
        return np.asarray(found)

    hold(path, tuple(sound), lambda path: read_matrix(path, "pts", (66, 68, 49)), oracle)


@pytest.mark.parametrize("write", [write_fit, write_old_fit])
def test_structures_of_trackers(tmp_path: Path, write: Any) -> None:
    """No second reading of HDF5 is at hand: what is read has the form of landmarks."""
    path = tmp_path / "F001_T1.mat"
    write(path, [to_49(points(0)), None, to_49(points(2))])
    first = path.read_bytes()

    def read(path: Path) -> bool:
        found = read_series(path)
        shape = found.points.shape
        return found.by == "time" and shape == (len(found.numbers), shape[1], 2)

    hold(path, (first,), read, lambda _: True)


# Pictures


def test_pictures(tmp_path: Path) -> None:
    image = np.random.default_rng(0).integers(0, 255, (9, 7, 3), np.uint8)
    sound = tuple(cv2.imencode(kind, image)[1].tobytes() for kind in (".jpg", ".png"))

    def read(path: Path) -> bool:
        found = read_still(path)
        return found.dtype == np.uint8 and found.ndim == 3 and found.shape[2] == 3

    hold(tmp_path / "1.jpg", sound, read, lambda _: True)


# Predictions, records, settings


def test_prediction_tables(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    small.table().drop(columns="fold").groupby("subject").head(3).to_csv(path, index=False)
    expected = expected_frames(small.PROTOCOL, small.index())
    order = list(expected[["subject", "session", "view", "frame"]].itertuples(index=False))

    def read(path: Path) -> np.ndarray:
        importer = Importer(TOOLS["csv"], small.PROTOCOL, small.index(), expected)
        return importer.load(path).values

    def oracle(data: bytes) -> np.ndarray:
        values = np.full((len(order), 3), np.nan, np.float32)
        seen = set()
        for row in table(data):
            lower = {name.lower(): text for name, text in row.items()}
            assert len(lower) == len(row)
            parts = [lower["subject"].lower().strip(), lower.get("session", "left").lower().strip()]
            key = (*parts, cell(lower["view"]) if "view" in lower else 0, cell(lower["frame"]))
            (place,) = [n for n, k in enumerate(order) if matches(k, key)]
            assert place not in seen
            seen.add(place)
            for column, au in enumerate(small.AUS):
                names = [n for n in lower if re.fullmatch(rf"au_?0*{au}", n)]
                if names:
                    values[place, column] = cell(lower[names[0]])
        return values

    hold(path, (path.read_bytes(),), read, oracle, max(1, EXAMPLES // 3))


OPENFACE3 = """video_path,frame_index,face_id,action_units
/data/SN001.mp4,0,0.0,"[[0.1, 0.9, 0.9, 0.2, 0.9, 0.3, 0.9, 0.9]]"
/data/SN001.mp4,1,,
/data/SN001.mp4,2,0.0,"[[0.4, 0.9, 0.9, 0.5, 0.9, 0.6, 0.9, 0.9]]"
"""
PYFACEAU = """frame,timestamp,success,AU01_r,AU06_r,AU12_r
0,0.0,True,1.5,0.0,4.25
1,0.04,False,,,
2,0.08,True,0.5,1.0,nan
"""
LIBREFACE = """input_image_path,au_intensities
SN001_0001.png,"{'au_1_intensity': 1.5, 'au_6_intensity': 0.0}"
SN001/0002.png,
SN001/frame3.png,"{'au_12_intensity': 2.5}"
"""


@pytest.mark.parametrize(
    ("tool", "sound"),
    [("openface3", OPENFACE3), ("pyfaceau", PYFACEAU), ("libreface", LIBREFACE)],
)
def test_files_of_tools(tmp_path: Path, tool: str, sound: str) -> None:
    """A damaged file is read or refused in one line, and no frame gets an infinite value."""
    path = tmp_path / "SN001.csv"
    expected = expected_frames(small.PROTOCOL, small.index())

    def read(path: Path) -> bool:
        found = Importer(TOOLS[tool], small.PROTOCOL, small.index(), expected).load(path)
        return not np.isinf(found.values).any()

    hold(path, (sound.encode(),), read, lambda _: True, max(1, EXAMPLES // 3))


def matches(key: Any, told: tuple[Any, ...]) -> bool:
    """Is this the frame that a row tells? Subjects may be without zeros and without a corpus."""
    short = re.sub(r"(?<!\d)0+(?=\d)", "", told[0])
    full = re.sub(r"(?<!\d)0+(?=\d)", "", key[0].lower())
    rest = (key[1], float(key[2]), float(key[3])) == (told[1], float(told[2]), float(told[3]))
    return rest and short in (full, full.partition("/")[2])


def test_parquet(tmp_path: Path) -> None:
    path = tmp_path / "predictions.parquet"
    write_predictions(path, small.table().head(9), Provenance("r", "p", "h", "f", True))

    def read(path: Path) -> bool:
        return {"subject", "session", "view", "frame"} <= set(read_predictions(path).columns)

    hold(path, (path.read_bytes(),), read, lambda _: True)


def test_records(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    make_record(tmp_path, small.PROTOCOL)
    (made,) = tmp_path.rglob("record.json")
    sound = made.read_bytes()

    def oracle(data: bytes) -> Any:
        return json.loads(data)

    def read(path: Path) -> Any:
        record = read_record(path).model_dump(mode="json")  # JSON text has no infinity
        told = json.loads(path.read_bytes())
        return restricted(record, told)

    hold(path, (sound,), read, oracle, max(1, EXAMPLES // 3))


def restricted(record: Any, told: Any) -> Any:
    """``record`` without what ``told`` leaves to defaults."""
    if isinstance(record, dict) and isinstance(told, dict):
        return {name: restricted(record.get(name), value) for name, value in told.items()}
    return record


def test_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "config.toml"
    monkeypatch.setenv("AUBENCH_CONFIG", str(path))
    sound = b"# mine\n[packs]\ndisfa = \"/data/disfa.pack\"\nbp4d = 'C:\\x'\n"

    def oracle(data: bytes) -> dict[str, Path]:
        said = tomllib.loads(data.decode())
        assert set(said) <= {"packs"}
        return {name: Path(folder) for name, folder in said.get("packs", {}).items()}

    hold(path, (sound,), lambda _: configured_packs(), oracle)
