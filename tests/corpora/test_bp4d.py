"""BP4D and FERA 2015, however a laboratory has named their folders and files."""

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result

from aubench.cli import cli
from aubench.corpora.bp4d.fera2015 import Fera2015
from aubench.corpora.bp4d.reader import Bp4d, Bp4dSettings
from aubench.corpora.corpus import RawFrame
from aubench.errors import AubenchError
from aubench.landmarks import INDEX_49, to_49
from aubench.pack.pack import Pack
from support.trees.recorded_trees import (
    COLUMNS,
    FRAMES,
    INTENSITY,
    OCCURRENCE,
    RECORDINGS,
    Bp4dLayout,
    fpoints,
    intensity,
    meant,
    nested_pts,
    occurrence,
    old_features,
    openface_csv,
    plain_csv,
    points,
    pts_66,
    single_mat,
    stamp,
    stamped,
    write_bp4d,
    write_fit,
)

FERA = Bp4dLayout(
    occurrence="AUCoding/{s}_{t}.csv",
    intensity="AU Intensity Codes3.0/AU{au:02d}/{s}_{t}_AU{au:02d}.csv",
    pictures="BP4D-training/{s}/{t}",
    columns=OCCURRENCE[:-1],
    flag="99",
)

LAYOUTS = {
    "as released": Bp4dLayout(),
    "three digits": Bp4dLayout(picture="{:03d}.jpg".format),
    "four digits": Bp4dLayout(picture="{:04d}.jpg".format),
    "many digits, PNG": Bp4dLayout(picture="{:08d}.PNG".format),
    "mixed paddings and endings": Bp4dLayout(
        picture=lambda n: f"{n:0{3 + n % 3}d}.{('jpg', 'JPG', 'png', 'jpeg')[n % 4]}"
    ),
    "labels beside each other": Bp4dLayout(
        occurrence="AUCoding/{s}_{t}.csv", intensity="AUCoding/{s}_{t}_AU{au:02d}.csv"
    ),
    "lower case, AUs not padded": Bp4dLayout(
        occurrence="au_occ/{s}_{t}.CSV",
        intensity="au_int/au{au}/{s}_{t}_au{au}.csv",
        pictures="2D+3D/{s}/{t}",
    ),
    "below other folders": Bp4dLayout(
        occurrence="data/BP4D/AUCoding/AU_OCC/{s}_{t}.csv",
        intensity="data/BP4D/AUCoding/AU_INT/AU{au:02d}/{s}_{t}_AU{au:02d}.csv",
        pictures="data/BP4D/Sequences(2D+3D)/{s}/{t}",
        landmarks=lambda root, stem, numbers: fpoints(root / "data/BP4D", stem, numbers),
    ),
    "columns in another order": Bp4dLayout(columns=COLUMNS[::-1], first_cell="frame"),
    "columns called AU01": Bp4dLayout(head_of="AU{:02d}".format),
    "34 columns, a byte-order mark, files from Windows": Bp4dLayout(
        columns=[*COLUMNS, *range(40, 55)], bom="\ufeff", newline="\r\n"
    ),
    "pictures from 0": Bp4dLayout(offset=-1, extra=(), settings={"picture_offset": -1}),
    "landmarks from an older MATLAB": Bp4dLayout(landmarks=old_features),
    "landmarks of 68 points in .pts files": Bp4dLayout(landmarks=nested_pts),
    "landmarks of 66 points in .pts files": Bp4dLayout(landmarks=pts_66),
    "landmarks in a MATLAB file a picture": Bp4dLayout(landmarks=single_mat),
    "landmarks in a plain CSV": Bp4dLayout(landmarks=plain_csv),
    "landmarks by OpenFace": Bp4dLayout(landmarks=openface_csv),
}


def read(corpus: Bp4d, subject: str = "F001") -> list[RawFrame]:
    frames = list(corpus.frames(f"bp4d/{subject}"))
    assert corpus.examine(f"bp4d/{subject}") == len(frames)
    return frames


def check(corpus: Bp4d, layout: Bp4dLayout, subject: str, tasks: list[str]) -> None:
    """Every frame has its own labels, picture and landmarks."""
    frames = read(corpus, subject)
    assert [(f.session, f.frame) for f in frames] == [(t, n) for t in tasks for n in FRAMES]
    for f in frames:
        number = f.frame + layout.offset
        assert (f.view, f.logged, f.tracked) == (0, False, True)
        assert f.image.shape == (48, 64, 3)
        assert stamped(f.image) == number
        np.testing.assert_array_equal(f.labels, meant(intensity(f.frame, a) for a in INTENSITY))
        codes = [occurrence(f.frame, au) if au in layout.columns else 9 for au in OCCURRENCE]
        np.testing.assert_array_equal(f.occurrence, meant(codes))
        assert np.isfinite(f.landmarks).all()
        kept = list(INDEX_49)
        np.testing.assert_allclose(f.landmarks[kept], points(number)[kept], atol=1e-3)


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_every_variant_gives_the_same_frames(tmp_path: Path, layout: Bp4dLayout) -> None:
    write_bp4d(tmp_path, layout)
    corpus = Bp4d(tmp_path, Bp4dSettings(**layout.settings))
    assert corpus.subjects() == ("bp4d/F001", "bp4d/M002")
    check(corpus, layout, "F001", ["T1", "T2"])
    check(corpus, layout, "M002", ["T1"])


@pytest.mark.parametrize("columns", [FERA.columns, OCCURRENCE])
@pytest.mark.parametrize("flag", ["99", "occluded", "", None])
def test_fera_2015_in_its_own_folders(
    tmp_path: Path, columns: tuple[int, ...], flag: str | None
) -> None:
    """The flag's column has a head, or none, or a laboratory took it out."""
    layout = replace(FERA, columns=columns, flag=flag)
    write_bp4d(tmp_path, layout)
    corpus = Fera2015(tmp_path)
    assert corpus.name == "bp4d"
    check(corpus, layout, "F001", ["T1", "T2"])
    lacks = [note for note in corpus.notes() if f"occurrence AU24 {3 * len(FRAMES)}" in note]
    assert bool(lacks) == (24 not in columns)


def test_frames_that_only_one_kind_of_file_codes_are_kept(tmp_path: Path) -> None:
    write_bp4d(tmp_path)
    coded = tmp_path / "AUCoding/AU_OCC/M002_T1.csv"
    lines = coded.read_text().splitlines(keepends=True)
    coded.write_text("".join([lines[0], *lines[3:]]))  # not 998, 999
    for au in INTENSITY:
        path = tmp_path / f"AUCoding/AU_INT/AU{au:02d}/M002_T1_AU{au:02d}.csv"
        path.write_text("".join(path.read_text().splitlines(keepends=True)[:3]))  # 998 to 1000
    path = tmp_path / "AUCoding/AU_INT/AU12/M002_T1_AU12.csv"
    path.write_text(f"1000,{intensity(1000, 12)}\n998,{intensity(998, 12)}\n")  # a gap, backwards
    frames = {f.frame: f for f in read(Bp4d(tmp_path), "M002")}
    assert list(frames) == list(FRAMES)
    for number, f in frames.items():
        codes = [intensity(number, au) if number <= 1000 else 9 for au in INTENSITY]
        if number == 999:
            codes[INTENSITY.index(12)] = 9
        np.testing.assert_array_equal(f.labels, meant(codes))
        seen = [occurrence(number, au) if number >= 1000 else 9 for au in OCCURRENCE]
        np.testing.assert_array_equal(f.occurrence, meant(seen))
        assert stamped(f.image) == number


@pytest.mark.parametrize("lacks", ["AU_INT", "AU_OCC"])
def test_a_laboratory_may_hold_one_kind_of_labels_only(tmp_path: Path, lacks: str) -> None:
    write_bp4d(tmp_path)
    for path in (tmp_path / "AUCoding" / lacks).rglob("*.csv"):
        path.unlink()
    corpus = Bp4d(tmp_path)
    frames = read(corpus)
    assert len(frames) == 2 * len(FRAMES)
    for f in frames:
        assert np.isnan(f.labels).all() == (lacks == "AU_INT")
        assert np.isnan(f.occurrence).all() == (lacks == "AU_OCC")


def test_notes_count_what_is_not_there(tmp_path: Path) -> None:
    write_bp4d(tmp_path)
    notes = Bp4d(tmp_path).notes()
    assert notes[0].startswith("39 of BP4D's 41 subjects are not there: F002, F003,")
    assert notes[1].startswith("13 recordings are not there: F001 T3, F001 T4,")
    nines = 3 * sum(occurrence(frame, 7) == 9 for frame in FRAMES)
    assert notes[2].startswith("labels not coded, of 18 frames: intensity AU6 ")
    assert f"occurrence AU7 {nines}" in notes[2]
    assert notes[3] == "landmarks are of 49 points: the others are estimated from the mean face"


def test_what_a_subject_lacks_does_not_keep_the_others_from_their_notes(tmp_path: Path) -> None:
    write_bp4d(tmp_path)
    (tmp_path / "AUCoding/AU_OCC/M002_T1.csv").unlink()
    assert "not whole: bp4d/M002" in Bp4d(tmp_path).notes()


def lose(root: Path, *lost: int) -> None:
    """Landmarks of F001 T1 without those of some pictures."""
    numbers = (997, *FRAMES, 1004)
    rows = [None if number in lost else to_49(points(number)) for number in numbers]
    write_fit(root / "BP4D-fpoints/F001_T1.mat", rows)


def test_lost_frames_stop_or_are_kept_between_their_neighbours(tmp_path: Path) -> None:
    write_bp4d(tmp_path)
    lose(tmp_path, 999, 1000)
    with pytest.raises(AubenchError, match="no usable landmarks of frame 999 and 1 more") as caught:
        read(Bp4d(tmp_path))
    assert "--landmarks interpolate" in caught.value.mend
    assert caught.value.path == tmp_path / "BP4D-fpoints/F001_T1.mat"
    frames = read(Bp4d(tmp_path, Bp4dSettings(landmarks="interpolate")))
    assert [f.frame for f in frames if not f.tracked] == [999, 1000]
    # Three steps of a third from 998 to 1001.
    step = (frames[3].landmarks - frames[0].landmarks) / 3
    np.testing.assert_allclose(frames[1].landmarks, frames[0].landmarks + step, atol=1e-3)
    np.testing.assert_allclose(frames[2].landmarks, frames[0].landmarks + 2 * step, atol=1e-3)
    assert [stamped(f.image) for f in frames[:6]] == list(FRAMES)


@pytest.mark.parametrize("kind", ["all lost", "no file"])
def test_a_recording_without_landmarks_is_cropped_about_the_middle(
    tmp_path: Path, kind: str
) -> None:
    write_bp4d(tmp_path)
    if kind == "no file":
        (tmp_path / "BP4D-fpoints/F001_T1.mat").unlink()
    else:
        lose(tmp_path, 997, *FRAMES, 1004)
    for landmarks in ("strict", "interpolate"):
        refused = Bp4d(tmp_path, Bp4dSettings(landmarks=landmarks))
        with pytest.raises(AubenchError, match="no frame of F001_T1 has usable landmarks") as told:
            refused.examine("bp4d/F001") and read(refused)
        assert "--set no_landmarks=centre" in told.value.mend
    frames = read(Bp4d(tmp_path, Bp4dSettings(no_landmarks="centre")))
    assert [f.tracked for f in frames] == [False] * 6 + [True] * 6
    for f in frames[:6]:
        low, high = f.landmarks.min(axis=0), f.landmarks.max(axis=0)
        np.testing.assert_allclose((low + high) / 2, [31.5, 23.5], atol=1e-3)
        assert max(high - low) == pytest.approx(0.7 * 48)


def test_a_folder_that_the_user_names_wins(tmp_path: Path) -> None:
    root = write_bp4d(tmp_path / "BP4D")
    write_bp4d(tmp_path / "other", Bp4dLayout(landmarks=nested_pts))
    named_folder = str(tmp_path / "other/Landmarks")
    corpus = Bp4d(root, Bp4dSettings(landmark_source=named_folder))
    check(corpus, Bp4dLayout(), "F001", ["T1", "T2"])
    assert np.allclose(read(corpus)[0].landmarks, points(998), atol=1e-3)  # with its jaw
    assert not [note for note in corpus.notes() if "estimated" in note]


# --- what is wrong is named -------------------------------------------------------------------


OCC = "AUCoding/AU_OCC/F001_T1.csv"
INT = "AUCoding/AU_INT/AU06/F001_T1_AU06.csv"


def cut(name: str) -> Callable[[Path], None]:
    return lambda root: (root / name).unlink()


def swap(name: str, old: str, new: str) -> Callable[[Path], None]:
    def spoil(root: Path) -> None:
        text = (root / name).read_text()
        assert old in text
        (root / name).write_text(text.replace(old, new, 1))

    return spoil


def copy(name: str, to: str) -> Callable[[Path], None]:
    def spoil(root: Path) -> None:
        (root / to).parent.mkdir(parents=True, exist_ok=True)
        (root / to).write_bytes((root / name).read_bytes())

    return spoil


def remove(folder: str) -> Callable[[Path], None]:
    def spoil(root: Path) -> None:
        for path in sorted((root / folder).rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        (root / folder).rmdir()

    return spoil


def no_labels(root: Path) -> None:
    remove("AUCoding")(root)


def no_landmarks(root: Path) -> None:
    remove("BP4D-fpoints")(root)


def stranger(root: Path) -> None:
    cv2.imwrite(str(root / "F001/T1/x.jpg"), stamp(1))  # is no frame, and harms nothing
    copy(OCC, "AUCoding/AU_OCC/F024_T1.csv")(root)


def truncated(root: Path) -> None:
    path = root / "F001/T1/1000.jpg"
    path.write_bytes(path.read_bytes()[:300])


def short_fit(root: Path) -> None:
    fpoints(root, "F001_T1", [*FRAMES])  # not of all eight pictures


def wrong_markup(root: Path) -> None:
    write_fit(root / "BP4D-fpoints/F001_T1.mat", [points(n)[:60] for n in range(8)])


def no_field(root: Path) -> None:
    write_fit(root / "BP4D-fpoints/F001_T1.mat", [to_49(points(n)) for n in range(8)], "guess")


def broken_fit(root: Path) -> None:
    path = root / "BP4D-fpoints/F001_T1.mat"
    path.write_bytes(path.read_bytes()[:700])


BAD = {
    "occurrence missing": (cut(OCC), "", "no F001_T1.csv; put it back, or leave F001 out"),
    "intensity missing": (cut(INT), "", "no F001_T1_AU06.csv; put it back"),
    "no labels at all": (no_labels, "", "no F001_T1.csv; put it back"),
    "no pictures": (remove("F001/T1"), "", "no F001/T1/; put it back"),
    "a picture missing": (
        cut("F001/T1/1000.jpg"), "F001/T1", "no picture 1000 of frame 1000; put back",
    ),
    "two names of one number": (
        copy("F001/T1/999.jpg", "F001/T1/00999.png"), "F001/T1/999.jpg",
        "is number 999, as 00999.png is",
    ),
    "a picture cut off": (truncated, "F001/T1/1000.jpg", "not a whole picture"),
    "two files of labels": (copy(OCC, "old/F001_T1.csv"), "old/F001_T1.csv", "a second copy of"),
    "two folders of pictures": (
        copy("F001/T1/999.jpg", "old/F001/T1/999.jpg"), "old/F001/T1", "a second copy of",
    ),
    "somebody of BP4D+": (stranger, "", "F024 is not of BP4D; take BP4D+ and others out"),
    "an occurrence of 2": (
        swap(OCC, "999,1,9", "999,2,9"), f"{OCC}:3", "label 2; give one of 0, 1, 9",
    ),
    "a cell too few": (swap(OCC, "999,1,9", "999,1"), f"{OCC}:3", "is not a frame and its labels"),
    "a word": (swap(OCC, "999,1,9", "999,x,9"), f"{OCC}:3", "is not a frame and its labels"),
    "a column missing": (swap(OCC, "0,1,2,", "0,1,3,"), f"{OCC}:1", "no column of AU2"),
    "two columns of one AU": (swap(OCC, "0,1,2,", "0,1,1,"), f"{OCC}:1", "two columns of AU1"),
    "a header only": (lambda root: (root / OCC).write_text("0,1,2\n"), f"{OCC}:1", "no column of"),
    "an empty file": (lambda root: (root / OCC).write_text(""), f"{OCC}:1", "no column of AU1"),
    "a frame twice": (swap(OCC, "\n999,", "\n998,"), f"{OCC}:3", "frame 998 a second time"),
    "an intensity of 7": (
        swap(INT, "999,", "999,7\n99,"), f"{INT}:2", "label 7; give one of 0, 1, 2, 3, 4, 5, 9",
    ),
    "an intensity of half": (swap(INT, "999,", "999,0."), f"{INT}:2", "is not a frame and its"),
    "an intensity file with a header": (
        swap(INT, "998,", "frame,AU06\n998,"), f"{INT}:1", "'frame,AU06' is not a frame",
    ),
    "an intensity file that is empty": (
        lambda root: (root / INT).write_text(""), f"{INT}:1", "'' is not a frame and its labels",
    ),
    "an intensity twice": (swap(INT, "1000,", "999,"), f"{INT}:3", "frame 999 a second time"),
    "no folder of landmarks": (no_landmarks, "", "no folder of landmarks; name one with"),
    "landmarks of some pictures": (
        short_fit, "BP4D-fpoints/F001_T1.mat", "goes to picture 6, but there are 8",
    ),
    "landmarks of an unknown markup": (
        wrong_markup, "BP4D-fpoints/F001_T1.mat", "points of shape (60, 2), not 49 × 2",
    ),
    "landmarks under another name": (
        no_field, "BP4D-fpoints/F001_T1.mat", "'fit' has no field pred or pts_2d",
    ),
    "landmarks cut off": (broken_fit, "BP4D-fpoints/F001_T1.mat", "not a readable MATLAB file"),
}  # fmt: skip


@pytest.mark.parametrize(("spoil", "where", "what"), BAD.values(), ids=BAD)
def test_what_is_wrong_is_named(
    tmp_path: Path, spoil: Callable[[Path], None], where: str, what: str
) -> None:
    spoil(write_bp4d(tmp_path, Bp4dLayout(recordings=RECORDINGS[:2])))
    with pytest.raises(AubenchError) as caught:
        corpus = Bp4d(tmp_path)
        for subject in corpus.subjects():
            corpus.examine(subject)
            list(corpus.frames(subject))
    assert str(caught.value).startswith(f"{tmp_path / where}: ")
    assert what in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_folder_of_landmarks_as_named(tmp_path: Path) -> None:
    write_bp4d(tmp_path)
    with pytest.raises(AubenchError, match="nowhere: no such folder of landmarks"):
        read(Bp4d(tmp_path, Bp4dSettings(landmark_source="nowhere")))


def test_an_empty_folder_is_not_bp4d(tmp_path: Path) -> None:
    with pytest.raises(AubenchError, match=r"no F001_T1\.csv of labels and no pictures"):
        Bp4d(tmp_path).subjects()


def test_a_pack_of_fera_2015_is_one_of_bp4d(tmp_path: Path) -> None:
    """Its 41 people are BP4D's, so its protocols and BP4D's take it."""
    write_bp4d(tmp_path / "FERA", FERA)
    pack = tmp_path / "pack"
    arguments = ["prepare", "fera2015", tmp_path / "FERA", pack, "--subjects", "F001"]
    result = run(*arguments, "--size", 32, "--workers", 1)
    assert result.exit_code == 0, result.output
    assert "1 subjects, 12 frames" in result.output
    made = Pack.open(pack)
    assert made.manifest.corpus == "bp4d"
    assert made.aus("intensity") == INTENSITY
    assert made.aus("occurrence") == OCCURRENCE
    assert set(made.index["subject"]) == {"bp4d/F001"}
    for protocol in ("fera2015", "bp4d3fold"):
        shown = run("info", protocol, "--pack", pack)
        assert shown.exit_code == 0
        assert f"pack {pack}: partial" in shown.output


def test_settings_reach_the_reader(tmp_path: Path) -> None:
    write_bp4d(tmp_path / "BP4D", Bp4dLayout(offset=-1, landmarks=nested_pts))
    arguments = ["prepare", "bp4d", tmp_path / "BP4D", tmp_path / "pack", "--size", 32]
    arguments += ["--workers", 1, "--landmark-source", tmp_path / "BP4D/Landmarks"]
    result = run(*arguments, "--set", "picture_offset=-1")
    assert result.exit_code == 0, result.output
    settings = Pack.open(tmp_path / "pack").manifest.settings
    assert settings["picture_offset"] == -1
    assert settings["landmark_source"] == "folder"  # not where it lies on this machine


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def test_a_reader_travels_to_other_processes(tmp_path: Path) -> None:
    corpus = Bp4d(write_bp4d(tmp_path))
    here = read(corpus)  # what it has found by now travels with it
    there = read(pickle.loads(pickle.dumps(corpus)))
    assert [f.frame for f in there] == [f.frame for f in here]
    assert all(np.array_equal(a.landmarks, b.landmarks) for a, b in zip(here, there, strict=True))
