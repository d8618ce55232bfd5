"""FERA 2017: nine views of one set of labels, people told apart by partition."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from aubench.cli import cli
from aubench.corpora.fera2017.reader import Fera2017, Fera2017Settings
from aubench.errors import AubenchError
from aubench.pack.pack import Pack
from support.trees.recorded_trees import (
    FERA_FRAMES,
    FERA_INTENSITY,
    FERA_OCCURRENCE,
    Fera2017Layout,
    intensity,
    meant,
    occurrence,
    points,
    shown,
    stamped,
    write_fera2017,
    write_video,
)

LAYOUTS = {
    "as released": Fera2017Layout(),
    "landmarks by OpenFace": Fera2017Layout(openface=True),
    "frames counted from 0": Fera2017Layout(frames=range(5)),
    "frames counted from anywhere, OpenFace": Fera2017Layout(frames=range(70, 75), openface=True),
    "everything in one folder": Fera2017Layout(
        videos="FERA17_{p}_{s}_{t}_{view}.mp4",
        occurrence="FERA17_{p}_{s}_{t}.csv",
        intensity="FERA17_{p}_{s}_{t}_AU{au:02d}_Int.csv",
    ),
    "other folders, lower case": Fera2017Layout(
        videos="data/ims/fera17_{p}_{s}_{t}_{view}.MP4",
        occurrence="data/occ/fera17_{p}_{s}_{t}.CSV",
        intensity="data/int/fera17_{p}_{s}_{t}_au{au}_int.csv",
        landmarks="data/2D Features/x/fera17_{p}_{s}_{t}_{view}.csv",
    ),
    "intensities by AU": Fera2017Layout(
        intensity="Train_Int/AU{au:02d}/FERA17_{p}_{s}_{t}_AU{au:02d}.csv"
    ),
    "the frontal view only": Fera2017Layout(views=(6,)),
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_every_variant_gives_the_same_frames(tmp_path: Path, layout: Fera2017Layout) -> None:
    write_fera2017(tmp_path, layout)
    corpus = Fera2017(tmp_path)
    assert corpus.subjects() == ("fera2017/TR/F001", "fera2017/VA/F001")
    for subject in corpus.subjects():
        frames = list(corpus.frames(subject))
        assert corpus.examine(subject) == len(frames)
        assert [(f.session, f.view, f.frame) for f in frames] == [
            ("T1", view, frame) for view in layout.views for frame in layout.frames
        ]
        for row, f in enumerate(frames):
            number = shown(row % len(layout.frames) + 1, f.view)
            assert stamped(f.image) == number
            np.testing.assert_array_equal(
                f.labels, meant(intensity(f.frame, au) for au in FERA_INTENSITY)
            )
            np.testing.assert_array_equal(
                f.occurrence, meant(occurrence(f.frame, au) for au in FERA_OCCURRENCE)
            )
            np.testing.assert_allclose(f.landmarks, points(number), atol=1e-3)
            assert f.tracked


def test_one_partition_is_enough_and_it_says_what_is_not_there(tmp_path: Path) -> None:
    write_fera2017(
        tmp_path, Fera2017Layout(recordings=(("VA", "M003", "T2"), ("VA", "M003", "T10")))
    )
    corpus = Fera2017(tmp_path)
    assert corpus.subjects() == ("fera2017/VA/M003",)
    sessions = [f.session for f in corpus.frames("fera2017/VA/M003")]
    assert list(dict.fromkeys(sessions)) == ["T2", "T10"]
    notes = corpus.notes()
    assert notes[:3] == (
        "the train partition is not there",
        "the test partition is not there",
        "7 of the nine views are not there: 1, 3, 4, 5, 7, 8, 9",
    )
    nines = 4 * sum(intensity(frame, 17) == 9 for frame in FERA_FRAMES)
    assert notes[3].startswith("labels not coded, of 20 frames: intensity AU1 ")
    assert f"intensity AU17 {nines}," in notes[3]


def test_the_test_partition_has_no_labels(tmp_path: Path) -> None:
    write_fera2017(tmp_path, Fera2017Layout(recordings=(("TE", "F001", "T1"),)))
    corpus = Fera2017(tmp_path)
    frames = list(corpus.frames("fera2017/TE/F001"))
    assert corpus.examine("fera2017/TE/F001") == len(frames) == 10
    assert [f.frame for f in frames] == [1, 2, 3, 4, 5] * 2
    assert all(np.isnan(f.labels).all() and np.isnan(f.occurrence).all() for f in frames)
    assert [stamped(f.image) for f in frames[:5]] == [shown(i, 2) for i in range(1, 6)]


def test_views_without_landmarks_stop_or_are_kept(tmp_path: Path) -> None:
    write_fera2017(tmp_path)
    (tmp_path / "Landmarks/FERA17_TR_F001_T1_2.csv").unlink()
    with pytest.raises(AubenchError, match="no frame of FERA17_TR_F001_T1_2 has usable landmarks"):
        Fera2017(tmp_path).examine("fera2017/TR/F001")
    corpus = Fera2017(tmp_path, Fera2017Settings(no_landmarks="centre"))
    assert [f.tracked for f in corpus.frames("fera2017/TR/F001")] == [False] * 5 + [True] * 5


OCC = "Train_Occ/FERA17_TR_F001_T1.csv"
INT = "Train_Int/FERA17_TR_F001_T1_AU01_Int.csv"
VIDEO = "FERA17_Train_MV/FERA17_TR_F001_T1_2.mp4"
CSV = "Landmarks/FERA17_TR_F001_T1_2.csv"


def cut(name: str) -> Callable[[Path], None]:
    return lambda root: (root / name).unlink()


def video(frames: int) -> Callable[[Path], None]:
    return lambda root: write_video(root / VIDEO, range(frames))


def second_video(root: Path) -> None:
    (root / VIDEO).with_suffix(".avi").write_bytes((root / VIDEO).read_bytes())


def shifted(root: Path) -> None:
    """Intensities counted from 0, occurrences from 1."""
    path = root / INT
    rows = [line.split(",") for line in path.read_text().split()]
    path.write_text("".join(f"{int(frame) - 1},{label}\n" for frame, label in rows))


def no_landmarks(root: Path) -> None:
    for path in (root / "Landmarks").iterdir():
        path.unlink()
    (root / "Landmarks").rmdir()


BAD = {
    "no occurrences": (cut(OCC), "", "no FERA17_TR_F001_T1.csv; put it back, or leave TR/F001 out"),
    "no intensities": (cut(INT), "", "no FERA17_TR_F001_T1_AU01_Int.csv; put it back"),
    "a view missing": (cut(VIDEO), "", "no FERA17_TR_F001_T1_2.mp4; put it back"),
    "a video too short": (video(4), VIDEO, "4 frames, but 5 are coded; put back"),
    "a video too long": (video(6), VIDEO, "6 frames, but 5 are coded"),
    "labels counted otherwise": (
        shifted, INT, "frames 0–4, but FERA17_TR_F001_T1_AU04_Int.csv has 1–5; put back",
    ),
    "a second video": (second_video, VIDEO, "a second copy of"),
    "no video": (lambda root: (root / VIDEO).write_bytes(b""), VIDEO, "not a video"),
    "no folder of landmarks": (no_landmarks, "", "no folder of landmarks; name one with"),
    "landmarks of too few frames": (
        lambda root: (root / CSV).write_text("".join(lines(root / CSV)[:4])), CSV,
        "no usable landmarks of frame 4 and 1 more",
    ),
}  # fmt: skip


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines(keepends=True)


@pytest.mark.parametrize(("spoil", "where", "what"), BAD.values(), ids=BAD)
def test_what_is_wrong_is_named(
    tmp_path: Path, spoil: Callable[[Path], None], where: str, what: str
) -> None:
    spoil(write_fera2017(tmp_path))
    with pytest.raises(AubenchError) as caught:
        corpus = Fera2017(tmp_path)
        corpus.examine("fera2017/TR/F001")
        list(corpus.frames("fera2017/TR/F001"))
    assert str(caught.value).startswith(f"{tmp_path / where}: ")
    assert what in str(caught.value)


def test_an_empty_folder_is_not_fera_2017(tmp_path: Path) -> None:
    with pytest.raises(AubenchError, match="no video FERA17_TR_F001_T1_6"):
        Fera2017(tmp_path).subjects()


def test_openface_must_have_gone_through_the_whole_video(tmp_path: Path) -> None:
    write_fera2017(tmp_path, replace(Fera2017Layout(), openface=True))
    (tmp_path / CSV).write_text("".join(lines(tmp_path / CSV)[:4]))
    with pytest.raises(AubenchError, match="goes to picture 3, but there are 5"):
        list(Fera2017(tmp_path).frames("fera2017/TR/F001"))


def test_a_pack_holds_both_kinds_of_labels_in_every_view(tmp_path: Path) -> None:
    write_fera2017(tmp_path / "FERA", Fera2017Layout(views=range(1, 10)))
    arguments = ["prepare", "fera2017", tmp_path / "FERA", tmp_path / "pack", "--size", "32"]
    arguments += ["--subjects", "VA/F001", "--workers", "1"]
    result = CliRunner().invoke(cli, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    pack = Pack.open(tmp_path / "pack")
    assert set(pack.index["subject"]) == {"fera2017/VA/F001"}
    assert pack.index["view"].value_counts().to_dict() == dict.fromkeys(range(1, 10), 5)
    codes = [[occurrence(frame, au) for au in FERA_OCCURRENCE] for frame in pack.index["frame"]]
    np.testing.assert_array_equal(pack.labels("occurrence"), [meant(row) for row in codes])
    codes = [[intensity(frame, au) for au in FERA_INTENSITY] for frame in pack.index["frame"]]
    np.testing.assert_array_equal(pack.labels("intensity"), [meant(row) for row in codes])
