"""``aubench synth``: layouts on disk, markers, determinism, interruptions, mistakes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from scipy.io import loadmat

from aubench.corpora.disfa.facts import AUS, SUBJECTS
from aubench.errors import AubenchError
from aubench.registry import find, plugins
from aubench.synthetic.corpora import alignment_tree, files
from aubench.synthetic.corpora.tree import SyntheticTree
from support.trees.synthetic_trees import contents, synth

SMALL = ("--width", "96", "--height", "72", "--workers", "1")
FEW = "SN001,SN002,SN003,SN010"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    dest = tmp_path_factory.mktemp("synthetic") / "disfa"
    synth("disfa", dest, "--subjects", FEW, "--frames", 6, *SMALL, "--cameras", "left,right")
    return dest


def column(root: Path, subject: str, au: int) -> list[tuple[int, int]]:
    text = (root / "ActionUnit_Labels" / subject / f"{subject}_au{au}.txt").read_text()
    return [(int(a), int(b)) for a, b in (row.split(",") for row in text.splitlines())]


@pytest.mark.parametrize("corpus", plugins("twins"))
def test_a_twin_is_found_by_its_corpus(corpus: str) -> None:
    tree = find("twins", corpus).for_twin(size=64, frames=40, seed=3)
    assert isinstance(tree, SyntheticTree)
    assert (tree.kind, tree.seed) == (corpus, 3)
    assert tree.chosen(()) == tuple(tree.parts())
    find("corpora", corpus).Settings(**tree.reader_settings)


def test_subjects_are_disfas_27() -> None:
    missing = {14, 15, 19, 20, 22}
    assert [int(s[2:]) for s in SUBJECTS] == [n for n in range(1, 33) if n not in missing]


def test_folders_and_files_are_named_as_in_disfa(tree: Path) -> None:
    names = set(contents(tree))
    for subject in FEW.split(","):
        assert f"Videos_LeftCamera/LeftVideo{subject}_comp.avi" in names
        assert f"Video_RightCamera/RightVideo{subject}_comp.avi" in names
        for au in (1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26):
            assert f"ActionUnit_Labels/{subject}/{subject}_au{au}.txt" in names
    landmarks = {n for n in names if n.startswith("Landmark_Points/")}
    assert "Landmark_Points/SN001/tmp_frame_lm/SN001_0000_lm.mat" in landmarks
    assert "Landmark_Points/SN003/tmp_frame_lm/l0001_lm.mat" in landmarks
    assert len(names) == len(landmarks) + 4 * (2 + len(AUS)) + 1


def test_labels_count_frames_from_1_and_sn010_lacks_its_last(tree: Path) -> None:
    for subject in FEW.split(","):
        for au in AUS:
            rows = column(tree, subject, au)
            last = 5 if subject == "SN010" else 6
            assert [frame for frame, _ in rows] == list(range(1, last + 1))
            assert all(0 <= intensity <= 5 for _, intensity in rows)


def test_videos_have_the_frames_rate_and_size_asked_for(tree: Path) -> None:
    for path in sorted(tree.glob("Video*/*.avi")):
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            assert stream.average_rate == 20
            pictures = [f.to_ndarray(format="rgb24") for f in container.decode(stream)]
        assert len(pictures) == 6
        assert pictures[0].shape == (72, 96, 3)


def test_landmarks_are_66_points_on_the_face_and_some_have_one_file_too_many(tree: Path) -> None:
    counts = {}
    for subject in FEW.split(","):
        files = sorted((tree / "Landmark_Points" / subject / "tmp_frame_lm").iterdir())
        counts[subject] = len(files)
        for file in files:
            points = loadmat(file)["pts"]
            assert points.shape == (66, 2)
            assert (points > 0).all()
            assert (points < [96, 72]).all()
    assert counts == {"SN001": 6, "SN002": 7, "SN003": 6, "SN010": 7}


def test_the_marker_says_that_no_real_person_is_in_it(tree: Path) -> None:
    marker = json.loads((tree / "SYNTHETIC.json").read_text())
    assert marker["note"] == "synthetic: no real person"
    assert marker["seed"] == 0
    assert marker["generator"] >= 1
    assert marker["frames"] == 6


def test_fewer_frames_are_a_time_lapse_of_the_same_performance(tree: Path, tmp_path: Path) -> None:
    synth("disfa", tmp_path / "t", "--subjects", "SN001", "--frames", 12, *SMALL)
    for au in AUS:
        full = [y for _, y in column(tmp_path / "t", "SN001", au)]
        assert [y for _, y in column(tree, "SN001", au)] == full[::2]


def test_the_tree_does_not_depend_on_the_number_of_workers(tmp_path: Path) -> None:
    arguments = ("--subjects", "SN001,SN003", "--frames", 2, "--width", 96, "--height", 72)
    synth("disfa", tmp_path / "one", *arguments, "--workers", 1)
    synth("disfa", tmp_path / "two", *arguments, "--workers", 2)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_another_seed_gives_other_people(tree: Path, tmp_path: Path) -> None:
    synth("disfa", tmp_path / "t", "--subjects", "SN001", "--frames", 6, *SMALL, "--seed", 1)
    video = "Videos_LeftCamera/LeftVideoSN001_comp.avi"
    assert (tmp_path / "t" / video).read_bytes() != (tree / video).read_bytes()
    assert column(tmp_path / "t", "SN001", 25) != column(tree, "SN001", 25)


def test_a_kill_leaves_whole_subjects_and_the_same_command_finishes(tmp_path: Path) -> None:
    arguments = ("--subjects", "SN001,SN002", "--frames", 40, *SMALL)
    dest = tmp_path / "killed"
    work = subprocess.Popen(
        [sys.executable, "-m", "aubench", "synth", "disfa", str(dest), *map(str, arguments)],
        stderr=subprocess.DEVNULL,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    labels = dest / "ActionUnit_Labels"
    deadline = time.monotonic() + 120
    while work.poll() is None and not (labels / "SN001").exists():
        assert time.monotonic() < deadline
        time.sleep(0.005)
    work.send_signal(signal.SIGKILL)
    work.wait()

    synth("disfa", tmp_path / "whole", *arguments)
    expected = contents(tmp_path / "whole")
    for name, data in contents(dest).items():
        if not name.startswith("."):
            assert expected[name] == data, name
    synth("disfa", dest, *arguments)
    assert contents(dest) == expected


def test_alignment_pictures_and_points(tmp_path: Path) -> None:
    synth("alignment", tmp_path / "a", "--count", 7, "--size", 96, "--workers", 1)
    assert json.loads((tmp_path / "a" / "SYNTHETIC.json").read_text())["kind"] == "alignment"
    pictures = sorted((tmp_path / "a" / "part00").glob("*.jpg"))
    assert len(pictures) == 7
    for path in pictures:
        assert cv2.imread(str(path)).shape == (96, 96, 3)
        rows = path.with_suffix(".pts").read_text().splitlines()
        assert rows[:3] == ["version: 1", "n_points:  68", "{"]
        assert rows[-1] == "}"
        points = np.array([[float(v) for v in row.split()] for row in rows[3:-1]])
        assert points.shape == (68, 2)
        centre = points.mean(axis=0)
        assert ((centre > 10) & (centre < 86)).all()
    synth("alignment", tmp_path / "b", "--count", 7, "--size", 96, "--workers", 1)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_nobody_is_in_both_corpora() -> None:
    largest_seed = 999_999
    assert 1000 * largest_seed + len(SUBJECTS) < alignment_tree.FIRST_PERSON


def test_folders_hold_500_pictures(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    blank = (np.zeros((64, 64, 3), np.uint8), np.ones((68, 2)))
    monkeypatch.setattr(alignment_tree, "portrait", lambda *_: blank)
    monkeypatch.setattr(alignment_tree, "build", lambda _: None)
    synth("alignment", tmp_path / "a", "--count", 1001, "--size", 64, "--workers", 1)
    counts = [len(list((tmp_path / "a" / f"part{k:02d}").glob("*.pts"))) for k in range(3)]
    assert counts == [500, 500, 1]


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("\\end")
    for kind in ("disfa", "alignment"):
        with pytest.raises(AubenchError, match="exists and is not a synthetic corpus"):
            synth(kind, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_tree_of_other_settings_is_left_alone(tree: Path) -> None:
    with pytest.raises(AubenchError, match="other settings"):
        synth("disfa", tree, "--frames", 7, *SMALL)


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("--frames", 5000), "frames=5000"),
        (("--width", 97), "97×768"),
        (("--cameras", "front"), "cameras=front"),
        (("--subjects", "SN014"), "SN014"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_written(
    tmp_path: Path, arguments: tuple[object, ...], what: str
) -> None:
    with pytest.raises(AubenchError, match=what):
        synth("disfa", tmp_path / "t", *arguments)
    assert not (tmp_path / "t").exists()


def test_a_full_disk_is_told_and_leaves_no_subject(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "savemat", full)
    with pytest.raises(OSError, match="No space left"):
        synth("disfa", tmp_path / "t", "--subjects", "SN001", "--frames", 2, *SMALL)
    assert [p.name for p in (tmp_path / "t").iterdir()] == ["SYNTHETIC.json"]
