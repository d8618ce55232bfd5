"""``aubench check-corpus``: which corpus it looks at, and what it says at the end."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from aubench.corpora.corpus import Corpus, RawFrame
from aubench.corpora.disfa import facts as disfa_facts
from aubench.corpora.survey.corpus import survey
from aubench.corpora.survey.subject import Depth
from aubench.errors import AubenchError
from aubench.media.image import Still
from support.trees import recorded_trees
from support.trees.checked_disfa import (
    FRAMES,
    SUBJECTS,
    Check,
    face,
    fact,
    findings,
    mat,
    move,
    remove,
)
from support.trees.disfa_tree import (
    AUS,
    HEIGHT,
    WIDTH,
    points,
    write_alignment,
    write_disfa,
)
from support.trees.spoiling import cut

pytest_plugins = ["support.trees.check_corpus_fixtures"]


def test_the_mark_of_a_synthetic_tree_is_no_foreign_file(tree: Path, check: Check) -> None:
    (tree / "SYNTHETIC.json").write_text("{}")
    status, text = check("disfa", tree)
    assert (status, findings(text)) == (0, [])


def test_a_complete_corpus_leaves_nothing_to_say(tree: Path, check: Check) -> None:
    status, text = check("disfa", tree)
    assert (status, findings(text)) == (0, [])
    assert fact(text, "subjects") == ["3", "3"]
    assert fact(text, "subjects ready to prepare") == ["3"]
    assert fact(text, "label rows") == ["89", "89"]  # SN010 has one fewer
    assert fact(text, "video frames or pictures") == ["90"]
    assert fact(text, "AUs with intensity") == list(map(str, AUS))
    assert text.splitlines()[-1] == "disfa: complete: nothing is wrong"


def test_frames_of_the_error_log_may_be_without_landmarks(
    tree: Path, check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disfa_facts, "ERROR_LOG", {"SN002": ((3, 5),)})
    remove(mat(3))(tree)
    move(np.zeros_like, 4)(tree)
    status, text = check("disfa", tree)
    assert (status, findings(text)) == (0, [])
    assert fact(text, "frames in the error log") == ["3"]
    assert fact(text, "frames without usable landmarks") == ["3", "3", "known"]
    status, text = check("disfa", tree, "--set", "logged_landmarks=corpus")
    assert (status, findings(text)) == (0, [])
    assert fact(text, "frames without usable landmarks") == ["2", "2", "known"]


def test_nobody_usable_is_unusable(tree: Path, check: Check) -> None:
    for subject in SUBJECTS:
        remove(f"ActionUnit_Labels/{subject}/{subject}_au1.txt")(tree)
    status, text = check("disfa", tree)
    assert (status, len(findings(text))) == (2, 3)
    assert text.splitlines()[-1] == "disfa: unusable: 3 faults"


def test_the_survey_does_not_depend_on_workers(tmp_path: Path, check: Check) -> None:
    source = write_disfa(tmp_path / "DISFA", SUBJECTS, 6)
    assert check("disfa", source, "--workers", 2) == check("disfa", source)


# --- which corpus ---------------------------------------------------------------------------


def test_the_layout_tells_the_corpus(tree: Path, check: Check) -> None:
    assert check(tree) == check("disfa", tree)


def test_a_broken_corpus_is_recognised(tree: Path, check: Check) -> None:
    remove("Videos_LeftCamera")(tree)
    assert check(tree)[0] == 2


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (
            recorded_trees.write_bp4d,
            "error: tree: may be bp4d or fera2015; say which: aubench check-corpus bp4d|fera2015",
        ),
        (Path.mkdir, "error: tree: no corpus is recognised; say which: aubench check-corpus "),
        (lambda root: None, "error: tree: no such folder; name the folder of a corpus"),
    ],
)
def test_a_folder_that_is_not_clear_is_asked_about(
    small: Path, check: Check, write: Callable[[Path], object], said: str
) -> None:
    write(Path("tree"))
    status, text = check("tree")
    assert (status, text.count("\n")) == (2, 1)
    assert text.startswith(said)


def test_landmarks_from_another_folder(tree: Path, check: Check) -> None:
    remove("Landmark_Points")(tree)
    assert check("disfa", tree)[0] == 2
    for subject in SUBJECTS:
        for frame in range(1, FRAMES + 1):
            path = Path(f"points/{subject}/{frame}.pts")
            recorded_trees.write_pts(path, face(subject, frame))
    status, text = check("disfa", tree, "--set", "landmark_source=points")
    assert (status, findings(text)) == (0, [])
    Path("points/SN002/3.pts").unlink()
    status, text = check("disfa", tree, "--set", "landmark_source=points")
    (told,) = findings(text)
    assert (status, told[:45]) == (1, "gap: points/SN002: no landmarks: left, frame 3;"[:45])


def test_a_page_that_cannot_be_written(tree: Path, check: Check) -> None:
    status, text = check("disfa", tree, "--html", "new/folder/page.html")
    assert (status, Path("new/folder/page.html").stat().st_size > 10_000) == (0, True)
    status, text = check("disfa", tree, "--html", "new/folder/page.html/page.html")
    assert (status, text) == (
        2,
        "error: new/folder/page.html: no folder can be made; name a file in another folder\n",
    )


def test_another_camera(tree: Path, check: Check) -> None:
    status, text = check("disfa", tree, "--set", "camera=right")
    assert status == 2
    assert "DISFA's own landmarks are of the left camera" in text
    status, text = check("disfa", tree, "--set", "camera=right", "--set", f"landmark_source={tree}")
    assert status == 2
    (told,) = findings(text)
    assert told.startswith("fault: DISFA: no video of the right camera (RightVideoSN001_comp.avi")
    assert told.endswith("put them there (those of the left camera are)")


# --- other corpora --------------------------------------------------------------------------


def test_bp4d_goes_on_after_a_mistake(small: Path, check: Check) -> None:
    root = Path("BP4D")
    recorded_trees.write_bp4d(root)
    (root / "F001/T1/1000.jpg").unlink()
    (root / "AUCoding/AU_OCC/F001_T2.csv").unlink()
    status, text = check("bp4d", root)
    told = findings(text)
    assert status == 1  # M002 is whole
    assert sum("no picture 1000 of frame 1000" in line for line in told) == 1
    assert sum("no F001_T2.csv" in line for line in told) == 1


def test_the_last_picture_may_be_missing(small: Path, check: Check) -> None:
    root = recorded_trees.write_bp4d(Path("BP4D"), recorded_trees.Bp4dLayout(extra=()))
    (root / "F001/T1/1003.jpg").unlink()
    status, text = check("bp4d", root)
    assert (status, text.count("no picture 1003 of frame 1003")) == (1, 1)


def test_bp4d_counts_what_is_there(small: Path, check: Check) -> None:
    root = Path("BP4D")
    recorded_trees.write_bp4d(root)
    status, text = check("bp4d", root)
    frames = [f for _ in recorded_trees.RECORDINGS for f in recorded_trees.FRAMES]
    missing = [
        sum(recorded_trees.intensity(f, au) == 9 for f in frames) for au in recorded_trees.INTENSITY
    ]
    assert status == 1
    assert fact(text, "label rows") == [str(len(frames)), "146,847"]
    assert fact(text, "recordings") == ["3", "328"]
    assert fact(text, "intensity not coded")[0] == str(sum(missing))
    assert "gap: bp4d/F001: no recording T3, T4, T5, T6, T7, T8; copy" in text


def test_fera2017_lacks_views_and_people(small: Path, check: Check) -> None:
    root = Path("FERA")
    recorded_trees.write_fera2017(root)
    status, text = check(root)
    assert status == 1
    assert "gap: FERA: view 3 is not there; copy it from the original" in text
    assert "gap: FERA: 40 of 41 people of the train partition are not there; copy" in text
    assert "gap: FERA: 19 of 20 people of the validation partition are not there; copy" in text
    assert "gap: FERA: T2, T3, T4, T5, T6, T7, T8 of TR/F001 are not there; copy" in text


def test_pictures_are_decoded_only_when_asked(tmp_path: Path, check: Check) -> None:
    source = write_alignment(tmp_path / "300W")
    cut("afw/2.jpg", 0.95)(source)
    assert check(source)[0] == 0
    status, text = check(source, "--deep")
    assert status == 1
    assert sum("afw/2.jpg: not a whole picture" in line for line in findings(text)) == 1
    cut("afw/2.jpg", 0)(source)
    assert check(source)[0] == 1  # its size cannot be told


class Stranger(Corpus):
    """A reader that says nothing of itself; its second subject is broken."""

    name = "stranger"
    aus = (1, 12)

    def subjects(self) -> tuple[str, ...]:
        return ("stranger/a", "stranger/b")

    def examine(self, subject: str) -> int:
        return 4

    def frames(self, subject: str) -> Iterator[RawFrame]:
        for frame in range(4):
            if subject == "stranger/b" and frame == 2:
                raise AubenchError("torn", mend="glue it", path="b.txt", line=3)
            image = np.full((HEIGHT, WIDTH, 3), 60 * frame, np.uint8)
            face = points(frame).astype(np.float32)
            yield RawFrame("s", 0, frame, Still(image), face, np.float32([frame, np.nan]))


def test_any_reader_can_be_surveyed(tmp_path: Path) -> None:
    found = survey(Stranger(tmp_path), Depth(tiles=True))
    assert (found.status, found.usable) == (1, 1)
    assert "fault: b.txt:3: torn; glue it" in map(str, found.findings)
    assert [subject.rows for subject in found.subjects] == [4, 2]
    np.testing.assert_array_equal(found.intensity.levels[0], [2, 2, 1, 1, 0, 0])
    np.testing.assert_array_equal(found.intensity.missing, [0, 6])
    assert [(tile.subject, tile.frame) for tile in found.tiles] == [
        ("stranger/a", 2),
        ("stranger/b", 1),
    ]
