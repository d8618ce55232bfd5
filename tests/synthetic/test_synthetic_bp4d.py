"""``aubench synth bp4d`` and ``fera2015``: layouts, counts, and what the readers make of them."""

import json
import re
import shutil
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from aubench.corpora.bp4d.fera2015 import Fera2015
from aubench.corpora.bp4d.reader import Bp4d, Bp4dSettings
from aubench.corpora.corpus import RawFrame
from aubench.corpora.disfa.facts import SUBJECTS as DISFA_SUBJECTS
from aubench.errors import AubenchError
from aubench.landmarks import INDEX_49
from aubench.synthetic.corpora.bp4d_people import FIRST_PERSON, person_of, view_of
from aubench.synthetic.corpora.bp4d_videos import FRAMES, video_frames, videos_of
from aubench.synthetic.dynamics import Performance
from aubench.synthetic.face.expression import AUS
from aubench.synthetic.face.model import Model
from aubench.synthetic.scene import Scene
from aubench_protocols.bp4d import PARTS
from aubench_protocols.fera2015 import DEVELOPMENT, TRAIN
from support.command import Aubench
from support.trees.synthetic_trees import contents, rows, synth

INTENSITY = (6, 10, 12, 14, 17)
OCCURRENCE = (1, 2, 4, 6, 7, 10, 12, 14, 15, 17, 23, 24)
SCALE = 0.01
SMALL = ("--scale", SCALE, "--height", 128, "--subjects", "F001,M018", "--workers", 1)
PEOPLE = list(FRAMES)
INTERPOLATE = Bp4dSettings(landmarks="interpolate")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    dest = tmp_path_factory.mktemp("synthetic") / "bp4d"
    synth("bp4d", dest, *SMALL)
    return dest


@pytest.fixture(scope="module")
def challenge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    dest = tmp_path_factory.mktemp("synthetic") / "fera2015"
    synth("fera2015", dest, *SMALL)
    return dest


def lengths(person: str) -> tuple[int, ...]:
    return video_frames(FRAMES[person], 8, PEOPLE.index(person))


@cache
def drawn(person: str) -> tuple[int, Model, Performance]:
    return person_of(PEOPLE.index(person), 0)


def test_its_counts_are_those_published() -> None:
    people = [f"F{n:03d}" for n in range(1, 24)] + [f"M{n:03d}" for n in range(1, 19)]
    assert people == PEOPLE
    videos = [n for person in PEOPLE for n in lengths(person)]
    assert len(videos) == 328
    assert sum(videos) == 146_847
    assert (min(videos), max(videos)) == (90, 768)


@pytest.mark.parametrize("part", [TRAIN, DEVELOPMENT, *PARTS], ids=lambda part: part.name)
def test_every_published_part_has_its_frames(part: object) -> None:
    people = [key.removeprefix("bp4d/") for key in part.subjects]  # type: ignore[attr-defined]  # a part
    assert sum(sum(lengths(person)) for person in people) == part.frames  # type: ignore[attr-defined]  # a part


def test_folders_and_files_are_named_as_in_bp4d(tree: Path) -> None:
    names = set(contents(tree))
    for person in ("F001", "M018"):
        for task in (f"T{k}" for k in range(1, 9)):
            assert f"AUCoding/AU_OCC/{person}_{task}.csv" in names
            assert f"BP4D-fpoints/{person}_{task}.mat" in names
            for au in INTENSITY:
                assert f"AUCoding/AU_INT/AU{au:02d}/{person}_{task}_AU{au:02d}.csv" in names
    pictures = [n for n in names if re.fullmatch(r"[FM]\d{3}/T[1-8]/\d+\.jpg", n)]
    assert len(names) == len(pictures) + 16 * 7 + 1
    marker = json.loads((tree / "SYNTHETIC.json").read_text())
    assert (marker["synthetic"], marker["kind"]) == (True, "bp4d")


def test_occurrences_have_a_header_that_begins_with_0_and_are_0_1_or_9(tree: Path) -> None:
    for path in sorted((tree / "AUCoding/AU_OCC").iterdir()):
        header, *codes = rows(path)
        assert header[0] == 0
        assert header[1:] == sorted(header[1:])
        assert set(OCCURRENCE) < set(header)
        numbers = [row[0] for row in codes]
        assert numbers == list(range(numbers[0], numbers[0] + len(codes)))
        assert numbers[0] > 1
        for au, column in zip(
            header[1:], zip(*(row[1:] for row in codes), strict=True), strict=True
        ):
            assert set(column) <= ({0, 1, 9} if au in AUS else {9})


def test_pictures_are_filled_to_none_three_or_four_digits_and_more_than_are_coded(
    tree: Path,
) -> None:
    digits = set()
    for path in sorted((tree / "AUCoding/AU_OCC").iterdir()):
        coded = {row[0] for row in rows(path)[1:]}
        pictures = {p.stem for p in (tree / path.stem.replace("_", "/")).iterdir()}
        assert {int(p) for p in pictures} == coded | {min(coded) - 1, max(coded) + 1}
        digits |= {len(p) for p in pictures if p.startswith("0")} or {min(map(len, pictures))}
    assert {1, 3, 4} <= digits


def read(corpus: Bp4d) -> list[tuple[str, RawFrame]]:
    return [(subject, frame) for subject in corpus.subjects() for frame in corpus.frames(subject)]


def test_the_reader_gives_what_was_drawn(tree: Path) -> None:
    found = iter(read(Bp4d(tree, INTERPOLATE)))
    untracked = 0
    for person in ("F001", "M018"):
        number = PEOPLE.index(person)
        seed, model, performance = drawn(person)
        scene = Scene(model, view_of(seed, 96, 128))
        for video in videos_of(number, lengths(person), SCALE, None):
            for t in video.times.tolist():
                subject, frame = next(found)
                picture, points = scene.draw(performance.moment(t))
                assert (subject, frame.session) == (f"bp4d/{person}", video.task)
                assert np.abs(frame.image.astype(float) - picture).mean() < 4  # compressed
                if frame.tracked:
                    assert np.abs(frame.landmarks - points)[list(INDEX_49)].max() < 0.01
                untracked += not frame.tracked
                shown = performance.labels[t]
                for au, level in zip(INTENSITY, frame.labels, strict=True):
                    assert np.isnan(level) or level == shown[AUS.index(au)]
                for au, present in zip(OCCURRENCE, frame.occurrence, strict=True):
                    assert np.isnan(present) or present == (shown[AUS.index(au)] > 0)
    assert next(found, None) is None
    assert untracked > 0


def test_fera_2015_is_the_same_in_other_folders_without_au24(tree: Path, challenge: Path) -> None:
    assert (challenge / "AUCoding/F001_T1.csv").is_file()
    assert (challenge / "AU Intensity Codes3.0/AU06/F001_T1_AU06.csv").is_file()
    header = rows(challenge / "AUCoding/F001_T1.csv")[0]
    assert [cell for cell in header[1:] if cell in OCCURRENCE] == list(OCCURRENCE[:-1])
    assert {row[-1] for row in rows(challenge / "AUCoding/F001_T1.csv")[1:]} <= {0, 1}
    same = read(Bp4d(tree, INTERPOLATE))
    for (subject, one), (other_subject, other) in zip(
        same, read(Fera2015(challenge, INTERPOLATE)), strict=True
    ):
        assert (subject, one.session, one.frame) == (other_subject, other.session, other.frame)
        np.testing.assert_array_equal(one.image, other.image)
        np.testing.assert_array_equal(one.landmarks, other.landmarks)
        np.testing.assert_array_equal(one.labels, other.labels)
        np.testing.assert_array_equal(one.occurrence[:-1], other.occurrence[:-1])
        assert np.isnan(other.occurrence[-1])


def test_few_pictures_are_held_with_their_labels(tmp_path: Path) -> None:
    synth(
        "bp4d", tmp_path / "t", "--scale", 0.05, "--pictures", 3, "--height", 64,
        "--subjects", "F002", "--workers", 1,
    )  # fmt: skip
    for folder in (tmp_path / "t/F002").iterdir():
        pictures = {p.read_bytes() for p in folder.iterdir()}
        assert 1 <= len(pictures) <= 3


def test_every_au_that_papers_score_is_shown_and_each_intensity_of_the_five() -> None:
    labels = np.concatenate([drawn(person)[2].labels for person in PEOPLE[:12]])
    for au in OCCURRENCE:
        assert 0.1 < (labels[:, AUS.index(au)] > 0).mean() < 0.65
    for au in INTENSITY:
        shares = [(labels[:, AUS.index(au)] == level).mean() for level in range(6)]
        assert min(shares) > 0.01


def test_nobody_of_disfas_twin_is_in_it() -> None:
    assert len(DISFA_SUBJECTS) <= FIRST_PERSON
    assert FIRST_PERSON + len(PEOPLE) + 20 <= 1000  # seeds of the next tree begin


def test_the_same_command_finishes_what_was_interrupted(tree: Path, tmp_path: Path) -> None:
    dest = tmp_path / "t"
    shutil.copytree(tree, dest)
    (dest / "AUCoding/AU_OCC/M018_T2.csv").unlink()
    picture = min((dest / "M018/T2").iterdir())
    picture.write_bytes(picture.read_bytes()[:50])
    (dest / "BP4D-fpoints/M018_T2.mat").unlink()
    (dest / ".partial-M018_T2/pictures").mkdir(parents=True)
    synth("bp4d", dest, *SMALL)
    assert contents(dest) == contents(tree)


def test_pictures_are_as_high_as_asked_for_and_three_quarters_as_wide(tree: Path) -> None:
    picture = next((tree / "F001/T1").iterdir())
    assert cv2.imread(str(picture)).shape == (128, 96, 3)


@pytest.mark.parametrize("kind", ["bp4d", "fera2015"])
@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("--scale", -0.1), "scale=-0.1"),
        (("--pictures", 0), "pictures=0"),
        (("--height", 20), "20 pixels"),
        (("--subjects", "F024"), "F024"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_written(
    tmp_path: Path, kind: str, arguments: tuple[object, ...], what: str
) -> None:
    with pytest.raises(AubenchError, match=what):
        synth(kind, tmp_path / "t", *arguments)
    assert not (tmp_path / "t").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("protocol", "tested"), [("fera2015", 160), ("bp4d3fold", 328), ("bp4d-to-disfa", 161)]
)
def test_a_protocol_runs_on_the_twin(
    aubench: Aubench, tmp_path: Path, protocol: str, tested: int
) -> None:
    tiny = ("--twin-size", 64, "--twin-frames", 6, "--device", "cpu")  # one frame per video
    done = aubench("run", "--method", "mean", "--protocol", protocol, *tiny)
    assert done.returncode == 0, done.stderr
    assert "SYNTHETIC" in done.stdout
    (record,) = (tmp_path / "runs").rglob("record.json")
    folds = json.loads(record.read_text())["folds"]
    assert sum(fold["test_frames"] for fold in folds) == tested
