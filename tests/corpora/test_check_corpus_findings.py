"""``aubench check-corpus``: everything that is wrong with a corpus, one line per finding."""

import shutil
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from aubench import cli
from support.trees.checked_disfa import (
    FRAMES,
    LABEL,
    LABELS,
    MATS,
    VIDEO,
    Check,
    copy,
    face,
    fact,
    findings,
    mat,
    mirrored,
    move,
    on_a_line,
    one_nan,
    remove,
    swapped,
    upside_down,
)
from support.trees.disfa_tree import AUS, write_disfa, write_mat, write_video
from support.trees.recorded_trees import write_csv
from support.trees.spoiling import cut, replace

pytest_plugins = ["support.trees.check_corpus_fixtures"]


def labels_of_sn001(root: Path) -> None:
    for au in AUS:
        source = root / f"ActionUnit_Labels/SN001/SN001_au{au}.txt"
        shutil.copy(source, root / f"{LABELS}/SN002_au{au}.txt")


def fewer_rows(root: Path) -> None:
    for path in (root / LABELS).iterdir():
        path.write_text("".join(path.read_text().splitlines(keepends=True)[:-3]))


def spare_mats(root: Path) -> None:
    for frame in range(FRAMES + 1, FRAMES + 4):
        write_mat(root / mat(frame), face("SN002", frame))


def moved(root: Path) -> None:
    for frame in range(FRAMES, 0, -1):
        (root / mat(frame)).rename(root / mat(frame + 1))


def stranger(root: Path) -> None:
    """SN011, who is not of the small corpus."""
    write_disfa(root, ("SN011",), FRAMES + 1)


def shorter_video(root: Path) -> None:
    write_video(root / VIDEO, 20)


INTERPOLATE = "put the file back, or prepare with --landmarks interpolate"

SPOILT = {
    "a label of 7": (
        replace(LABEL, "\n3,", "\n3,7"),
        f"fault: DISFA/{LABEL}:3: intensity 7",
    ),
    "a file of labels that is missing": (
        remove(LABEL),
        "fault: DISFA/ActionUnit_Labels: SN002_au6.txt of SN002 is missing; put it back",
    ),
    "one AU with fewer rows": (
        replace(LABEL, "\n29,", "\n\n"),
        f"fault: DISFA/{LABEL}:29: '' is not a label; write the line as FRAME,INTENSITY",
    ),
    "one AU that ends early": (
        cut(LABEL, 0.5),
        f"fault: DISFA/{LABEL}:",
    ),
    "a video that is missing": (
        remove(VIDEO),
        "fault: DISFA/Videos_LeftCamera: LeftVideoSN002_comp.avi of SN002 is missing",
    ),
    "a video cut off": (cut(VIDEO, 0.7), f"fault: DISFA/{VIDEO}: cut off after frame "),
    "an empty video": (cut(VIDEO, 0), f"fault: DISFA/{VIDEO}: not a video"),
    "a shorter video": (
        shorter_video,
        f"fault: DISFA/{VIDEO}: 20 video frames, but 30 label rows; put back",
    ),
    "no landmarks of a subject": (
        remove(MATS),
        "fault: DISFA/Landmark_Points: SN002/ of SN002 is missing; put it back",
    ),
    "no usable landmarks": (
        move(np.zeros_like, *range(1, FRAMES + 1)),
        f"fault: DISFA/{MATS}/tmp_frame_lm: no frame of SN002 has usable landmarks; put them",
    ),
    "landmarks cut off": (
        cut(mat(3), 0.5),
        f"fault: DISFA/{mat(3)}: not a readable MATLAB file",
    ),
    "landmarks of another subject": (
        copy("Landmark_Points/SN001/tmp_frame_lm/SN001_0003_lm.mat", f"{MATS}/SN001_0003_lm.mat"),
        f"fault: DISFA/{MATS}/SN001_0003_lm.mat: a file of SN001 in the folder of SN002; move it",
    ),
    "landmarks counted from 1 where they are from 0": (
        moved,
        f"fault: DISFA/{MATS}/tmp_frame_lm: landmarks are numbered 1–30, but should be 0–29: is "
        "each off by one, or is number 0 lost and 30 too many?; say --set moved_landmarks=shift",
    ),
    "one spare file of landmarks": (
        copy(mat(30), mat(31)),
        f"doubt: DISFA/{mat(31)}: one landmark file too many for 30 label rows; it is not read",
    ),
    "too many landmarks": (
        spare_mats,
        f"fault: DISFA/{mat(31)}: 3 landmark files too many for 30 label rows; put back",
    ),
    "two copies of a file": (
        copy(LABEL, f"{LABELS}/old/SN002_AU06.txt"),
        f"fault: DISFA/{LABELS}/old/SN002_AU06.txt: a second copy of DISFA/{LABEL}; keep one",
    ),
    "no folder of videos": (
        remove("Videos_LeftCamera"),
        "fault: DISFA: no video of the left camera (LeftVideoSN001_comp.avi …) and no folder of "
        "its frames in it; put them there, or name the folder that holds DISFA's",
    ),
    "a subject that is missing": (
        remove(*(f"{kind}/SN010" for kind in ("ActionUnit_Labels", "Landmark_Points")),
               "Videos_LeftCamera/LeftVideoSN010_comp.avi"),
        "gap: DISFA: 1 of 3 subjects are not there: SN010; copy them from the original",
    ),
    "rows that are missing": (
        fewer_rows,
        "gap: disfa/SN002: 27 label rows, not 30; put back the label files of the release",
    ),
    "landmarks that are missing": (
        remove(mat(3), mat(4), mat(8)),
        f"gap: DISFA/{MATS}/tmp_frame_lm: no landmarks: left, frames 3–4, 8 (3 in all); "
        f"{INTERPOLATE}",
    ),
    "NaN": (
        move(one_nan, 3),
        f"gap: DISFA/{mat(3)}: a landmark is NaN: left, frame 3; {INTERPOLATE}",
    ),
    "all in one place": (
        move(np.zeros_like, 3),
        f"gap: DISFA/{mat(3)}: all landmarks on a point or a line: left, frame 3; {INTERPOLATE}",
    ),
    "on a line": (
        move(on_a_line, 3),
        f"gap: DISFA/{mat(3)}: all landmarks on a point or a line: left, frame 3; {INTERPOLATE}",
    ),
    "outside the picture": (
        move(lambda face: face + 500, 3),
        f"gap: DISFA/{mat(3)}: landmarks outside the picture: left, frame 3; {INTERPOLATE}",
    ),
    "over the edge": (
        move(lambda face: face + np.array([58, 0]), *range(1, FRAMES + 1)),
        f"doubt: DISFA/{mat(1)}: a quarter of the landmarks outside the picture: left, "
        "frames 1–30 (30 in all); look",
    ),
    "a jump": (
        move(lambda face: face - np.array([15, 15]), *range(11, FRAMES + 1)),
        f"doubt: DISFA/{mat(11)}: landmarks jump from the frame before: left, frame 11; look",
    ),
    "a sudden growth": (
        move(lambda face: face.mean(axis=0) + 0.6 * (face - face.mean(axis=0)),
             *range(11, FRAMES + 1)),
        f"doubt: DISFA/{mat(11)}: landmarks jump from the frame before: left, frame 11; look",
    ),
    "mirrored": (
        move(mirrored, 3),
        f"doubt: DISFA/{mat(3)}: landmarks are mirrored, or x and y are swapped: left, frame 3;",
    ),
    "x and y swapped": (
        move(swapped, 3),
        f"doubt: DISFA/{mat(3)}: landmarks are mirrored, or x and y are swapped: left, frame 3;",
    ),
    "upside down": (
        move(upside_down, 3),
        f"doubt: DISFA/{mat(3)}: landmarks are turned by more than 60°: left, frame 3; look",
    ),
    "a foreign file": (
        copy(LABEL, f"{LABELS}/SN002_au6.txt.bak"),
        f"doubt: DISFA/{LABELS}: foreign: SN002_au6.txt.bak; see where it comes from",
    ),
    "an AU that DISFA does not code": (
        copy(LABEL, f"{LABELS}/SN002_au7.txt"),
        f"doubt: DISFA/{LABELS}/SN002_au7.txt: DISFA does not code AU7; see where",
    ),
    "a subject that is not DISFA's": (
        stranger,
        "doubt: disfa/SN011: not a subject of disfa; see where it comes from",
    ),
    "labels of another subject": (
        labels_of_sn001,
        "doubt: disfa/SN002: the labels of left are those of disfa/SN001 left; put back",
    ),
}  # fmt: skip

UNUSABLE = {"two copies of a file", "landmarks of another subject", "no folder of videos"}
"""At these, ``aubench prepare`` stops whatever its --subjects are."""


@pytest.mark.parametrize("name", SPOILT)
def test_each_finding_is_told_once(tree: Path, check: Check, name: str) -> None:
    spoil, told = SPOILT[name]
    spoil(tree)
    status, text = check("disfa", tree)
    weights = Counter(line.split(":")[0] for line in findings(text))
    assert [line.startswith(told) for line in findings(text)].count(True) == 1, text
    assert all("; " in line for line in findings(text))  # what is wrong; how to mend it
    graver = weights["fault"] + weights["gap"]
    assert status == (2 if name in UNUSABLE else int(graver > 0))
    ready = 0 if status == 2 else len(list((tree / "ActionUnit_Labels").iterdir()))
    assert fact(text, "subjects ready to prepare") == [f"{ready - ('fault: ' in told)}"] or status


@pytest.mark.parametrize("name", [name for name, (_, told) in SPOILT.items() if "fault" in told])
def test_a_fault_is_what_prepare_stops_at(
    tree: Path, name: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    SPOILT[name][0](tree)
    words = ["disfa", str(tree), "pack", "--size", "32", "--landmarks", "interpolate"]
    monkeypatch.setattr(sys, "argv", ["aubench", "prepare", *words, "--workers", "1"])
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 2, capfd.readouterr().err


def test_all_findings_are_told_at_once(tree: Path, check: Check) -> None:
    for name in ("landmarks that are missing", "a jump", "a label of 7", "a foreign file"):
        SPOILT[name][0](tree)
    cut("Videos_LeftCamera/LeftVideoSN001_comp.avi", 0.7)(tree)
    status, text = check("disfa", tree)
    weights = [line.split(":")[0] for line in findings(text)]
    assert (status, weights) == (1, ["fault", "fault", "gap", "doubt", "doubt"])
    assert fact(text, "subjects ready to prepare") == ["1"]
    assert text.splitlines()[-1] == "disfa: partial: 2 faults, 1 gap, 2 doubts"


def test_what_operating_systems_leave_is_one_line(tree: Path, check: Check) -> None:
    for folder in ("", *("SN001", "SN002", "SN010")):
        (tree / "ActionUnit_Labels" / folder / "Thumbs.db").write_bytes(b"x")
        (tree / "Landmark_Points" / folder / ".DS_Store").write_bytes(b"x")
    (tree / "Videos_LeftCamera/._LeftVideoSN001_comp.avi").write_bytes(b"x")
    (tree / "Videos_LeftCamera/desktop.ini").write_bytes(b"x")
    (tree / LABELS / "notes.txt").write_text("mine")
    status, text = check("disfa", tree)
    assert status == 0
    told = sorted(findings(text))
    assert len(told) == 2
    assert told[1].startswith("doubt: DISFA: left by operating systems: 4 Thumbs.db, 4 .DS_Store")
    assert told[0].startswith(f"doubt: DISFA/{LABELS}: foreign: notes.txt; see where")


def test_the_camera_and_the_source_of_landmarks_are_options(tree: Path, check: Check) -> None:
    """As ``prepare`` has them: what is checked is what would be prepared."""
    shutil.copytree(tree / "Videos_LeftCamera", tree / "Video_RightCamera")
    for path in (tree / "Video_RightCamera").iterdir():
        path.rename(path.with_name(path.name.replace("Left", "Right")))
    status, text = check("disfa", tree, "--camera", "right")
    assert (status, "landmarks are of the left camera" in text) == (2, True)
    for subject in ("SN001", "SN002", "SN010"):
        rows = {frame: face(subject, frame) for frame in range(1, FRAMES + 1)}
        write_csv(tree.parent / f"points/{subject}/RightVideo{subject}_comp.csv", rows)
    options = ("--camera", "right", "--landmark-source", tree.parent / "points")
    status, text = check("disfa", tree, *options)
    assert (status, findings(text)) == (0, [])
    (tree / "Video_RightCamera/RightVideoSN002_comp.avi").unlink()
    status, text = check("disfa", tree, *options)
    assert status == 1
    assert "RightVideoSN002_comp.avi of SN002 is missing" in text
    status, text = check("disfa", tree, "--camera", "up")
    assert (status, "camera=up; choose one of left, right" in text) == (2, True)
