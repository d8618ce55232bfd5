"""DISFA as laboratories hold it: frame k gets frame k's labels, or there is an error."""

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from aubench.cli import cli
from aubench.corpora.disfa.reader import Disfa
from aubench.corpora.disfa.settings import DisfaSettings
from aubench.errors import AubenchError
from aubench.pack.pack import Pack
from support.trees.disfa_tree import (
    AUS,
    DisfaLayout,
    brightness,
    from_1,
    intensity,
    points,
    write_disfa,
    write_pictures,
    write_video,
)

SUBJECTS = ("SN001", "SN010")
FRAMES = 6
PICTURES = "Frames/LeftVideo{subject}_comp/{number:05d}.jpg"

LAYOUTS = {
    "frames from 1": DisfaLayout(videos=PICTURES, first=1),
    "frames from 0": DisfaLayout(videos=PICTURES, first=0),
    "frames without padding": DisfaLayout(videos="left/{subject}/{number}.png", first=1),
    "frames with a word before the number": DisfaLayout(
        videos="Videos/{subject}/Left/frame_{number:04d}.jpeg", first=0
    ),
    "frames of all people in one folder": DisfaLayout(
        videos="LeftFrames/{subject}_{number:05d}.jpg", first=1
    ),
    "one folder for each person": DisfaLayout(
        labels="{subject}/labels/{subject}_au{au}.txt",
        videos="{subject}/images/{number:06d}.jpg",
        first=1,
        landmarks="{subject}/points",
        mat=lambda s, f: from_1(s, f).split("/")[1],
    ),
    "everything of a person in one folder": DisfaLayout(
        labels="{subject}/{subject}_au{au}.txt",
        videos="{subject}/LeftVideo{subject}_comp.mp4",
        landmarks="{subject}",
        mat=lambda s, f: from_1(s, f).split("/")[1],
    ),
    "names that are not DISFA's": DisfaLayout(
        labels="AU_Labels/{subject}/{subject}_au{au}.txt",
        videos="Videos/LeftVideo{subject}_comp.avi",
        landmarks="pts/{subject}",
    ),
    "everything in one folder": DisfaLayout(
        labels="all/{subject}_AU{au}.txt",
        videos="all/leftvideo{subject}_comp.MKV",
        landmarks="all",
        mat=lambda s, f: f"{s}_{f - 1:04d}_lm.mat",
    ),
    "lower case": DisfaLayout(
        labels="aus/sn{subject[2]}{subject[3]}{subject[4]}_au{au}.txt",
        videos="left/leftvideosn{subject[2]}{subject[3]}{subject[4]}_comp.mov",
        landmarks="lm/sn{subject[2]}{subject[3]}{subject[4]}",
    ),
    "blanks": DisfaLayout(
        labels="DISFA data set/AU labels/{subject}/{subject}_au{au}.txt",
        videos="DISFA data set/Left camera/LeftVideo {subject} comp.avi",
        landmarks="DISFA data set/Landmarks 66/{subject}",
    ),
    "the camera in the folder's name": DisfaLayout(videos="Left/{subject}.mp4"),
    "the camera behind the subject": DisfaLayout(videos="mp4/{subject}_left.mp4"),
    "a letter for the camera": DisfaLayout(videos="mp4/{subject}_L.mp4"),
    "a letter for the camera's folder": DisfaLayout(videos="L/{subject}.m4v"),
    "the subject in the folder's name only": DisfaLayout(
        labels="{subject}/AU{au}.txt",
        videos="{subject}/left.avi",
        landmarks="{subject}",
        mat=lambda s, f: from_1(s, f).split("/")[1],
    ),
    "no camera in any name": DisfaLayout(videos="clips/{subject}.avi"),
    "nested six deep": DisfaLayout(
        labels="a/b/c/d/e/f/{subject}_au{au}.txt",
        videos="a/b/c/d/e/f/LeftVideo{subject}.avi",
        landmarks="a/b/c/d/e/f/{subject}",
    ),
}


def read(source: Path, **settings: str) -> dict[str, list[int]]:
    """Subject → the frame that each picture shows, after its labels and landmarks were compared."""
    corpus = Disfa(source, DisfaSettings(**settings))
    shown = {}
    for subject in corpus.subjects():
        frames = list(corpus.frames(subject))
        assert corpus.examine(subject) == len(frames)
        for f in frames:
            assert list(f.labels) == [intensity(f.frame, au) for au in AUS]
            np.testing.assert_allclose(f.landmarks, points(f.frame), atol=1e-3)
        shown[subject] = [round((float(f.image.mean()) - brightness(0)) / 15) for f in frames]
    return shown


TRUTH = {"disfa/SN001": [1, 2, 3, 4, 5, 6], "disfa/SN010": [1, 2, 3, 4, 5]}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_frame_k_gets_the_labels_of_frame_k(tmp_path: Path, layout: DisfaLayout) -> None:
    write_disfa(tmp_path, SUBJECTS, FRAMES, layout)
    assert read(tmp_path) == TRUTH


def test_ten_comes_after_nine(tmp_path: Path) -> None:
    write_disfa(tmp_path, ("SN001",), 12, LAYOUTS["frames without padding"])
    assert read(tmp_path) == {"disfa/SN001": list(range(1, 13))}


def junk(root: Path) -> None:
    """What systems, tools and people leave behind."""
    video = next(root.glob("Videos_LeftCamera/*SN001*"))
    label = root / "ActionUnit_Labels/SN001/SN001_au1.txt"
    for name in ("._LeftVideoSN001_comp.avi", "Thumbs.db", "LeftVideoSN001_comp.avi.part"):
        (video.parent / name).write_bytes(b"x")
    for name in (".SN001_au1.txt.swp", "SN001_au1.txt~", "Copy of SN001_au1.txt", "SN001_au1.png"):
        shutil.copy(label, label.parent / name)
    shutil.copytree(root / "ActionUnit_Labels", root / ".snapshot/ActionUnit_Labels")
    shutil.copytree(root / "ActionUnit_Labels", root / "__MACOSX/ActionUnit_Labels")
    with zipfile.ZipFile(root / "ActionUnit_Labels.zip", "w") as archive:
        archive.write(label)
    aligned = "processed/LeftVideo{subject}_comp_aligned/frame_det_00_{number:06d}.bmp"
    write_pictures(root, aligned, "SN001", range(1, 5), 1)
    (root / "Landmark_Points/SN001/preview1.jpg").write_bytes(b"x")


def linked_in_a_circle(root: Path) -> None:
    (root / "Videos_LeftCamera/DISFA").symlink_to(root)


def linked_to_elsewhere(root: Path) -> None:
    (root / "Landmark_Points").rename(root.parent / "elsewhere")
    (root / "Landmark_Points").symlink_to(root.parent / "elsewhere")


def with_right(root: Path) -> None:
    for subject in SUBJECTS:
        write_video(root / f"Video_RightCamera/RightVideo{subject}_comp.avi", 3)


@pytest.mark.parametrize("add", [junk, linked_in_a_circle, linked_to_elsewhere, with_right])
def test_what_else_lies_there_does_no_harm(tmp_path: Path, add: Callable[[Path], None]) -> None:
    root = write_disfa(tmp_path / "DISFA", SUBJECTS, FRAMES)
    add(root)
    assert read(root) == TRUTH


def test_video_or_frames_is_asked_where_both_are_there(tmp_path: Path) -> None:
    root = write_disfa(tmp_path, SUBJECTS, FRAMES)
    for subject in SUBJECTS:
        write_pictures(root, PICTURES, subject, range(1, 7), 1)
    with pytest.raises(AubenchError) as caught:
        read(root)
    said = str(caught.value)
    assert "Frames/LeftVideoSN001_comp: a second copy of " in said
    assert "Videos_LeftCamera/LeftVideoSN001_comp.avi; keep one of the two" in said
    assert "--set pictures=video or --set pictures=frames" in said
    assert read(root, pictures="video") == read(root, pictures="frames") == TRUTH


def move(old: str, new: str) -> Callable[[Path], None]:
    def spoil(root: Path) -> None:
        (root / new).parent.mkdir(parents=True, exist_ok=True)
        (root / old).rename(root / new)

    return spoil


def copied(old: str, new: str) -> Callable[[Path], None]:
    def spoil(root: Path) -> None:
        (root / new).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / old, root / new)

    return spoil


def renumbered(first: int) -> Callable[[Path], None]:
    def spoil(root: Path) -> None:
        shutil.rmtree(root / "Frames/LeftVideoSN001_comp")
        write_pictures(root, PICTURES, "SN001", range(1, 7), first)

    return spoil


FOLDER = "Frames/LeftVideoSN001_comp"
LABEL = "ActionUnit_Labels/SN001/SN001_au1.txt"

REFUSED = {
    "numbers from 2": (renumbered(2), FOLDER, "numbered 2–7, neither from 0 nor from 1"),
    "numbers from 100": (renumbered(100), FOLDER, "numbered 100–105, neither from 0 nor from 1"),
    "a picture lost": (lambda r: (r / FOLDER / "00003.jpg").unlink(), FOLDER, "no picture 3;"),
    "the first lost": (
        lambda r: (r / FOLDER / "00001.jpg").unlink(),
        FOLDER,
        "numbered 2–6, neither from 0 nor from 1",
    ),
    "the last lost": (
        lambda r: (r / FOLDER / "00006.jpg").unlink(),
        FOLDER,
        "5 pictures, but 6 label rows",
    ),
    "a picture too many": (
        copied(f"{FOLDER}/00006.jpg", f"{FOLDER}/00007.jpg"),
        FOLDER,
        "7 pictures, but 6 label rows",
    ),
    "a title picture before the first": (
        copied(f"{FOLDER}/00006.jpg", f"{FOLDER}/00000.jpg"),
        FOLDER,
        "7 pictures, but 6 label rows",
    ),
    "one number twice": (
        copied(f"{FOLDER}/00003.jpg", f"{FOLDER}/3.jpg"),
        f"{FOLDER}/3.jpg",
        "a second copy of ",
    ),
    "one number in two formats": (
        copied(f"{FOLDER}/00003.jpg", f"{FOLDER}/00003.png"),
        f"{FOLDER}/00003.png",
        "a second copy of ",
    ),
    "two kinds of pictures": (
        move(f"{FOLDER}/00003.jpg", f"{FOLDER}/thumb_00003.jpg"),
        FOLDER,
        "called in two ways: 00001.jpg and thumb_00003.jpg",
    ),
    "frames in two folders": (
        lambda r: shutil.copytree(r / FOLDER, r / "Left/SN001"),
        "Left/SN001",
        "a second copy of ",
    ),
    "labels in two folders": (
        copied(LABEL, "old/SN001_au1.txt"),
        "old/SN001_au1.txt",
        "a second copy of ",
    ),
    "labels in another person's folder": (
        move(LABEL, "ActionUnit_Labels/SN010/SN001_au1.txt"),
        "ActionUnit_Labels/SN010/SN001_au1.txt",
        "a file of SN001 in the folder of SN010",
    ),
    "no frames of a person": (
        lambda r: shutil.rmtree(r / FOLDER),
        "Frames",
        "LeftVideoSN001_comp.avi of SN001 is missing, and so is a folder LeftVideoSN001_comp of",
    ),
}


@pytest.mark.parametrize(("spoil", "where", "what"), REFUSED.values(), ids=REFUSED)
def test_what_leaves_the_order_open_is_refused(
    tmp_path: Path, spoil: Callable[[Path], None], where: str, what: str
) -> None:
    root = write_disfa(tmp_path, SUBJECTS, FRAMES, LAYOUTS["frames from 1"])
    spoil(root)
    with pytest.raises(AubenchError) as caught:
        read(root, landmarks="interpolate")
    assert str(caught.value).startswith(f"{root / where}: ")
    assert what in str(caught.value)
    assert "\n" not in str(caught.value)


def test_sn010_from_1_is_refused_where_others_count_from_0(tmp_path: Path) -> None:
    """SN010 may have a picture more than labels, so its number of pictures tells nothing."""
    root = write_disfa(tmp_path, SUBJECTS, FRAMES, LAYOUTS["frames from 0"])
    (root / "Frames/LeftVideoSN010_comp/00000.jpg").unlink()
    with pytest.raises(AubenchError, match="from 1, those of SN001 from 0: is the first lost"):
        read(root)


# --- what a person names by mistake ---------------------------------------------------------


def prepare(source: Path, dest: Path, *options: str) -> Result:
    words = ["prepare", "disfa", str(source), str(dest), "--size", "32", "--workers", "1"]
    return CliRunner().invoke(cli, [*words, *options])


MISTAKES = {
    "the folder of labels": (
        "DISFA/ActionUnit_Labels",
        "no video of the left camera (LeftVideoSN001_comp.avi …) and no folder of its frames",
        "not only its labels: perhaps {root}/DISFA",
    ),
    "a person's labels": (
        "DISFA/ActionUnit_Labels/SN001",
        "no video of the left camera",
        "not only its labels: perhaps {root}/DISFA",
    ),
    "the folder of videos": (
        "DISFA/Videos_LeftCamera",
        "no label file (SN001_au1.txt …)",
        "not only its videos: perhaps {root}/DISFA",
    ),
    "the folder of landmarks": (
        "DISFA/Landmark_Points",
        "no label file",
        "not only its landmarks: perhaps {root}/DISFA",
    ),
    "a person's landmarks": (
        "DISFA/Landmark_Points/SN001/tmp_frame_lm",
        "no label file",
        "not only its landmarks: perhaps {root}/DISFA",
    ),
    "a zip file": (
        "DISFA.zip",
        "a file, not a folder",
        "unpack it if it is an archive, and name the folder",
    ),
    "a folder of zip files": ("zips", "no label file", "unpack ActionUnit_Labels.zip and its like"),
    "an empty folder": ("empty", "no label file", "name the folder that holds DISFA's labels"),
    "no folder": ("nothing", "no such folder", "name the folder of disfa"),
}


@pytest.mark.parametrize(("source", "what", "mend"), MISTAKES.values(), ids=MISTAKES)
def test_a_folder_named_by_mistake_gets_a_helpful_line(
    tmp_path: Path, source: str, what: str, mend: str
) -> None:
    write_disfa(tmp_path / "DISFA", ("SN001",), 2)
    for folder in ("zips", "empty"):
        (tmp_path / folder).mkdir()
    for name in ("DISFA.zip", "zips/ActionUnit_Labels.zip"):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("a", "b")
    error = prepare(tmp_path / source, tmp_path / "pack").exception
    assert isinstance(error, AubenchError)
    said = str(error)
    assert said.startswith(f"{tmp_path / source}: {what}"), said
    assert mend.format(root=tmp_path) in said
    assert "\n" not in said


def test_landmarks_that_are_nowhere_may_be_named(tmp_path: Path) -> None:
    root = write_disfa(tmp_path / "DISFA", ("SN001",), 2)
    shutil.rmtree(root / "Landmark_Points")
    said = str(prepare(root, tmp_path / "pack").exception)
    assert (
        "no landmark file (SN001_0000_lm.mat or l0001_lm.mat …) in it; put them there, or name"
        in said
    )


def test_a_video_of_an_unknown_name_is_mentioned(tmp_path: Path) -> None:
    root = write_disfa(tmp_path / "DISFA", SUBJECTS, 2)
    name = "Videos_LeftCamera/LeftVideo{}_comp{}.avi"
    (root / name.format("SN001", "")).rename(root / name.format("SN001", "-3"))
    said = str(prepare(root, tmp_path / "pack").exception)
    assert "LeftVideoSN001_comp.avi of SN001 is missing" in said
    assert "rename LeftVideoSN001_comp-3.avi so if it is the video" in said


def test_only_the_right_camera_is_there(tmp_path: Path) -> None:
    root = write_disfa(tmp_path / "DISFA", ("SN001",), 2)
    (root / "Videos_LeftCamera").rename(root / "left")
    (root / "left/LeftVideoSN001_comp.avi").rename(root / "RightVideoSN001_comp.avi")
    said = str(prepare(root, tmp_path / "pack").exception)
    assert "no video of the left camera" in said
    assert "(those of the right camera are)" in said


def test_the_right_camera_and_unsure_ones_are_noted(tmp_path: Path) -> None:
    root = write_disfa(tmp_path / "DISFA", SUBJECTS, 2)
    with_right(root)
    (root / "Videos_LeftCamera/LeftVideoSN001_comp.avi").rename(root / "SN001.avi")
    done = prepare(root, tmp_path / "pack")
    assert done.exit_code == 0, done.exception
    notes = Pack.open(tmp_path / "pack").manifest.notes
    assert "the right camera's pictures of 2 subjects are not read" in notes
    assert (
        "pictures of 1 subjects do not say of which camera they are and are taken for the left "
        "one's: SN001"
    ) in notes
    assert all(f"note: {note}" in done.output for note in notes)
