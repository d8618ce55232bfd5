"""Every mistake that a user can mend: one line, where and what, exit status 2, nothing lost."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from aubench import cli
from aubench.pack.pack import Pack
from support.trees.disfa_tree import points, write_alignment, write_disfa, write_mat, write_video
from support.trees.spoiling import cut, replace

VIDEO = "Videos_LeftCamera/LeftVideoSN002_comp.avi"
LABEL = "ActionUnit_Labels/SN002/SN002_au6.txt"
MAT = "Landmark_Points/SN002/tmp_frame_lm/SN002_0002_lm.mat"


def spoil_nothing(root: Path) -> None:
    del root


def remove(*names: str) -> Callable[[Path], None]:
    def spoil(root: Path) -> None:
        for name in names:
            path = root / name
            files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
            for file in files:
                file.unlink()
            if path.is_dir():
                for folder in sorted((p for p in path.rglob("*")), reverse=True):
                    folder.rmdir()
                path.rmdir()

    return spoil


def fewer_rows(root: Path) -> None:
    for path in (root / "ActionUnit_Labels/SN002").iterdir():
        path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))


def longer_video(root: Path) -> None:
    write_video(root / VIDEO, 7)


def shorter_video(root: Path) -> None:
    write_video(root / VIDEO, 4)


def nan(root: Path) -> None:
    face = points(3)
    face[30] = np.nan
    write_mat(root / MAT, face)


def no_subject(root: Path) -> None:
    for name in ("ActionUnit_Labels", "Videos_LeftCamera", "Landmark_Points"):
        remove(name)(root)
        (root / name).mkdir()


CASES = {
    "no such corpus": (spoil_nothing, ("disfaa",), "no corpus 'disfaa'; did you mean 'disfa'?"),
    "no such folder": (spoil_nothing, ("disfa", "nowhere"), "nowhere: no such folder"),
    "no such subject": (
        spoil_nothing,
        ("--subjects", "SN001,SN099"),
        "DISFA: no subject disfa/SN099; choose among disfa/SN001, disfa/SN002",
    ),
    "no such recipe": (spoil_nothing, ("--recipe", "tigth"), "no crop recipe 'tigth'"),
    "no such camera": (spoil_nothing, ("--camera", "up"), "camera=up; choose one of left, right"),
    "no such margin": (
        spoil_nothing,
        ("--recipe", "fan", "--margin", "0.1"),
        "the crop recipe fan has no margin; leave --margin out",
    ),
    "other camera": (spoil_nothing, ("--camera", "right"), "landmarks are of the left camera"),
    "no labels": (remove("ActionUnit_Labels"), (), "DISFA: no label file (SN001_au1.txt"),
    "no landmarks": (remove("Landmark_Points"), (), "DISFA: no landmark file (SN001_0000_lm.mat"),
    "no subjects": (no_subject, (), "DISFA: no label file (SN001_au1.txt"),
    "subject without labels": (
        remove("ActionUnit_Labels/SN002"),
        (),
        "ActionUnit_Labels: SN002_au1.txt of SN002 is missing; put it back, or leave",
    ),
    "subject without landmarks": (
        remove("Landmark_Points/SN002"),
        (),
        "Landmark_Points: SN002/ of SN002 is missing",
    ),
    "subject without video": (
        remove(VIDEO),
        (),
        "Videos_LeftCamera: LeftVideoSN002_comp.avi of SN002 is missing",
    ),
    "AU without labels": (remove(LABEL), (), "SN002_au6.txt of SN002 is missing"),
    "a label of 7": (replace(LABEL, "3,3", "3,7"), (), f"{LABEL}:3: intensity 7; give one of 0–5"),
    "a label that is none": (replace(LABEL, "3,3", "3;3"), (), f"{LABEL}:3: '3;3' is not a label"),
    "one file with fewer rows": (
        replace(LABEL, "6,0\n", ""),
        (),
        f"{LABEL}:6: 5 rows, but SN002_au1.txt has 6",
    ),
    "rows fewer than frames": (
        fewer_rows,
        (),
        "SN002_au1.txt: 5 rows, but the video has more frames",
    ),
    "frames more than rows": (
        longer_video,
        (),
        "SN002_au1.txt: 6 rows, but the video has more frames",
    ),
    "frames fewer than rows": (
        shorter_video,
        (),
        f"{VIDEO}: video ends after frame 4, but SN002 has 6 label rows",
    ),
    "video cut off": (cut(VIDEO, 0.8), (), f"{VIDEO}: "),
    "video cut off early": (cut(VIDEO, 0.02), (), f"{VIDEO}: "),
    "video empty": (cut(VIDEO, 0), (), f"{VIDEO}: not a video"),
    "landmarks cut off": (cut(MAT, 0.5), (), f"{MAT}: not a readable MATLAB file"),
    "NaN in landmarks": (nan, (), f"{MAT}: NaN in landmarks of frame 3; put the file back, or"),
    "landmarks missing": (remove(MAT), (), "SN002/tmp_frame_lm: no landmark file for frame 3"),
}


def call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: object
) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["aubench", "prepare", *map(str, arguments)])
    with pytest.raises(SystemExit) as left:
        cli.main()
    return int(left.value.code or 0), capsys.readouterr().err


def check_one_line(status: int, error: str, what: str) -> None:
    assert status == 2
    assert error.startswith("error: ")
    assert what in error
    assert error.count("\n") == 1, error
    assert "; " in error  # what is wrong; how to mend it


@pytest.mark.parametrize(("spoil", "arguments", "what"), CASES.values(), ids=CASES)
def test_a_mistake_with_disfa_is_one_line(  # noqa: PLR0917  # fixtures and parameters
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    spoil: Callable[[Path], None],
    arguments: tuple[str, ...],
    what: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    spoil(write_disfa(Path("DISFA"), ("SN001", "SN002")))
    named = arguments if arguments and arguments[0].startswith("disfa") else ("disfa", *arguments)
    source = named[1:2] if named[1:2] == ("nowhere",) else ("DISFA",)
    rest = (*named[0:1], *source, "pack", *(a for a in named[1:] if a != "nowhere"))
    status, error = call(monkeypatch, capfd, *rest, "--size", 32, "--workers", 1)
    check_one_line(status, error, what)


def test_what_was_finished_before_a_mistake_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    source = write_disfa(tmp_path / "DISFA", ("SN001", "SN002", "SN003"))
    nan(source)  # found in the pass: DISFA's own landmarks are read with the video
    arguments = ("disfa", source, tmp_path / "pack", "--size", 32)
    status, error = call(monkeypatch, capfd, *arguments, "--workers", 2)
    check_one_line(status, error, "NaN in landmarks of frame 3")
    kept = {p: p.stat().st_mtime_ns for p in tmp_path.glob("pack/shards/SN001.*")}
    assert len(kept) == 2
    assert not list(tmp_path.rglob("*.partial"))
    write_mat(source / MAT, points(3))
    assert call(monkeypatch, capfd, *arguments, "--workers", 1)[0] == 0
    assert {p: p.stat().st_mtime_ns for p in kept} == kept
    assert len(Pack.open(tmp_path / "pack")) == 18


ALIGNMENT = {
    "no points at all": (
        remove("afw", "helen"), "300W: no .pts file; name a folder of pictures",
    ),
    "points without a picture": (remove("afw/2.jpg"), "afw/2.pts: no picture beside it"),
    "a picture cut off": (cut("afw/2.jpg", 0.5), "afw/2.jpg: not a whole picture"),
    "no picture": (cut("afw/2.jpg", 0.0), "afw/2.jpg: not a whole picture"),
    "49 points": (replace("afw/2.pts", "68", "49"), "afw/2.pts:2: 'n_points:  49' where"),
    "NaN": (replace("afw/2.pts", "{\n", "{\nnan nan\n"), "afw/2.pts:4: 'nan nan' is not a point"),
    "a point of three": (
        replace("afw/2.pts", "{\n", "{\n1 2 3\n"), "afw/2.pts:4: '1 2 3' is not a point",
    ),
    "a point too many": (
        replace("afw/2.pts", "{\n", "{\n1 2\n"), "afw/2.pts:72: no '}' after the 68th point",
    ),
    "points cut off": (cut("afw/2.pts", 0.01), "afw/2.pts:1: 'version:' where"),
}  # fmt: skip


@pytest.mark.parametrize(("spoil", "what"), ALIGNMENT.values(), ids=ALIGNMENT)
def test_a_mistake_with_alignment_pictures_is_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    spoil: Callable[[Path], None],
    what: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    spoil(write_alignment(Path("300W")))
    status, error = call(
        monkeypatch, capfd, "alignment", "300W", "pack", "--size", 32, "--workers", 1
    )
    check_one_line(status, error, what)


def test_an_option_of_another_corpus_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    source = write_alignment(tmp_path / "300W")
    status, error = call(
        monkeypatch, capfd, "alignment", source, tmp_path / "pack", "--camera", "left"
    )
    check_one_line(status, error, "no setting 'camera'")
