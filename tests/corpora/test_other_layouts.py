"""BP4D and FERA 2017 as other laboratories hold them, through ``aubench prepare``.

Copies, tools' output beside the corpus, landmarks that OpenFace wrote, videos that are a frame off:
every label must be the frame's own, or there must be a line that says what is wrong.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from aubench.corpora.bp4d.reader import Bp4d, Bp4dSettings
from aubench.corpora.fera2017.reader import Fera2017, Fera2017Settings
from aubench.pack.pack import Pack
from support.command import run_here
from support.trees import disfa_tree
from support.trees.recorded_trees import (
    FERA_INTENSITY,
    FERA_OCCURRENCE,
    FRAMES,
    INTENSITY,
    OCCURRENCE,
    Bp4dLayout,
    Fera2017Layout,
    fpoints,
    intensity,
    meant,
    occurrence,
    points,
    shown,
    stamp,
    stamped,
    write_bp4d,
    write_csv,
    write_fera2017,
    write_video,
)

Write = Callable[[Path], None]


def prepare(corpus: str, source: Path, *options: object) -> tuple[int, str]:
    """``aubench prepare`` to a folder ``pack`` beside the corpus."""
    common = ("--size", 32, "--workers", 1)
    return run_here("prepare", corpus, source, source.parent / "pack", *common, *options)


def check_labels(pack: Pack, intensities: tuple[int, ...], occurrences: tuple[int, ...]) -> None:
    """Every label of a pack is that of its frame."""
    rows = [[intensity(frame, au) for au in intensities] for frame in pack.index["frame"]]
    np.testing.assert_array_equal(pack.labels("intensity"), [meant(row) for row in rows])
    rows = [[occurrence(frame, au) for au in occurrences] for frame in pack.index["frame"]]
    np.testing.assert_array_equal(pack.labels("occurrence"), [meant(row) for row in rows])


# --- folders that only look like a copy -------------------------------------------------------


def models(root: Path) -> None:
    """The 3-D part of BP4D: the same folders, no picture."""
    for stem in ("F001/T1", "M002/T1"):
        (root / "BP4D-3D" / stem).mkdir(parents=True)
        (root / "BP4D-3D" / stem / "998.wrl").write_text("#VRML V2.0 utf8\n")


def empty(root: Path) -> None:
    (root / "cropped/F001/T1").mkdir(parents=True)


def openface_beside(root: Path) -> None:
    """What OpenFace wrote of the pictures, called as the label files are."""
    faces = {place: points(n) for place, n in enumerate(sorted((997, *FRAMES, 1004), key=str), 1)}
    write_csv(root / "processed/F001_T1.csv", faces, openface=True)


def expression_units(root: Path) -> None:
    """OpenFace without its landmarks: AU values of its own, in a file called as the labels."""
    (root / "processed").mkdir()
    head = "frame, face_id, timestamp, confidence, success, AU01_r, AU01_c\n"
    (root / "processed/F001_T1.csv").write_text(head + "1, 0, 0.00, 0.98, 1, 0.31, 0.00\n")


@pytest.mark.parametrize("beside", [models, empty, openface_beside, expression_units])
def test_a_folder_is_a_copy_only_if_it_holds_what_a_copy_holds(
    tmp_path: Path, beside: Write
) -> None:
    root = write_bp4d(tmp_path / "BP4D")
    beside(root)
    status, text = prepare("bp4d", root)
    assert status == 0, text
    pack = Pack.open(tmp_path / "pack")
    assert len(pack) == 18
    check_labels(pack, INTENSITY, OCCURRENCE)


def picture_copy(root: Path) -> None:
    (root / "old/BP4D/F001/T1").mkdir(parents=True)
    for number in FRAMES:  # of other pictures: whoever takes them shows it
        cv2.imwrite(str(root / f"old/BP4D/F001/T1/{number}.jpg"), stamp(0))


def label_copy(root: Path) -> None:
    """A copy that somebody relabelled."""
    shutil.copytree(root / "AUCoding", root / "old/BP4D/AUCoding")
    path = root / "old/BP4D/AUCoding/AU_INT/AU06/F001_T1_AU06.csv"
    path.write_text("".join(f"{frame},5\n" for frame in FRAMES))


@pytest.mark.parametrize("copy", [picture_copy, label_copy])
def test_a_copy_is_refused_until_its_folder_is_left_out(tmp_path: Path, copy: Write) -> None:
    root = write_bp4d(tmp_path / "BP4D")
    copy(root)
    status, text = prepare("bp4d", root)
    assert status == 2
    assert "a second copy of" in text
    assert "--set leave_out=" in text
    for name in ("old", "old/BP4D", "old/BP4D/, nothing"):
        status, text = prepare("bp4d", root, "--set", f"leave_out={name}")
        if "nothing" in name:
            assert (status, "no folder nothing to leave out" in text) == (2, True)
            continue
        assert status == 0, text
        pack = Pack.open(tmp_path / "pack")
        check_labels(pack, INTENSITY, OCCURRENCE)
        assert "leave_out" not in pack.manifest.settings  # it says where to look, not what is read
    reader = Bp4d(root, Bp4dSettings(leave_out="old"))
    assert [stamped(f.image) for f in reader.frames("bp4d/F001")] == [*FRAMES, *FRAMES]


# --- landmarks as tools lay them out ----------------------------------------------------------


def openface_faces(numbers: list[int]) -> dict[int, np.ndarray | None]:
    """OpenFace's rows: it goes through a folder in the order of names."""
    return {place: points(n) for place, n in enumerate(sorted(numbers, key=str), 1)}


def openface_at(pattern: str) -> Bp4dLayout:
    """Landmarks by OpenFace, called ``pattern`` under a folder ``openface``."""

    def write(root: Path, stem: str, numbers: list[int]) -> None:
        person, task = stem.split("_")
        path = root.parent / "openface" / pattern.format(s=person, t=task)
        write_csv(path, openface_faces(numbers), openface=True)

    return Bp4dLayout(landmarks=write)


PLACES = {
    "beside each other": "{s}_{t}.csv",
    "a folder a person": "{s}/{s}_{t}.csv",
    "a folder a recording": "{s}_{t}/{s}_{t}.csv",
    "called as the folder of pictures": "{s}/{t}.csv",
    "in a folder of that name": "{s}/{t}/{t}.csv",
    "below others": "out/2024/{s}/{t}.csv",
}


@pytest.mark.parametrize("pattern", PLACES.values(), ids=PLACES)
def test_what_openface_wrote_is_found_wherever_it_wrote_it(tmp_path: Path, pattern: str) -> None:
    root = write_bp4d(tmp_path / "BP4D", openface_at(pattern))
    settings = Bp4dSettings(landmark_source=str(tmp_path / "openface"))
    for subject in ("bp4d/F001", "bp4d/M002"):
        for frame in Bp4d(root, settings).frames(subject):
            np.testing.assert_allclose(frame.landmarks, points(frame.frame), atol=1e-3)
    status, text = prepare("bp4d", root, "--landmark-source", tmp_path / "openface")
    assert status == 0, text
    assert "note: landmarks are OpenFace's: those of rows with success 0 are not used" in text


@pytest.mark.parametrize(
    "name",
    [
        "SN001/LeftVideoSN001_comp.csv",
        "SN001/LeftVideoSN001.csv",
        "LeftVideoSN001_comp/LeftVideoSN001_comp.csv",
        "out/SN001/SN001.csv",
    ],
)
def test_what_openface_wrote_of_disfa_is_found(tmp_path: Path, name: str) -> None:
    root = disfa_tree.write_disfa(tmp_path / "DISFA", ("SN001",))
    faces = {frame: disfa_tree.points(frame) for frame in range(1, 7)}
    write_csv(tmp_path / "openface" / name, faces, openface=True)
    other = {frame: disfa_tree.points(frame) + 9 for frame in range(1, 7)}
    write_csv(tmp_path / "openface/SN001/RightVideoSN001_comp.csv", other, openface=True)
    status, text = prepare("disfa", root, "--landmark-source", tmp_path / "openface")
    assert status == 0, text
    pack = Pack.open(tmp_path / "pack")
    for row, face in enumerate(faces.values()):
        low, high = face.min(axis=0), face.max(axis=0)
        expected = (face - (low + high) / 2) * (32 / 1.4 / (high - low).max()) + 15.5
        np.testing.assert_allclose(pack.points.all()[row], expected, atol=2e-2)


def lose(path: Path, *rows: int) -> None:
    """Let OpenFace say of some rows that it found no face: it then writes other numbers."""
    lines = path.read_text().splitlines(keepends=True)
    for row in rows:
        cells = lines[row].split(", ")
        lines[row] = ", ".join([*cells[:3], "0.02", "0", *cells[5:]])
    path.write_text("".join(lines))


def test_rows_of_openface_without_success_are_lost_and_counted(tmp_path: Path) -> None:
    root = write_bp4d(tmp_path / "BP4D", openface_at("{s}_{t}.csv"))
    order = sorted((997, *FRAMES, 1004), key=str)  # 1000 … 1004, 997, 998, 999
    lose(tmp_path / "openface/F001_T1.csv", 1 + order.index(999), 1 + order.index(1001))
    lose(tmp_path / "openface/F001_T2.csv", 1 + order.index(1003))
    options = ("--landmark-source", tmp_path / "openface")
    status, text = prepare("bp4d", root, *options)
    assert status == 2
    assert (
        "no usable landmarks (OpenFace: success 0) of frame 999 and 2 more of F001_T1 and 1 more "
        "recordings; put them there, or repeat with --landmarks interpolate" in text
    )
    status, text = prepare("bp4d", root, *options, "--landmarks", "interpolate")
    assert status == 0, text
    index = Pack.open(tmp_path / "pack").index
    lost = index[~index["tracked"]]
    assert list(zip(lost["session"], lost["frame"], strict=True)) == [
        ("T1", 999), ("T1", 1001), ("T2", 1003),
    ]  # fmt: skip
    assert "note: 3 frames have no landmarks of their own" in text
    status, text = run_here("check-corpus", "bp4d", root, *options)
    assert "no landmarks (OpenFace: success 0): T1, frames 999, 1001 (2 in all)" in " ".join(
        text.split()
    )


TREES: dict[str, Callable[[Path], object]] = {
    "bp4d": write_bp4d,
    "fera2017": write_fera2017,
    "disfa": lambda root: disfa_tree.write_disfa(root, ("SN002",)),
}


def nothing_fits(folder: Path) -> None:
    write_csv(folder / "subject1/first.csv", {1: points(1)}, openface=True)


def other_people(folder: Path) -> None:
    for name in ("SN001/LeftVideoSN001_comp.csv", "F002/T1.csv"):
        write_csv(folder / name, {1: points(1)}, openface=True)


def test_lost_rows_of_openface_are_counted_in_disfa_too(tmp_path: Path) -> None:
    root = disfa_tree.write_disfa(tmp_path / "DISFA", ("SN002",))
    path = tmp_path / "openface/SN002/LeftVideoSN002_comp.csv"
    write_csv(path, {frame: disfa_tree.points(frame) for frame in range(1, 7)}, openface=True)
    lose(path, 2, 5)
    options = ("--landmark-source", tmp_path / "openface")
    status, text = prepare("disfa", root, *options)
    assert status == 2
    assert f"{path}: NaN in landmarks of frame 2 and 1 more (OpenFace: success 0)" in text
    assert "to prepare" not in text
    status, text = prepare("disfa", root, *options, "--landmarks", "interpolate")
    assert status == 0, text
    assert "note: 2 frames have no landmarks of their own" in text
    index = Pack.open(tmp_path / "pack").index
    assert list(index["frame"][~index["tracked"]]) == [2, 5]


@pytest.mark.parametrize("write", [nothing_fits, other_people, Path.mkdir])
@pytest.mark.parametrize("landmarks", ["strict", "interpolate"])
@pytest.mark.parametrize(
    ("corpus", "names"),
    [
        ("bp4d", "F001_T1.csv, F001_T1.mat, F001_T1/2440.pts, F001_T1/2440.mat, F001/T1.csv"),
        ("fera2017", "FERA17_TR_F001_T1_2.csv, FERA17_TR_F001_T1_2.mat, "),
        ("disfa", "LeftVideoSN002_comp.csv, LeftVideoSN002_comp.mat, LeftVideoSN002_comp/2440.pts"),
    ],
)
def test_a_folder_in_which_nothing_fits_says_what_was_looked_for(
    tmp_path: Path, write: Write, landmarks: str, corpus: str, names: str
) -> None:
    """Even under ``interpolate``, which would crop everything about the middle."""
    root = tmp_path / "tree"
    TREES[corpus](root)
    write(tmp_path / "points")
    options = ("--landmark-source", tmp_path / "points", "--landmarks", landmarks)
    status, text = prepare(corpus, root, *options)
    assert status == 2
    assert text.startswith(f"error: {tmp_path / 'points'}: no landmarks of any recording; looked,")
    assert names in text
    status, text = run_here("check-corpus", corpus, root, *options[:2])
    assert status == 2
    assert names in " ".join(text.split())


# --- videos that are a frame off --------------------------------------------------------------

VIDEO = "FERA17_Train_MV/FERA17_TR_F001_T1_2.mp4"


def of_frames(count: int) -> Write:
    """The video of view 2 with so many frames, its landmarks with it."""

    def write(root: Path) -> None:
        write_video(root / VIDEO, [shown(i, 2) for i in range(1, count + 1)])
        path = root / "Landmarks/FERA17_TR_F001_T1_2.csv"
        write_csv(path, {i: points(shown(i, 2)) for i in range(1, count + 1)}, openface=True)

    return write


@pytest.mark.parametrize(("count", "kept"), [(4, 4), (6, 5), (3, 3), (7, 5)])
def test_a_video_a_little_off_is_refused_until_it_is_allowed(
    tmp_path: Path, count: int, kept: int
) -> None:
    root = write_fera2017(tmp_path / "FERA", Fera2017Layout(openface=True))
    of_frames(count)(root)
    off = abs(count - 5)
    status, text = prepare("fera2017", root)
    assert status == 2
    assert f"{VIDEO}: {count} frames, but 5 are coded; put back" in text
    assert f"or allow it with --set frame_difference={off}" in text
    assert "to prepare" not in text  # before the long pass
    status, text = prepare("fera2017", root, "--set", f"frame_difference={off}")
    assert status == 0, text
    note = f"FERA17_TR_F001_T1_2 has {count} frames, but 5 are coded: the first {kept} are kept"
    assert f"note: {note}" in text
    pack = Pack.open(tmp_path / "pack")
    counts = pack.index.groupby(["subject", "view"], observed=True).size()
    assert counts.to_dict() == {
        ("fera2017/TR/F001", 2): kept, ("fera2017/TR/F001", 6): 5,
        ("fera2017/VA/F001", 2): 5, ("fera2017/VA/F001", 6): 5,
    }  # fmt: skip
    check_labels(pack, FERA_INTENSITY, FERA_OCCURRENCE)
    reader = Fera2017(root, Fera2017Settings(frame_difference=off))
    for frame in reader.frames("fera2017/TR/F001"):
        assert stamped(frame.image) == shown(frame.frame, frame.view)
        np.testing.assert_allclose(
            frame.landmarks, points(shown(frame.frame, frame.view)), atol=1e-3
        )
    status, text = run_here("check-corpus", "fera2017", root, "--set", f"frame_difference={off}")
    assert note in " ".join(text.split())


def test_more_than_is_allowed_is_refused(tmp_path: Path) -> None:
    root = write_fera2017(tmp_path / "FERA", Fera2017Layout(openface=True))
    of_frames(3)(root)
    status, text = prepare("fera2017", root, "--set", "frame_difference=1")
    assert (status, "3 frames, but 5 are coded" in text) == (2, True)


def renumbered(lines: list[str], by: int) -> Iterator[str]:
    for line in lines:
        frame, _, rest = line.partition(",")
        yield f"{int(frame) + by},{rest}"


def moved(name: str, by: int, *, header: bool = False, cut: int = 0) -> Write:
    """A label file that counts otherwise than the others, and perhaps lacks rows at its end."""

    def spoil(root: Path) -> None:
        lines = (root / name).read_text().splitlines(keepends=True)
        head, rows = (lines[:1], lines[1:]) if header else ([], lines)
        (root / name).write_text("".join([*head, *renumbered(rows[: len(rows) - cut], by)]))

    return spoil


OCC = "Train_Occ/FERA17_TR_F001_T1.csv"
AU17 = "Train_Int/FERA17_TR_F001_T1_AU17_Int.csv"


def one_of_all(root: Path) -> None:
    """A video of six frames, which is as many as there are numbers in two ways to count."""
    moved(AU17, -1)(root)
    of_frames(6)(root)


DISAGREE = {
    "one AU from 0": (moved(AU17, -1), AU17, "frames 0–4, but FERA17_TR_F001_T1_AU01_Int.csv has"),
    "one AU from 0, and one row fewer": (moved(AU17, -1, cut=1), AU17, "frames 0–3, but"),
    "one AU from 2": (moved(AU17, 1), AU17, "frames 2–6, but"),
    "occurrences from 0": (moved(OCC, -1, header=True), OCC, "frames 0–4, but"),
    "a video that would fit both": (one_of_all, AU17, "frames 0–4, but"),
    "one AU is longer than the video": (
        lambda root: (root / AU17).write_text((root / AU17).read_text() + "6,0\n"),
        AU17, "frames 1–6, but FERA17_TR_F001_T1_AU01_Int.csv has 1–5",
    ),
}  # fmt: skip


@pytest.mark.parametrize("allowed", [0, 2])
@pytest.mark.parametrize(("spoil", "where", "what"), DISAGREE.values(), ids=DISAGREE)
def test_labels_that_disagree_are_blamed_and_not_the_video(
    tmp_path: Path, spoil: Write, where: str, what: str, allowed: int
) -> None:
    root = write_fera2017(tmp_path / "FERA", replace(Fera2017Layout(), openface=True))
    spoil(root)
    status, text = prepare("fera2017", root, "--set", f"frame_difference={allowed}")
    assert status == 2
    assert text.startswith(f"error: {root / where}: {what}")


@pytest.mark.parametrize(("count", "kept"), [(4, 4), (7, 6)])
def test_a_disfa_video_a_little_off_is_refused_until_it_is_allowed(
    tmp_path: Path, count: int, kept: int
) -> None:
    root = disfa_tree.write_disfa(tmp_path / "DISFA", ("SN001", "SN010"))
    disfa_tree.write_video(root / "Videos_LeftCamera/LeftVideoSN001_comp.avi", count)
    off = abs(count - 6)
    status, text = prepare("disfa", root)
    assert status == 2
    assert f"or allow it with --set frame_difference={off}" in text
    status, text = prepare("disfa", root, "--set", f"frame_difference={off}")
    assert status == 0, text
    assert f"SN001 has {count} frames, but 6 are coded: the first {kept} are kept" in text
    index = Pack.open(tmp_path / "pack").index
    assert list(index["frame"]) == [*range(1, kept + 1), *range(1, 6)]


@pytest.mark.parametrize("frames", [5, 6])
def test_sn010_may_have_a_video_as_long_as_its_labels(tmp_path: Path, frames: int) -> None:
    """Five label rows; the video has the frame without a label, or, in some copies, not."""
    root = disfa_tree.write_disfa(tmp_path / "DISFA", ("SN010",))
    disfa_tree.write_video(root / "Videos_LeftCamera/LeftVideoSN010_comp.avi", frames)
    status, text = prepare("disfa", root)
    assert status == 0, text
    assert len(Pack.open(tmp_path / "pack")) == 5


def test_bp4d_counts_its_landmarks_before_it_begins(tmp_path: Path) -> None:
    """The last recording of the last person lacks them; nothing was cropped before it is said."""
    root = write_bp4d(tmp_path / "BP4D")
    numbers = (997, *FRAMES, 1004)
    fpoints(root, "M002_T1", numbers[:-2])
    status, text = prepare("bp4d", root, "--landmarks", "interpolate")
    assert (status, "M002_T1.mat: goes to picture 6, but there are 8" in text) == (2, True)
    assert "to prepare" not in text
    assert not list((tmp_path / "pack/shards").iterdir())
