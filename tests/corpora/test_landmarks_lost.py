"""Frames without landmarks of their own: DISFA's error log, numbers one off, bare recordings."""

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from aubench.cli import cli
from aubench.corpora.bp4d.reader import Bp4d, Bp4dSettings
from aubench.corpora.disfa import facts
from aubench.corpora.disfa.reader import Disfa
from aubench.corpora.disfa.settings import DisfaSettings
from aubench.corpora.landmarks.gaps import gap_notes
from aubench.errors import AubenchError
from aubench.pack.pack import Pack
from support.trees import recorded_trees
from support.trees.disfa_tree import (
    DisfaLayout,
    from_0,
    from_1,
    points,
    write_disfa,
    write_mat,
)
from support.trees.recorded_trees import Bp4dLayout, write_bp4d, write_csv, write_fit, write_pts


def prepare(corpus: str, source: Path, dest: Path, *options: str) -> Pack:
    words = ["prepare", corpus, str(source), str(dest), "--size", "32", "--workers", "1"]
    done = CliRunner().invoke(cli, [*words, *options])
    if done.exception:
        raise done.exception
    return Pack.open(dest)


# --- DISFA's error log ----------------------------------------------------------------------


@pytest.fixture
def logged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Frames 4–6 of 12 are in the error log; their landmarks are plausible, but beside the face."""
    monkeypatch.setattr(facts, "ERROR_LOG", {"SN001": ((4, 6),)})
    root = write_disfa(tmp_path / "DISFA", ("SN001",), 12)
    for frame in (4, 5, 6):
        path = root / "Landmark_Points/SN001" / from_0("SN001", frame)
        write_mat(path, points(frame) + np.array([25, 0]))
    return root


def test_landmarks_of_logged_frames_are_not_believed(logged: Path, tmp_path: Path) -> None:
    pack = prepare("disfa", logged, tmp_path / "pack")
    assert list(pack.index["frame"][~pack.index["tracked"]]) == [4, 5, 6]
    whole = prepare("disfa", write_disfa(tmp_path / "whole", ("SN001",), 12), tmp_path / "other")
    rows = np.arange(12)  # the face moves evenly: the straight line is where it was
    theirs = whole.frames(rows).images().astype(int)
    assert np.abs(pack.frames(rows).images() - theirs).max() <= 2
    assert pack.manifest.settings["logged_landmarks"] == "lost"
    notes = pack.manifest.notes
    assert (
        "3 frames have no landmarks of their own: cropped by their neighbours'; longest gap: "
        "SN001 left 4–6, 0.15 s"
    ) in notes
    (told,) = (note for note in notes if "error log" in note)
    assert "taken as lost (logged_landmarks=lost)" in told
    assert "--set logged_landmarks=detector finds others" in told


def test_a_setting_believes_them(logged: Path, tmp_path: Path) -> None:
    pack = prepare("disfa", logged, tmp_path / "pack", "--set", "logged_landmarks=corpus")
    assert pack.index["tracked"].all()
    assert pack.manifest.settings["logged_landmarks"] == "corpus"
    assert any("crops may leave the face" in note for note in pack.manifest.notes)


def test_other_landmarks_than_disfas_are_believed_in_logged_frames(
    logged: Path, tmp_path: Path
) -> None:
    for frame in range(1, 13):
        write_pts(tmp_path / f"points/SN001/{frame}.pts", points(frame))
    named = ["--landmark-source", str(tmp_path / "points")]
    assert prepare("disfa", logged, tmp_path / "pack", *named).index["tracked"].all()
    with pytest.raises(AubenchError, match="logged_landmarks=detector is about DISFA's own"):
        prepare("disfa", logged, tmp_path / "no", *named, "--set", "logged_landmarks=detector")


def test_a_gap_above_the_limit_names_the_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facts, "ERROR_LOG", {"SN001": ((4, 51),), "SN002": ((4, 43),)})
    root = write_disfa(tmp_path / "DISFA", ("SN001", "SN002"), 54)

    def told(*options: str) -> list[str]:
        pack = prepare("disfa", root, tmp_path / f"pack{len(options)}", *options)
        return [note for note in pack.manifest.notes if "filled in over" in note]

    assert told() == [  # 48 and 40 frames at 20 a second
        "landmarks filled in over more than 2 s, where crops may leave the face: SN001 left 4–51, "
        "2.4 s"
    ]
    assert told("--set", "max_gap=2.4") == []
    with pytest.raises(AubenchError, match="max_gap=-1"):
        prepare("disfa", root, tmp_path / "no", "--set", "max_gap=-1")


def test_the_gaps_of_the_whole_error_log() -> None:
    """What DISFA as released gives: 4,670 frames, and 105 s of SN021."""
    tables = []
    for subject, ranges in facts.ERROR_LOG.items():
        frames = np.arange(1, 4846)
        lost = np.any([(a <= frames) & (frames <= b) for a, b in ranges], axis=0)
        keys = {"subject": f"disfa/{subject}", "session": "left", "view": 0}
        tables.append(pd.DataFrame({"frame": frames, "tracked": ~lost}).assign(**keys))
    index = pd.concat(tables, ignore_index=True)
    every, wide = gap_notes(index, 20, 2)
    assert every.startswith("4670 frames have no landmarks of their own")
    assert every.endswith("longest gap: SN021 left 2554–4657, 105.2 s")
    assert "SN021 left 2554–4657, 105.2 s; SN029 left 4090–4543, 22.7 s; SN023 left" in wide
    # SN002's 27 frames, SN004's 15 and SN011's 16 are under 2 s; the other ten are named.
    assert wide.count("; ") == 9
    assert not any(subject in wide for subject in ("SN002", "SN004", "SN011"))
    # Without the logged frames, as --frames errlog leaves them out, nothing is filled in.
    assert not list(gap_notes(index[index["tracked"]], 20, 2))


@pytest.mark.parametrize(
    ("tracked", "said"),
    [
        ([0, 0, 1, 0, 1, 1], "3 frames have no landmarks of their own.* a S 10–11, 2 frames"),
        ([1, 0, 1, 1, 0, 0], "3 frames have no landmarks of their own.* a S 14–15, 2 frames"),
        ([0, 0, 0, 0, 0, 0], "1 recordings have no landmarks at all, and their 6 frames"),
    ],
)
def test_gaps_reach_to_the_ends(tracked: list[int], said: str) -> None:
    table = pd.DataFrame({"frame": range(10, 16), "tracked": np.array(tracked, bool)})
    (note,) = gap_notes(table.assign(subject="x/a", session="S", view=0), None, 2)
    assert pd.Series([note]).str.contains(said).all(), note


# --- numbers that are one off ---------------------------------------------------------------


def up(subject: str, frame: int) -> str:
    return from_0(subject, frame + 1)


def down(subject: str, frame: int) -> str:
    return from_1(subject, frame - 1)


def own(name: Callable[[str, int], str]) -> Callable[[Path, str, Iterable[int]], None]:
    def write(root: Path, subject: str, frames: Iterable[int]) -> None:
        for frame in frames:
            write_mat(
                root / f"DISFA/Landmark_Points/{subject}" / name(subject, frame), points(frame)
            )

    return write


def pts(root: Path, subject: str, frames: Iterable[int]) -> None:
    for frame in frames:
        write_pts(root / f"points/{subject}/{frame - 1}.pts", points(frame))


def csv(root: Path, subject: str, frames: Iterable[int]) -> None:
    write_csv(root / f"points/{subject}.csv", {f - 1: points(f) for f in frames})


MOVED = {
    "SN… from 1": (own(up), "SN001", 7, "numbered 1–6, but should be 0–5"),
    "l… from 0": (own(down), "SN001", 7, "numbered 0–5, but should be 1–6"),
    "SN… from 1, as many as rows of SN010": (own(up), "SN010", 6, "1–5, but should be 0–4"),
    "SN… from 1, as many as frames of SN010": (own(up), "SN010", 7, "1–6, but should be 0–5"),
    ".pts from 0": (pts, "SN001", 7, "numbered 0–5, but should be 1–6"),
    "a table from 0": (csv, "SN001", 7, "numbered 0–5, but should be 1–6"),
}


@pytest.mark.parametrize(("write", "subject", "end", "said"), MOVED.values(), ids=MOVED)
def test_landmarks_that_are_one_off_are_asked_about(
    tmp_path: Path,
    write: Callable[[Path, str, Iterable[int]], None],
    subject: str,
    end: int,
    said: str,
) -> None:
    root = write_disfa(tmp_path / "DISFA", (subject,), 6)
    shutil.rmtree(root / "Landmark_Points")
    write(tmp_path, subject, range(1, end))
    source = "corpus" if (root / "Landmark_Points").is_dir() else str(tmp_path / "points")
    settings = {"landmark_source": source, "landmarks": "interpolate"}

    def read(**more: str) -> list[np.ndarray]:
        frames = Disfa(root, DisfaSettings(**settings, **more)).frames(f"disfa/{subject}")
        return [frame.landmarks for frame in frames]

    with pytest.raises(AubenchError) as caught:
        read()
    assert said in caught.value.what
    assert caught.value.what.count("?") == 1
    assert "moved_landmarks=shift" in caught.value.mend
    shifted = read(moved_landmarks="shift")
    truth = [points(frame) for frame in range(1, 1 + len(shifted))]
    np.testing.assert_allclose(shifted, truth, atol=1e-3)
    kept = read(moved_landmarks="keep")
    step = -1 if said.rsplit("numbered ", maxsplit=1)[-1].startswith("1") else 1
    np.testing.assert_allclose(kept[2], points(3 + step), atol=1e-3)


BP4D = {
    ".pts one above the pictures": (
        lambda root, stem, n: recorded_trees.nested_pts(root, stem, [k + 1 for k in n]),
        "numbered 998–1005, but should be 997–1004",
    ),
    "tables of the coded frames, one below": (
        lambda root, stem, n: write_csv(
            root / f"Landmarks/{stem}.csv", {k - 1: recorded_trees.points(k) for k in n[1:-1]}
        ),
        "numbered 997–1002, but should be 998–1003",
    ),
}


@pytest.mark.parametrize(("write", "said"), BP4D.values(), ids=BP4D)
def test_so_are_those_of_bp4d(tmp_path: Path, write: Callable[..., None], said: str) -> None:
    write_bp4d(tmp_path, Bp4dLayout(landmarks=write))
    with pytest.raises(AubenchError, match=said):
        list(Bp4d(tmp_path, Bp4dSettings(landmarks="interpolate")).frames("bp4d/F001"))
    list(Bp4d(tmp_path, Bp4dSettings(moved_landmarks="shift")).frames("bp4d/F001"))


def test_one_spare_file_is_noted(tmp_path: Path) -> None:
    root = write_disfa(tmp_path / "DISFA", ("SN001", "SN010"), 3, DisfaLayout(spare_mat=True))
    notes = prepare("disfa", root, tmp_path / "pack").manifest.notes
    assert (
        "one landmark file too many of SN001, SN010: it is not read; the others are taken by "
        "their numbers"
    ) in notes


# --- recordings without any landmarks -------------------------------------------------------


def test_a_bare_recording_is_named_and_refused_unless_told(tmp_path: Path) -> None:
    root = write_bp4d(tmp_path / "BP4D")
    for stem in ("F001_T1", "F001_T2"):
        (root / f"BP4D-fpoints/{stem}.mat").unlink()
    for landmarks in ("strict", "interpolate"):
        with pytest.raises(AubenchError) as caught:
            prepare("bp4d", root, tmp_path / "no", "--landmarks", landmarks)
        assert "no frame of F001_T1, F001_T2 has usable landmarks; put them" in str(caught.value)
    numbers = (997, *recorded_trees.FRAMES, 1004)
    faces = [None if n == 1000 else recorded_trees.points(n)[:49] for n in numbers]
    write_fit(root / "BP4D-fpoints/M002_T1.mat", faces)  # one frame is lost beside them
    options = ("--landmarks", "interpolate", "--set", "no_landmarks=centre")
    pack = prepare("bp4d", root, tmp_path / "pack", *options)
    assert [
        note for note in pack.manifest.notes if "landmarks" in note and "estimated" not in note
    ] == [
        "1 frames have no landmarks of their own: cropped by their neighbours'; longest gap: "
        "M002 T1 1000, 0.04 s",
        "2 recordings have no landmarks at all, and their 12 frames are cropped about the middle "
        "of the picture: F001 T1, F001 T2",
    ]
    status = CliRunner().invoke(cli, ["check-corpus", "bp4d", str(root)])
    assert status.output.count("has usable landmarks; put them there, or crop about") == 2
    assert "fault: " in status.output
    words = ["check-corpus", "bp4d", str(root), "--set", "no_landmarks=centre"]
    assert "fault: " not in CliRunner().invoke(cli, words).output


def test_a_person_of_disfa_without_landmarks(tmp_path: Path) -> None:
    root = write_disfa(tmp_path / "DISFA", ("SN001", "SN002"), 3)
    shutil.rmtree(root / "Landmark_Points/SN002")
    with pytest.raises(AubenchError, match="SN002/ of SN002 is missing"):
        prepare("disfa", root, tmp_path / "no", "--landmarks", "interpolate")
    pack = prepare("disfa", root, tmp_path / "pack", "--set", "no_landmarks=centre")
    assert list(pack.index["tracked"]) == [True] * 3 + [False] * 3
    assert any("their 3 frames are cropped about the middle" in n for n in pack.manifest.notes)
