"""Landmarks from files of many kinds, and from a detector."""

import hashlib
import shutil
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from urllib.error import URLError

import h5py
import numpy as np
import pytest
from click.testing import CliRunner

from aubench.cli import cli
from aubench.corpora.bp4d.reader import Bp4d, Bp4dSettings
from aubench.corpora.disfa import facts as disfa_facts
from aubench.corpora.disfa.reader import Disfa, DisfaSettings
from aubench.corpora.landmarks import detector
from aubench.corpora.landmarks import fit_mat as tracker_files
from aubench.corpora.landmarks.files import read_pts
from aubench.corpora.landmarks.series import read_series
from aubench.errors import AubenchError
from aubench.landmarks import MARKUPS, to_49, to_66
from aubench.pack.pack import Pack
from support.trees import disfa_tree
from support.trees.recorded_trees import (
    FRAMES,
    Bp4dLayout,
    nested_pts,
    points,
    stamped,
    write_bp4d,
    write_csv,
    write_fit,
    write_old_fit,
    write_pts,
)

KEEP = {68: lambda face: face, 66: to_66, 49: to_49}


@pytest.mark.parametrize("count", KEEP)
@pytest.mark.parametrize("write", [write_fit, write_old_fit])
@pytest.mark.parametrize("field", ["pred", "pts_2d"])
def test_the_trackers_structures(
    tmp_path: Path, write: Callable[..., None], field: str, count: int
) -> None:
    faces = [KEEP[count](points(n)) for n in range(4)]
    write(tmp_path / "F001_T1.mat", [faces[0], None, *faces[2:]], field)
    series = read_series(tmp_path / "F001_T1.mat")
    assert (series.by, series.numbers.tolist()) == ("time", [0, 1, 2, 3])
    np.testing.assert_allclose(series.points[[0, 2, 3]], [faces[0], *faces[2:]], atol=1e-5)
    assert np.isnan(series.points[1]).all()


def test_rows_of_openface_without_success_are_lost(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_csv(path, {1: points(1), 2: None, 3: points(3)}, openface=True)
    series = read_series(path)
    assert (series.by, series.numbers.tolist()) == ("alphabetical", [0, 1, 2])
    assert np.isnan(series.points[1]).all()
    np.testing.assert_allclose(series.points[[0, 2]], [points(1), points(3)], atol=1e-3)


def text(old: str, new: str) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        data = path.read_text()
        assert old in data
        path.write_text(data.replace(old, new, 1))

    return spoil


TABLES = {
    "no frames": (text("frame", "number"), ":1: no column frame"),
    "a point missing": (text("x_30", "x_x"), ":1: no column x_30"),
    "a column twice": (text("x_30", "x_31"), ":1: no column x_30"),
    "a frame twice": (text("\n3,", "\n2,"), ":4: frame 2 a second time"),
    "half a frame": (text("\n3,", "\n2.5,"), ":4: frame 2.5;"),
    "a frame below 0": (text("\n3,", "\n-3,"), ":4: frame -3;"),
    "no number of a frame": (text("\n3,", "\n,"), ":4: frame nan;"),
    "a word": (text("\n3, ", "\n3, left"), ":4: not a table of numbers here: invalid value"),
    "a line too long": (text("\n3,", "\n3,4,"), ":4: not a table of numbers here: Expected 137"),
    "a line too short": (lambda p: p.write_text(p.read_text() + "4"), ":5: not a table of numbers"),
    "no text": (lambda p: p.write_bytes(b"\x80\x81\xff" * 9), ": not UTF-8 text"),
    "nothing": (lambda p: p.write_bytes(b""), ": an empty file"),
}


@pytest.mark.parametrize(("spoil", "what"), TABLES.values(), ids=TABLES)
def test_a_bad_table_is_named(tmp_path: Path, spoil: Callable[[Path], None], what: str) -> None:
    path = tmp_path / "F001_T1.csv"
    write_csv(path, {n: points(n) for n in (1, 2, 3)})
    spoil(path)
    with pytest.raises(AubenchError) as caught:
        read_series(path)
    assert f"{path}{what}" in str(caught.value)
    assert "\n" not in str(caught.value)


PTS = {
    "a point too many": (text("}", "5 5\n}"), ":72: no '}' after the 68th point"),
    "half a point": (lambda p: p.write_text("version: 1\nn_points: 49\n{\n7\n}\n"), ":4: '7' is"),
    "three numbers": (text("{\n", "{\n1 2 3\n"), ":4: '1 2 3' is not a point"),
    "a number too large": (text("{\n", "{\n1e99 2\n"), ":4: '1e99 2' is not finite"),
    "an unknown markup": (text("68", "5"), ":2: 'n_points:  5' where 'n_points:68' or"),
}


@pytest.mark.parametrize(("spoil", "what"), PTS.values(), ids=PTS)
def test_a_bad_file_of_points_is_named(
    tmp_path: Path, spoil: Callable[[Path], None], what: str
) -> None:
    path = tmp_path / "1.pts"
    write_pts(path, points(1))
    spoil(path)
    with pytest.raises(AubenchError) as caught:
        read_pts(path, MARKUPS)
    assert f"{path}{what}" in str(caught.value)


def outside(path: Path) -> None:
    """Points that are in another file, as a link or as raw data."""
    write_fit(path.with_name("other.mat"), [to_49(points(0))])
    with h5py.File(path, "w") as file:
        file["fit"] = h5py.ExternalLink("other.mat", "/fit")


def outside_field(path: Path) -> None:
    write_fit(path.with_name("other.mat"), [to_49(points(0))])
    with h5py.File(path, "w") as file:
        file.create_group("fit")["pred"] = h5py.ExternalLink("other.mat", "/fit/pred")


def outside_data(path: Path) -> None:
    (path.parent / "raw").write_bytes(bytes(49 * 2 * 8))
    with h5py.File(path, "w") as file:
        raw = [(str(path.parent / "raw"), 0, h5py.h5f.UNLIMITED)]
        file.create_group("fit").create_dataset("pred", (2, 49), "f8", external=raw)


def huge(path: Path) -> None:
    """Claims a billion points, of which not one is stored."""
    with h5py.File(path, "w") as file:
        cell = file.create_dataset("c", (2, 10**9), "f8", chunks=(2, 1000))
        refs = np.array([[cell.ref]], dtype=h5py.ref_dtype)
        file.create_group("fit").create_dataset("pred", data=refs)


def many(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.create_group("fit").create_dataset(
            "pred", (10**9, 1), h5py.ref_dtype, chunks=(1000, 1)
        )


def bomb(path: Path) -> None:
    """A packed variable of 5 MB that takes 5 kB."""
    packed = zlib.compress(bytes(5 << 20))
    head = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM"
    path.write_bytes(head + b"\x0f\x00\x00\x00" + len(packed).to_bytes(4, "little") + packed)


def no_structure(path: Path) -> None:
    from scipy.io import savemat

    savemat(path, {"fit": np.zeros((49, 2))})


def two_markups(path: Path) -> None:
    write_fit(path, [to_49(points(0)), to_66(points(1))])


MATS = {
    "a link to another file": (outside, "holds no structure 'fit'"),
    "a field in another file": (outside_field, "'fit' has no field pred or pts_2d"),
    "data in another file": (outside_data, "points that are no matrix"),
    "a billion points": (huge, "points of shape (1000000000, 2), not 49 × 2"),
    "a billion frames": (many, "'pred' is no list of frames"),
    "a bomb": (bomb, "unpacks to more than"),
    "a matrix": (no_structure, "holds no structure 'fit'"),
    "two markups": (two_markups, "frames of 49 and 66 points"),
    "no MATLAB file": (lambda path: path.write_text("frame,x_0"), "not a readable MATLAB file"),
    "nothing": (lambda path: path.write_bytes(b""), "not a readable MATLAB file"),
}


@pytest.mark.parametrize(("write", "what"), MATS.values(), ids=MATS)
def test_a_bad_structure_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[[Path], None], what: str
) -> None:
    monkeypatch.setattr(tracker_files, "_LARGEST", 1 << 20)  # a small bomb is enough
    path = tmp_path / "F001_T1.mat"
    write(path)
    with pytest.raises(AubenchError) as caught:
        read_series(path)
    assert str(caught.value).startswith(f"{path}: {what}")
    assert "\n" not in str(caught.value)


def twice_pts(root: Path) -> None:
    write_pts(root / "Landmarks/F001/T1/998.pts", points(998))


def twice_recordings(root: Path) -> None:
    write_csv(root / "Landmarks/f001_t1.csv", {998: points(998)})


def mixed(root: Path) -> None:
    (root / "Landmarks/F001/T1/00999.PTS").unlink()
    write_pts(root / "Landmarks/F001/T1/999.pts", to_66(points(999)))


FOLDERS = {
    "two files of one picture": (twice_pts, "a second copy of"),
    "two sources of one recording": (twice_recordings, "a second copy of"),
    "two markups": (mixed, "files of 66 and 68 points"),
}


@pytest.mark.parametrize(("spoil", "what"), FOLDERS.values(), ids=FOLDERS)
def test_a_bad_folder_is_refused(tmp_path: Path, spoil: Callable[[Path], None], what: str) -> None:
    spoil(write_bp4d(tmp_path, Bp4dLayout(landmarks=nested_pts)))
    with pytest.raises(AubenchError, match=what):
        list(Bp4d(tmp_path).frames("bp4d/F001"))


# --- the detector -----------------------------------------------------------------------------

WEIGHTS = {"s3fd-1.pth": b"faces", "2DFAN4-2.pth.tar": b"landmarks"}


class FaceAlignment:
    """In place of the package's class: finds the number that a picture shows, and a small face."""

    seen: tuple[Any, ...] = ()

    def __init__(self, landmarks_type: str, device: str, compile: bool) -> None:
        FaceAlignment.seen = (landmarks_type, device, compile)

    def get_landmarks_from_image(self, image: np.ndarray) -> list[np.ndarray] | None:
        number = stamped(image)
        return None if number == 1000 else [points(number) / 4, points(number)]


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ModuleType]:
    """A package face_alignment with weights, as far as we use it."""
    import torch

    hub = tmp_path / "hub/checkpoints"
    hub.mkdir(parents=True)
    for name, data in WEIGHTS.items():
        (hub / name).write_bytes(data)
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(hub.parent))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    module: Any = ModuleType("face_alignment")
    module.FaceAlignment = FaceAlignment
    module.LandmarksType = SimpleNamespace(TWO_D="2D")
    api: Any = ModuleType("face_alignment.api")
    api.models_urls = {"2DFAN-4": "https://example.org/fan/2DFAN4-2.pth.tar"}
    sfd: Any = ModuleType("face_alignment.detection.sfd.sfd_detector")
    sfd.models_urls = {"s3fd": "https://example.org/fan/s3fd-1.pth"}
    for part in (module, api, sfd):
        monkeypatch.setitem(sys.modules, part.__name__, part)
    detector._network.cache_clear()
    yield module
    detector._network.cache_clear()


def test_the_detector_gives_the_largest_face_of_each_picture(
    tmp_path: Path, package: ModuleType
) -> None:
    root = write_bp4d(tmp_path / "BP4D")
    settings = Bp4dSettings(landmark_source="detector", landmarks="interpolate")
    frames = list(Bp4d(root, settings).frames("bp4d/M002"))
    assert FaceAlignment.seen == ("2D", "cpu", False)
    assert [f.frame for f in frames if not f.tracked] == [1000]
    for f in frames:
        if f.tracked:
            np.testing.assert_allclose(f.landmarks, points(f.frame), atol=1e-3)
    with pytest.raises(AubenchError, match="no usable landmarks of frame 1000 of M002_T1"):
        list(Bp4d(root, Bp4dSettings(landmark_source="detector")).frames("bp4d/M002"))


def test_a_pack_says_which_detector_with_which_weights(tmp_path: Path, package: ModuleType) -> None:
    root = write_bp4d(tmp_path / "BP4D")
    arguments = ["prepare", "bp4d", str(root), str(tmp_path / "pack"), "--subjects", "M002"]
    arguments += ["--landmark-source", "detector", "--landmarks", "interpolate"]
    result = CliRunner().invoke(cli, [*arguments, "--size", "32", "--workers", "1"])
    assert result.exit_code == 0, result.output
    pack = Pack.open(tmp_path / "pack")
    assert len(pack) == len(FRAMES)
    assert pack.manifest.settings["landmark_source"] == "detector"
    for name, data in WEIGHTS.items():
        digest = hashlib.sha256(data).hexdigest()
        assert any(f"{name} {digest}" in note for note in pack.manifest.notes)


def test_without_the_package_one_line_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "face_alignment", None)
    detector._network.cache_clear()
    root = write_bp4d(tmp_path)
    with pytest.raises(AubenchError, match="no landmark detector") as caught:
        list(Bp4d(root, Bp4dSettings(landmark_source="detector")).frames("bp4d/M002"))
    assert "pip install 'aubench[detector]'" in caught.value.mend
    assert "pip install --no-deps face-alignment" in caught.value.mend


def test_weights_that_cannot_be_had(
    tmp_path: Path, package: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_args: object, **_named: object) -> None:
        raise URLError("no route to host")

    package.FaceAlignment = unreachable
    root = write_bp4d(tmp_path / "BP4D")
    with pytest.raises(AubenchError, match="weights of face-alignment cannot be had") as caught:
        list(Bp4d(root, Bp4dSettings(landmark_source="detector")).frames("bp4d/M002"))
    assert caught.value.mend == "copy s3fd-1.pth and 2DFAN4-2.pth.tar there"


# --- DISFA with landmarks that are not its own --------------------------------------------------


def disfa_csv(folder: Path, frames: range) -> None:
    faces = {frame: disfa_tree.points(frame) for frame in frames}
    write_csv(folder / "LeftVideoSN010_comp.csv", faces, openface=True)


def disfa_pts(folder: Path, frames: range) -> None:
    for frame in frames:
        write_pts(folder / f"sn010/{frame:05d}.pts", disfa_tree.points(frame))


@pytest.mark.parametrize("write", [disfa_csv, disfa_pts])
def test_disfa_by_a_folder_of_landmarks(
    tmp_path: Path, write: Callable[[Path, range], None]
) -> None:
    """Six frames of video, of which the last has no label; DISFA's own landmarks are not needed."""
    root = disfa_tree.write_disfa(tmp_path / "DISFA", ("SN010",))
    shutil.rmtree(root / "Landmark_Points")
    write(tmp_path / "points", range(1, 7))
    corpus = Disfa(root, DisfaSettings(landmark_source=str(tmp_path / "points")))
    assert corpus.examine("disfa/SN010") == 5
    frames = list(corpus.frames("disfa/SN010"))
    assert [f.frame for f in frames] == [1, 2, 3, 4, 5]
    for f in frames:
        np.testing.assert_allclose(f.landmarks, disfa_tree.points(f.frame), atol=1e-3)


def test_disfa_without_a_face_in_a_frame(tmp_path: Path) -> None:
    root = disfa_tree.write_disfa(tmp_path / "DISFA", ("SN010",))
    disfa_pts(tmp_path / "points", range(2, 7))
    settings = DisfaSettings(landmark_source=str(tmp_path / "points"))
    with pytest.raises(AubenchError, match="NaN in landmarks of frame 1") as caught:
        list(Disfa(root, settings).frames("disfa/SN010"))
    assert caught.value.path == tmp_path / "points/sn010"
    kept = Disfa(root, replace(settings, landmarks="interpolate")).frames("disfa/SN010")
    assert [f.tracked for f in kept] == [False, True, True, True, True]


def test_disfa_by_the_detector(tmp_path: Path, package: Any) -> None:
    class Brightness(FaceAlignment):
        def get_landmarks_from_image(self, image: np.ndarray) -> list[np.ndarray] | None:
            return [disfa_tree.points(round((image.mean() - 30) / 15))]

    package.FaceAlignment = Brightness
    root = disfa_tree.write_disfa(tmp_path / "DISFA", ("SN010",))
    for f in Disfa(root, DisfaSettings(landmark_source="detector")).frames("disfa/SN010"):
        np.testing.assert_allclose(f.landmarks, disfa_tree.points(f.frame), atol=1e-3)


def test_the_detector_for_logged_frames_only(
    tmp_path: Path, package: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    class Brightness(FaceAlignment):
        def get_landmarks_from_image(self, image: np.ndarray) -> list[np.ndarray] | None:
            seen.append(round((image.mean() - 30) / 15))
            return None if seen[-1] == 5 else [disfa_tree.points(seen[-1]) + 1]

    package.FaceAlignment = Brightness
    monkeypatch.setattr(disfa_facts, "ERROR_LOG", {"SN001": ((3, 3), (5, 6))})
    root = disfa_tree.write_disfa(tmp_path / "DISFA", ("SN001",), 8)
    corpus = Disfa(root, DisfaSettings(logged_landmarks="detector"))
    frames = list(corpus.frames("disfa/SN001"))
    assert seen == [3, 5, 6]
    assert [f.frame for f in frames if not f.tracked] == [5]
    for f in frames:
        beside = {3: 1, 5: 0.5, 6: 1}.get(f.frame, 0)  # 5 lies between 4 and 6
        np.testing.assert_allclose(f.landmarks, disfa_tree.points(f.frame) + beside, atol=1e-3)
    assert any("landmarks are by face-alignment" in note for note in corpus.notes())


def test_a_quote_that_does_not_end_takes_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "F001_T1.csv"
    write_csv(path, {n: points(n) for n in (1, 2, 3)}, openface=True)
    path.write_text(path.read_text().replace(" 1.5\n", '"1.5\n', 1))
    with pytest.raises(AubenchError, match="1 rows in 3 lines below the header"):
        read_series(path)
