"""Files from strangers that are meant to harm: one line through the command line, nothing worse.

Packs have `test_malicious_shard`, alignment corpora `test_alignment_corpora`, trackers' structures
`test_landmark_sources`, public FANs `test_public_fan`.
"""

from __future__ import annotations

import json
import os
import pickle
import resource
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from aubench.corpora.landmarks.interpolate import usable
from aubench.crops.crop import CROPS
from aubench.crops.warp import warp
from aubench_protocols.disfa import disfa3fold
from support import small_corpus as small
from support.make_records import make_record
from support.trees.alignment_trees import write_ls3dw
from support.trees.recorded_trees import Bp4dLayout, nested_pts, points, write_bp4d, write_pts

MEMORY = 6 << 30
"""Bytes of address space: torch's libraries take some 3 GB of it, each bomb asks for more."""


def limited() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def bounded(folder: Path, *command: object) -> subprocess.CompletedProcess[str]:
    """What a command does within bounded memory."""
    return subprocess.run(
        [sys.executable, "-m", "aubench", *map(str, command)],
        cwd=folder,
        env=os.environ | {"AUBENCH_CONFIG": str(folder / "config.toml"), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        preexec_fn=limited,
    )


def refused(folder: Path, *command: object) -> str:
    """The one line that a command ends with, within bounded memory."""
    done = bounded(folder, *command)
    assert done.returncode == 2, done.stdout + done.stderr
    assert not (folder / "exploded").exists()
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("error: ")
    assert line.isprintable()
    return line


class Bomb:
    """Unpickled, it would write a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.path,))


# prepare: pictures and landmarks


def png(width: int, height: int) -> bytes:
    """A picture of zeros that says how large it is."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(bytes(1 << 20)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + data + chunk(b"IEND", b"")


def jpeg(side: int) -> bytes:
    """A small picture that says it is a large one."""
    data = bytearray(cv2.imencode(".jpg", np.zeros((24, 24, 3), np.uint8))[1].tobytes())
    place = data.index(b"\xff\xc0") + 5
    data[place : place + 4] = side.to_bytes(2, "big") * 2
    return bytes(data)


POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 48\n(exploded) (w) file\n"
PICTURES = {
    "a png bomb": png(60_000, 60_000),
    "a png of 69 million pixels": png(8_300, 8_300),
    "a jpeg bomb": jpeg(65_500),
    "a program": POSTSCRIPT,
    "a pickle": pickle.dumps(Bomb(Path("exploded"))),
}


@pytest.mark.parametrize("data", PICTURES.values(), ids=PICTURES)
def test_pictures_that_harm(tmp_path: Path, data: bytes) -> None:
    root = write_bp4d(tmp_path / "bp4d", Bp4dLayout(landmarks=nested_pts))
    (root / "F001/T1/998.jpg").write_bytes(data)
    line = refused(tmp_path, "prepare", "bp4d", root, "pack", "--size", 32, "--workers", 1)
    assert "998.jpg: not a whole picture" in line


def chunk_bomb(path: Path) -> None:
    """A matrix of 49 points in a chunk that unpacks to 3 GB, in a file of some megabytes."""
    with h5py.File(path, "w") as file:
        cells = file.create_group("#refs#")
        options = {"chunks": (1 << 13, 49000), "compression": "gzip", "compression_opts": 9}
        cell = cells.create_dataset("c", (2, 49), "f8", maxshape=(None, None), **options)
        refs = np.array([[cell.ref]], dtype=h5py.ref_dtype)
        file.create_group("fit").create_dataset("pred", data=refs)


def npz(path: Path) -> None:
    np.savez(path.with_suffix(".npz"), pts=np.array([Bomb(Path("exploded"))], dtype=object))
    path.with_suffix(".npz").rename(path)


def object_file(path: Path) -> None:
    path.write_bytes(pickle.dumps(Bomb(Path("exploded"))))


TRACKERS: dict[str, tuple[Callable[[Path], None], str]] = {
    "a chunk that unpacks to gigabytes": (chunk_bomb, "points that are no matrix"),
    "an archive of numpy": (npz, "not a readable MATLAB file"),
    "a pickle": (object_file, "not a readable MATLAB file"),
    "a fifo": (os.mkfifo, "no frame of F001_T1 has usable landmarks"),
}


@pytest.mark.parametrize(("write", "what"), TRACKERS.values(), ids=TRACKERS)
def test_landmarks_that_harm(tmp_path: Path, write: Callable[[Path], None], what: str) -> None:
    root = write_bp4d(tmp_path / "bp4d")
    place = root / "BP4D-fpoints/F001_T1.mat"
    place.unlink()
    write(place)
    line = refused(tmp_path, "prepare", "bp4d", root, "pack", "--size", 32, "--workers", 1)
    assert what in line


def test_names_that_steer_a_terminal_are_not_shown_as_they_are(tmp_path: Path) -> None:
    root = write_ls3dw(tmp_path / "ls3dw")
    evil = root / "Menpo-3D" / "\x1b[2J\x1b]0;owned\x07.t7"
    (root / "Menpo-3D/7.t7").rename(evil)
    assert "owned" in refused(tmp_path, "prepare", "ls3dw", root, "pack")


# Faces of absurd size


@pytest.mark.parametrize("recipe", CROPS)
@pytest.mark.parametrize("sampling", ["mipmap", "supersampling"])
@pytest.mark.parametrize("scale", [1e3, 1e6, 1e30])
def test_a_crop_far_larger_than_the_picture_is_not_made(
    recipe: str, sampling: str, scale: float
) -> None:
    face = ((points(0) - points(0).mean(axis=0)) * scale + 32).astype(np.float32)
    assert not usable(face[None], 64, 48)[0]
    picture = np.zeros((48, 64, 3), np.uint8)
    with pytest.raises(ValueError, match="far larger than the picture"):
        warp(picture, CROPS[recipe].matrix(face, 64), 64, sampling)  # type: ignore[arg-type]  # a parameter is a str


def test_points_far_apart_stop_a_strict_prepare(tmp_path: Path) -> None:
    root = write_bp4d(tmp_path / "bp4d", Bp4dLayout(landmarks=nested_pts))
    face = points(998)
    write_pts(root / "Landmarks/F001/T1/00998.PTS", (face - face.mean(axis=0)) * 1e6 + 32)
    line = refused(tmp_path, "prepare", "bp4d", root, "pack", "--size", 32, "--workers", 1)
    assert "no usable landmarks of frame 998" in line


# table, compare: records


def spoiled(change: Callable[[dict], object]) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        data = json.loads(path.read_text())
        change(data)
        path.write_text(json.dumps(data))

    return spoil


RECORDS: dict[str, tuple[Callable[[Path], object], str]] = {
    "deep": (lambda p: p.write_text("[" * 100_000), "nested too deep"),
    "deep objects": (lambda p: p.write_text('{"a":' * 100_000), "nested too deep"),
    "a number of many digits": (lambda p: p.write_text("9" * 10_000), "not JSON"),
    "a name twice": (
        lambda p: p.write_text(p.read_text().replace('"run_id"', '"status": "x",\n"run_id"', 1)),
        "'status' twice",
    ),
    "not a number": (lambda p: p.write_text('{"schema_version": NaN}'), "NaN, which JSON does not"),
    "huge": (lambda p: os.truncate(p, 1 << 40), "too large for a record"),
    "ragged moments": (
        spoiled(lambda d: d["moments"]["raw"]["values"][0][0].pop()),
        "do not fit the columns",
    ),
    "a pickle": (lambda p: p.write_bytes(pickle.dumps(Bomb(Path("exploded")))), "not JSON"),
}


@pytest.mark.parametrize(("spoil", "what"), RECORDS.values(), ids=RECORDS)
def test_a_record_that_harms_is_shown_as_broken_and_hides_no_other(
    tmp_path: Path, spoil: Callable[[Path], object], what: str
) -> None:
    make_record(tmp_path / "runs", disfa3fold, "other-method")
    make_record(tmp_path / "runs", small.PROTOCOL)
    record = tmp_path / "runs/small/adapt-official/record.json"
    spoil(record)
    done = bounded(tmp_path, "table", "--results", "runs")
    assert done.returncode == 0, done.stderr
    assert "other-method" in done.stdout
    (line,) = done.stderr.splitlines()
    assert line.startswith("broken: ")
    assert what in line
    assert str(record.relative_to(tmp_path)) in line
    assert what in refused(tmp_path, "verify", record.parent)


# run: the user's configuration


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a = " + "[" * 100_000, "not TOML"),
        ("a = " + "9" * 10_000, "not TOML"),
        ("[packs]\ndisfa = 1\ndisfa = 2", "not TOML"),
        ("[packs]\ndisfa = 1", "[packs] must name folders"),
        ("[[packs]]\n", "[packs] must name folders"),
        ('[pack]\ndisfa = "x"', "'pack' is not known"),
        ('[packs]\ndisfa = "~nobody/x"', "no pack"),
        ('[packs]\ndisfa = "\\u0000"', "no pack"),
    ],
)
def test_settings_that_harm(tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / "config.toml").write_text(text)
    assert what in refused(tmp_path, "run", "--method", "mean", "--protocol", "disfa3fold")


# score: Parquet and lists


def footer(path: Path) -> None:
    """The part of the footer that should list types and counts is overwritten."""
    pq.write_table(pa.table({"subject": ["a"], "frame": [1], "AU01": [1.0]}), path)
    data = path.read_bytes()
    length = int.from_bytes(data[-8:-4], "little")
    foot = bytearray(data[-8 - length : -8])
    foot[4:12] = b"\xff" * 8
    path.write_bytes(data[: -8 - length] + foot + data[-8:])


def dictionary_bomb(path: Path) -> None:
    """Twenty thousand rows of one megabyte of text, which a dictionary packs into a page."""
    names = pa.DictionaryArray.from_arrays(pa.array([0] * 20_000), pa.array(["a" * 1_000_000]))
    columns = {"subject": names, "session": ["left"] * 20_000, "frame": range(20_000)}
    pq.write_table(pa.table(columns | {"AU01": [1.0] * 20_000}), path, compression="zstd")
    assert path.stat().st_size < 1_000_000


def of_text(path: Path) -> None:
    pq.write_table(pa.table({"subject": ["SN001"], "frame": ["x"], "AU01": ["y"]}), path)


PARQUET: dict[str, tuple[Callable[[Path], object], str]] = {
    "a footer of nonsense": (footer, "not a prediction file"),
    "a bomb of a dictionary": (dictionary_bomb, "a text of 1,000,000 bytes in column subject"),
    "text for numbers": (of_text, "not readable as Parquet"),
    "a pickle": (
        lambda path: path.write_bytes(pickle.dumps(Bomb(Path("exploded")))),
        "not a prediction file",
    ),
    "nothing": (lambda path: path.write_bytes(b""), "not a prediction file"),
}


@pytest.mark.parametrize(("write", "what"), PARQUET.values(), ids=PARQUET)
def test_parquet_that_harms(tmp_path: Path, write: Callable[[Path], object], what: str) -> None:
    write(tmp_path / "p.parquet")
    (tmp_path / "run.py").write_text(SCORE)
    done = subprocess.run(
        [sys.executable, "run.py", str(Path(__file__).parent.parent)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        preexec_fn=limited,
    )
    assert done.stdout.startswith("refused: "), done.stdout + done.stderr
    assert what in done.stdout
    assert len(done.stdout.splitlines()) == 1


SCORE = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from support import small_corpus as small
from aubench.errors import AubenchError
from aubench.importers.evaluate import Submission, evaluate
from aubench.importers.tools import TOOLS
try:
    submission = Submission(Path("p.parquet"), TOOLS["parquet"], "mine")
    evaluate(submission, small.PROTOCOL, small.pack(), Path("runs"))
except AubenchError as error:
    print("refused:", error)
"""


# predict and FAN weights


WEIGHTS: dict[str, Callable[[Path], object]] = {
    "a header of absurd length": lambda p: p.write_bytes(struct.pack("<Q", 1 << 62) + b"{}"),
    "a header that is deep": lambda p: p.write_bytes(
        struct.pack("<Q", 100_000) + b'{"a":' * 20_000
    ),
    "a pickle": lambda p: p.write_bytes(pickle.dumps(Bomb(Path("exploded")))),
    "torch's pickle": lambda p: torch.save({"a": Bomb(Path("exploded"))}, p),
    "nothing": lambda p: p.write_bytes(b""),
}


@pytest.mark.parametrize("write", WEIGHTS.values(), ids=WEIGHTS)
def test_weights_that_harm(tmp_path: Path, write: Callable[[Path], object]) -> None:
    from aubench.errors import AubenchError
    from aubench_methods.fan.weights import read_card

    write(tmp_path / "fan.safetensors")
    with pytest.raises(AubenchError, match="not a readable safetensors file") as caught:
        read_card(tmp_path / "fan.safetensors")
    assert len(str(caught.value).splitlines()) == 1
    assert not Path("exploded").exists()
