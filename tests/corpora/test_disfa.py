"""DISFA's folders, however a laboratory has named them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.io import savemat

from aubench.corpora.corpus import RawFrame
from aubench.corpora.disfa.reader import Disfa, DisfaSettings
from aubench.errors import AubenchError
from support.trees.disfa_tree import (
    AUS,
    DisfaLayout,
    brightness,
    from_0,
    from_1,
    intensity,
    points,
    write_disfa,
    write_mat,
    write_video,
)

LAYOUTS = {
    "as released": DisfaLayout(),
    "plural folders": DisfaLayout(
        labels="ActionUnits_Labels/{subject}/{subject}_au{au}.txt",
        videos="Video_LeftCamera/LeftVideo{subject}_Comp.avi",
        landmarks="Landmark_Points/Landmark_Points/{subject}",
        mat=from_1,
    ),
    "lower case": DisfaLayout(
        labels="actionunit_labels/sn{subject[2]}{subject[3]}{subject[4]}/{subject}_AU{au}.TXT",
        videos="videos_leftcamera/leftVideo{subject}_comp.AVI",
        landmarks="landmark_points/{subject}",
    ),
    "below another folder": DisfaLayout(
        labels="data/DISFA/ActionUnit_Labels/{subject}/{subject}_au{au}.txt",
        videos="data/DISFA/Videos_LeftCamera/LeftVideo{subject}_comp.avi",
        landmarks="data/DISFA/Landmark_Points/{subject}",
        mat=from_1,
    ),
    "blanks in names": DisfaLayout(
        labels="Action Unit Labels/{subject}_au{au}.txt",
        videos="Videos LeftCamera/LeftVideo{subject}.avi",
        mat=lambda subject, frame: f"frame_lm/{from_0(subject, frame).split('/')[1]}",
    ),
    "padded AUs, files from Windows": DisfaLayout(
        labels="ActionUnit_Labels/{subject}/{subject}_au{au:02d}.txt",
        head="\ufeff",
        newline="\r\n",
        tail="\r\n",
    ),
    "no folder below the subject": DisfaLayout(mat=lambda s, f: from_1(s, f).split("/")[1]),
    "four digits": DisfaLayout(mat=lambda subject, frame: f"tmp_frame_lm/l{frame:04d}_lm.mat"),
    "one landmark file too many": DisfaLayout(spare_mat=True),
    "one too many, from 1": DisfaLayout(spare_mat=True, mat=from_1),
}


def read(source: Path, subject: str, **settings: str) -> list[RawFrame]:
    corpus = Disfa(source, DisfaSettings(**settings))
    frames = list(corpus.frames(f"disfa/{subject}"))
    assert corpus.examine(f"disfa/{subject}") == len(frames)
    return frames


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_every_variant_gives_the_same_frames(tmp_path: Path, layout: DisfaLayout) -> None:
    write_disfa(tmp_path, layout=layout)
    assert Disfa(tmp_path).subjects() == ("disfa/SN001", "disfa/SN002", "disfa/SN010")
    for subject, rows in (("SN001", 6), ("SN010", 5)):
        frames = read(tmp_path, subject)
        assert [f.frame for f in frames] == list(range(1, rows + 1))
        for f in frames:
            assert (f.session, f.view, f.logged, f.tracked) == ("left", 0, False, True)
            assert list(f.labels) == [intensity(f.frame, au) for au in AUS]
            np.testing.assert_allclose(f.landmarks, points(f.frame), atol=1e-4)
            assert f.image.shape == (72, 96, 3)
            assert abs(float(f.image.mean()) - brightness(f.frame)) < 6


def test_colours_are_red_green_blue(tmp_path: Path) -> None:
    import av

    write_disfa(tmp_path, ("SN001",), frames=1)
    with av.open(str(tmp_path / "Videos_LeftCamera/LeftVideoSN001_comp.avi"), "w") as container:
        stream = container.add_stream("mpeg4", rate=20)
        stream.width, stream.height, stream.pix_fmt = 96, 72, "yuv420p"
        image = np.full((72, 96, 3), (200, 90, 20), np.uint8)
        container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())
    (frame,) = read(tmp_path, "SN001")
    np.testing.assert_allclose(frame.image.mean(axis=(0, 1)), (200, 90, 20), atol=6)


def test_the_right_camera_is_another_session_with_landmarks_of_its_own(tmp_path: Path) -> None:
    root = write_right(write_disfa(tmp_path / "DISFA", ("SN001",)))
    heads = [f"{axis}_{n}" for axis in "xy" for n in range(68)]
    rows = [[f, *(points(f) + 1).T.ravel()] for f in range(1, 7)]
    table = pd.DataFrame(rows, columns=["frame", *heads])
    (tmp_path / "right").mkdir()
    table.to_csv(tmp_path / "right/RightVideoSN001_comp.csv", index=False)
    for frame in read(root, "SN001", camera="right", landmark_source=str(tmp_path / "right")):
        assert frame.session == "right"
        assert abs(float(frame.image.mean()) - brightness(frame.frame)) < 6
        np.testing.assert_allclose(frame.landmarks, points(frame.frame) + 1, atol=1e-3)


def test_landmarks_of_the_left_camera_are_not_those_of_the_right(tmp_path: Path) -> None:
    root = write_right(write_disfa(tmp_path, ("SN001",)))
    with pytest.raises(AubenchError, match="landmarks are of the left camera; name others with"):
        read(root, "SN001", camera="right")


def write_right(root: Path) -> Path:
    """Move the video to the other camera, whose folder really is in the singular."""
    left = root / "Videos_LeftCamera/LeftVideoSN001_comp.avi"
    right = root / "Video_RightCamera/RightVideoSN001_comp.avi"
    right.parent.mkdir()
    left.rename(right)
    return root


@pytest.fixture(scope="module")
def logged_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SN021 as far as frame 576: frames 574 and on are in the error log."""
    return write_disfa(tmp_path_factory.mktemp("logged"), ("SN021",), frames=576)


def mat_of(root: Path, subject: str, frame: int) -> Path:
    return root / "Landmark_Points" / subject / from_0(subject, frame)


def test_logged_frames_may_be_without_landmarks(logged_tree: Path) -> None:
    nan = points(575)
    nan[3] = np.nan
    write_mat(mat_of(logged_tree, "SN021", 575), nan)
    mat_of(logged_tree, "SN021", 574).unlink()
    frames = read(logged_tree, "SN021", logged_landmarks="corpus")
    assert [f.frame for f in frames if f.logged] == [574, 575, 576]
    assert [f.frame for f in frames if not f.tracked] == [574, 575]
    # Between frames 573 and 576 the face moves evenly, so the straight line is where it was.
    for frame in frames[572:]:
        np.testing.assert_allclose(frame.landmarks, points(frame.frame), atol=1e-3)
    assert list(frames[574].labels) == [intensity(575, au) for au in AUS]


def test_the_lost_landmark_file_of_sn031_is_known() -> None:
    """DISFA lacks l03631_lm.mat of SN031: OpenFace's scripts copy the frame before."""
    corpus = Disfa.__new__(Disfa)
    corpus.settings = DisfaSettings()
    assert corpus._excused("SN031", 3631)
    assert not corpus._excused("SN031", 3630)


def zeros(path: Path) -> None:
    write_mat(path, np.zeros((68, 2)))


def far_away(path: Path) -> None:
    write_mat(path, points(1) + 1000)


def one_nan(path: Path) -> None:
    face = points(1)
    face[40, 1] = np.nan
    write_mat(path, face)


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (Path.unlink, "no landmark file for frame 3"),
        (one_nan, "NaN in landmarks of frame 3"),
        (zeros, "unusable landmarks of frame 3"),
        (far_away, "unusable landmarks of frame 3"),
    ],
)
def test_elsewhere_a_policy_decides(
    tmp_path: Path, spoil: Callable[[Path], None], what: str
) -> None:
    write_disfa(tmp_path, ("SN001",))
    spoil(mat_of(tmp_path, "SN001", 3))
    with pytest.raises(AubenchError, match=what) as caught:
        read(tmp_path, "SN001")
    assert "--landmarks interpolate" in caught.value.mend
    frames = read(tmp_path, "SN001", landmarks="interpolate")
    assert [f.tracked for f in frames] == [True, True, False, True, True, True]
    np.testing.assert_allclose(frames[2].landmarks, points(3), atol=1e-3)


def test_landmarks_are_held_at_the_ends(tmp_path: Path) -> None:
    write_disfa(tmp_path, ("SN001",))
    for frame in (1, 2, 6):
        mat_of(tmp_path, "SN001", frame).unlink()
    frames = read(tmp_path, "SN001", landmarks="interpolate")
    for frame, source in ((1, 3), (2, 3), (6, 5)):
        np.testing.assert_allclose(frames[frame - 1].landmarks, points(source), atol=1e-3)


def swap_key(root: Path) -> None:
    savemat(mat_of(root, "SN001", 2), {"points": points(2)})


def wrong_count(root: Path) -> None:
    savemat(mat_of(root, "SN001", 2), {"pts": points(2)[:60]})


def cut_mat(root: Path) -> None:
    path = mat_of(root, "SN001", 2)
    path.write_bytes(path.read_bytes()[:200])


def empty_mat(root: Path) -> None:
    mat_of(root, "SN001", 2).write_bytes(b"")


def text_mat(root: Path) -> None:
    savemat(mat_of(root, "SN001", 2), {"pts": "sixty-six points"})


def second_habit(root: Path) -> None:
    write_mat(root / "Landmark_Points/SN001" / from_1("SN001", 4), points(4))


def stranger(root: Path) -> None:
    mat_of(root, "SN001", 2).rename(mat_of(root, "SN001", 2).with_name("SN002_0001_lm.mat"))


def too_many(root: Path) -> None:
    for frame in (7, 8):
        write_mat(mat_of(root, "SN001", frame), points(frame))


def no_landmarks_at_all(root: Path) -> None:
    for frame in range(1, 7):
        zeros(mat_of(root, "SN001", frame))


def longer_video(root: Path) -> None:
    write_video(root / "Videos_LeftCamera/LeftVideoSN001_comp.avi", 8)


def shorter_video(root: Path) -> None:
    write_video(root / "Videos_LeftCamera/LeftVideoSN001_comp.avi", 5)


def second_labels(root: Path) -> None:
    (root / "ActionUnits_Labels").mkdir()
    copy = root / "ActionUnits_Labels/SN001_au6.txt"
    copy.write_bytes((root / "ActionUnit_Labels/SN001/SN001_au6.txt").read_bytes())


@pytest.mark.parametrize(
    ("spoil", "where", "what"),
    [
        (swap_key, "SN001_0001_lm.mat", "holds no matrix 'pts'"),
        (wrong_count, "SN001_0001_lm.mat", "of shape (60, 2), not 66 points"),
        (text_mat, "SN001_0001_lm.mat", "not 66 points"),
        (cut_mat, "SN001_0001_lm.mat", "not a readable MATLAB file"),
        (empty_mat, "SN001_0001_lm.mat", "not a readable MATLAB file"),
        (second_habit, "l00004_lm.mat|SN001_0003_lm.mat", "a second copy of"),
        (stranger, "SN002_0001_lm.mat", "a file of SN002 in the folder of SN001"),
        (too_many, "SN001_0006_lm.mat", "2 landmark files too many for 6 label rows"),
        (no_landmarks_at_all, "SN001/tmp_frame_lm", "no frame of SN001 has usable"),
        (longer_video, "SN001_au1.txt", "6 rows, but the video has more frames"),
        (shorter_video, "LeftVideoSN001_comp.avi", "video ends after frame 5"),
        (second_labels, "SN001_au6.txt", "a second copy of"),
    ],
)
def test_what_is_wrong_is_named(
    tmp_path: Path, spoil: Callable[[Path], None], where: str, what: str
) -> None:
    spoil(write_disfa(tmp_path, ("SN001",)))
    with pytest.raises(AubenchError) as caught:
        read(tmp_path, "SN001", landmarks="interpolate")
    assert what in caught.value.what
    assert str(caught.value.path).endswith(tuple(where.split("|")))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("frames", "fine"), [(5, True), (6, True), (7, False)])
def test_only_sn010_may_lack_one_row_at_the_end(tmp_path: Path, frames: int, fine: bool) -> None:
    write_disfa(tmp_path, ("SN010",))  # five rows of labels
    write_video(tmp_path / "Videos_LeftCamera/LeftVideoSN010_comp.avi", frames)
    if fine:
        assert len(read(tmp_path, "SN010")) == 5
    else:
        with pytest.raises(AubenchError, match="5 rows, but the video has more frames"):
            read(tmp_path, "SN010")
