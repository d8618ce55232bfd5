"""``aubench synth fera2017``: nine views, layout and counts, and what the reader makes of it."""

import json
import shutil
from itertools import takewhile
from pathlib import Path

import av
import numpy as np
import pytest

from aubench.corpora.corpus import RawFrame
from aubench.corpora.fera2017.reader import Fera2017
from aubench.errors import AubenchError
from aubench.synthetic.corpora.bp4d_people import person_of, view_of
from aubench.synthetic.corpora.bp4d_videos import videos_of
from aubench.synthetic.corpora.fera2017_people import PEOPLE, VIDEO_FRAMES
from aubench.synthetic.corpora.fera2017_tree import VIEWS
from aubench.synthetic.face.expression import AUS
from aubench.synthetic.scene import Scene
from support.command import Aubench
from support.trees.synthetic_trees import contents, rows, synth

INTENSITY = (1, 4, 6, 10, 12, 14, 17)
OCCURRENCE = (1, 4, 6, 7, 10, 12, 14, 15, 17, 23)
SIZE = 96
SCALE = 0.004
FEW = "TR/F001,VA/F001"
SMALL = ("--scale", SCALE, "--size", SIZE, "--subjects", FEW, "--workers", 1)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    dest = tmp_path_factory.mktemp("synthetic") / "fera2017"
    synth("fera2017", dest, *SMALL)
    return dest


@pytest.fixture(scope="module")
def frames(tree: Path) -> dict[tuple[str, str, int, int], RawFrame]:
    """Subject, session, view, frame → what the reader gives of each person's first four videos."""
    corpus = Fera2017(tree)
    return {
        (subject, f.session, f.view, f.frame): f
        for subject in corpus.subjects()
        for f in takewhile(lambda f: f.session <= "T4", corpus.frames(subject))
    }


def test_its_size_is_what_is_published() -> None:
    counts = {part: [v for p, v in VIDEO_FRAMES.items() if p.startswith(part)] for part in "TV"}
    assert 9 * sum(map(len, counts["T"])) == 2952
    assert 9 * sum(map(len, counts["V"])) == 1431
    assert 9 * sum(map(sum, counts["T"])) == pytest.approx(1_290_000, rel=0.002)
    assert 9 * sum(map(sum, counts["V"])) == pytest.approx(696_000, rel=0.002)


def test_41_train_and_7_women_and_13_men_whose_ids_collide_with_theirs_validate() -> None:
    train, valid = ({p[3:] for p in PEOPLE if p.startswith(part)} for part in ("TR", "VA"))
    assert len(train) == 41
    assert sorted(p[0] for p in valid) == ["F"] * 7 + ["M"] * 13
    assert valid < train


def test_folders_and_files_are_named_as_in_fera2017(tree: Path) -> None:
    names = set(contents(tree))
    for part, folder, tasks in (("TR", "Train", 8), ("VA", "Valid", 8)):
        for task in range(1, tasks + 1):
            video = f"FERA17_{part}_F001_T{task}"
            assert f"{folder}_Occ/{video}.csv" in names
            assert {f"FERA17_{folder}_MV/{video}_{v}.mp4" for v in range(1, 10)} < names
            assert {f"{folder}_Int/{video}_AU{au:02d}_Int.csv" for au in INTENSITY} < names
    assert len(names) == 16 * (1 + 9 + len(INTENSITY) + 9) + 1
    marker = json.loads((tree / "SYNTHETIC.json").read_text())
    assert (marker["synthetic"], marker["kind"]) == (True, "fera2017")


def test_videos_have_25_frames_a_second_and_a_row_of_labels_a_frame(tree: Path) -> None:
    for path in sorted(tree.glob("FERA17_*_MV/*_6.mp4")):
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            assert stream.average_rate == 25
            count = sum(1 for _ in container.decode(stream))
        folder = "Train" if "_TR_" in path.name else "Valid"
        labels = rows(tree / f"{folder}_Occ" / f"{path.stem[:-2]}.csv")
        assert labels[0] == [0, *OCCURRENCE]
        assert [row[0] for row in labels[1:]] == list(range(1, count + 1))


@pytest.mark.parametrize("subject", ["TR/F001", "VA/F001"])
def test_the_reader_gives_what_was_drawn(
    frames: dict[tuple[str, str, int, int], RawFrame], subject: str
) -> None:
    number = PEOPLE.index(subject)
    seed, model, performance = person_of(number, 0)
    drawn = 0
    for view, (yaw, pitch) in VIEWS.items():
        scene = Scene(model, view_of(seed, SIZE, SIZE, yaw, pitch))
        for video in videos_of(number, VIDEO_FRAMES[subject], SCALE, None)[:4]:
            for i, t in enumerate(video.times.tolist()):
                found = frames[f"fera2017/{subject}", video.task, view, i + 1]
                picture, points = scene.draw(performance.moment(t))
                assert np.abs(found.landmarks - points).max() < 0.02
                assert np.abs(found.image.astype(float) - picture).mean() < 4  # compressed
                shown = performance.labels[t]
                for au, level in zip(INTENSITY, found.labels, strict=True):
                    assert np.isnan(level) or level == shown[AUS.index(au)]
                for au, present in zip(OCCURRENCE, found.occurrence, strict=True):
                    assert np.isnan(present) or present == (shown[AUS.index(au)] > 0)
                drawn += 1
    assert drawn == sum(key[0] == f"fera2017/{subject}" for key in frames)


def test_some_labels_are_not_coded(frames: dict[tuple[str, str, int, int], RawFrame]) -> None:
    for kind in ("labels", "occurrence"):
        missing = np.isnan([getattr(frame, kind) for frame in frames.values()]).mean()
        assert 0 < missing < 0.1


def test_two_people_of_one_id_are_two_people(
    frames: dict[tuple[str, str, int, int], RawFrame],
) -> None:
    one, other = (frames[f"fera2017/{part}/F001", "T1", 6, 1] for part in ("TR", "VA"))
    assert np.abs(one.image.astype(float) - other.image).mean() > 10


def nose(frame: RawFrame) -> np.ndarray:
    """Tip of the nose from the middle between the eyes, in distances of the brow from the chin."""
    points = frame.landmarks
    height = np.linalg.norm(points[8] - points[27])
    return np.asarray((points[30] - points[36:48].mean(axis=0)) / height)


def test_views_turn_and_tilt_the_head_and_the_sixth_is_frontal(
    frames: dict[tuple[str, str, int, int], RawFrame],
) -> None:
    for subject in ("TR", "VA"):
        views = {v: frames[f"fera2017/{subject}/F001", "T1", v, 1] for v in range(1, 10)}
        tips = {v: nose(frame) for v, frame in views.items()}
        frontal = min(views, key=lambda v: abs(VIEWS[v][0]) + abs(VIEWS[v][1]))
        assert frontal == 6
        for row in ((1, 4, 7), (2, 5, 8), (3, 6, 9)):  # to the left, ahead, to the right
            across = [tips[v][0] for v in row]
            assert (np.diff(across) > 0.08).all()
        for column in ((1, 2, 3), (4, 5, 6), (7, 8, 9)):  # ever less up
            down = [tips[v][1] for v in column]
            assert (np.diff(down) > 0.05).all()
        pictures = [frame.image.astype(float) for frame in views.values()]
        differ = [np.abs(a - b).mean() for i, a in enumerate(pictures) for b in pictures[:i]]
        assert min(differ) > 3


def test_all_landmarks_lie_in_the_picture(
    frames: dict[tuple[str, str, int, int], RawFrame],
) -> None:
    points = np.stack([frame.landmarks for frame in frames.values()])
    assert points.min() > 0
    assert points.max() < SIZE - 1


def test_few_pictures_are_held_with_their_labels_and_landmarks(tmp_path: Path) -> None:
    dest = tmp_path / "t"
    few = ("--scale", 0.02, "--pictures", 2, "--size", 64, "--subjects", "VA/M001", "--workers", 1)
    synth("fera2017", dest, *few)
    found: dict[tuple[str, int], list[RawFrame]] = {}
    read = Fera2017(dest).frames("fera2017/VA/M001")
    for frame in takewhile(lambda f: f.session <= "T2", read):
        found.setdefault((frame.session, frame.view), []).append(frame)
    real = VIDEO_FRAMES["VA/M001"]
    assert [len(found[f"T{k}", 6]) for k in (1, 2)] == [round(0.02 * n) for n in real[:2]]
    for shown in found.values():
        points = np.stack([frame.landmarks for frame in shown])
        changes = np.flatnonzero(np.abs(np.diff(points, axis=0)).max(axis=(1, 2)) > 0)
        assert len(changes) <= 1
        assert abs(2 * (changes + 1) - len(shown)).max(initial=0) <= 1  # half of the time each
        labels = np.stack([np.r_[f.labels, f.occurrence] for f in shown])
        for part in np.split(labels, changes + 1):
            assert (np.isnan(part) | (part == np.nanmax(part, axis=0))).all()


def test_the_same_command_finishes_what_was_interrupted(tree: Path, tmp_path: Path) -> None:
    dest = tmp_path / "t"
    shutil.copytree(tree, dest)
    (dest / "Train_Occ/FERA17_TR_F001_T3.csv").unlink()
    (dest / "FERA17_Train_MV/FERA17_TR_F001_T3_5.mp4").write_bytes(b"half")
    (dest / "Landmarks/FERA17_TR_F001_T3_9.csv").unlink()
    (dest / ".partial-FERA17_TR_F001_T3").mkdir()
    (dest / ".partial-FERA17_TR_F001_T3/FERA17_TR_F001_T3_5.mp4").write_bytes(b"half")
    synth("fera2017", dest, *SMALL)
    assert contents(dest) == contents(tree)


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("--scale", 0), "scale=0"),
        (("--scale", 1.5), "scale=1.5"),
        (("--pictures", 0), "pictures=0"),
        (("--size", 97), "97 pixels"),
        (("--subjects", "TE/F001"), "TE/F001"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_written(
    tmp_path: Path, arguments: tuple[object, ...], what: str
) -> None:
    with pytest.raises(AubenchError, match=what):
        synth("fera2017", tmp_path / "t", *arguments)
    assert not (tmp_path / "t").exists()


@pytest.mark.slow
@pytest.mark.parametrize("protocol", ["fera2017", "fera2017-occ"])
def test_a_protocol_runs_on_the_twin(aubench: Aubench, protocol: str) -> None:
    tiny = ("--twin-size", 32, "--twin-frames", 1, "--device", "cpu")
    done = aubench("run", "--method", "mean", "--protocol", protocol, *tiny)
    assert done.returncode == 0, done.stderr
    assert "SYNTHETIC" in done.stdout
