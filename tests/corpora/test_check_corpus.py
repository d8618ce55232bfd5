"""``aubench check-corpus``: everything that is wrong with a corpus, in lines and on a page."""

import base64
import io
import re
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from aubench import cli
from aubench.corpora.corpus import Corpus, RawFrame
from aubench.corpora.disfa import facts as disfa_facts
from aubench.corpora.survey.pictures import Film
from aubench.corpora.survey.subject import Depth
from aubench.corpora.survey.whole import survey
from aubench.errors import AubenchError
from aubench.media.image import Still
from aubench.media.video import Video
from support import recorded_trees
from support.disfa_tree import (
    AUS,
    HEIGHT,
    WIDTH,
    brightness,
    intensity,
    points,
    write_alignment,
    write_disfa,
    write_mat,
    write_video,
)
from support.spoiling import cut, replace

SUBJECTS = ("SN001", "SN002", "SN010")
FRAMES = 30
LABELS = "ActionUnit_Labels/SN002"
LABEL = f"{LABELS}/SN002_au6.txt"
VIDEO = "Videos_LeftCamera/LeftVideoSN002_comp.avi"
MATS = "Landmark_Points/SN002"


def mat(frame: int) -> str:
    return f"{MATS}/tmp_frame_lm/SN002_{frame - 1:04d}_lm.mat"


def code(subject: str, frame: int, au: int) -> int:
    """A label that differs between subjects."""
    return intensity(frame + SUBJECTS.index(subject), au)


def face(subject: str, frame: int) -> np.ndarray:
    """Landmarks that differ between subjects."""
    return points(frame) + np.array([0, SUBJECTS.index(subject)])


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree in which nothing is wrong, of three people with 30 frames each."""
    root = write_disfa(tmp_path_factory.mktemp("whole") / "DISFA", SUBJECTS, FRAMES)
    for subject in SUBJECTS:
        rows = FRAMES - (subject == "SN010")
        for au in AUS:
            lines = [f"{frame},{code(subject, frame, au)}\n" for frame in range(1, rows + 1)]
            (root / f"ActionUnit_Labels/{subject}/{subject}_au{au}.txt").write_text("".join(lines))
        for frame in range(1, FRAMES + 1):
            name = f"tmp_frame_lm/{subject}_{frame - 1:04d}_lm.mat"
            write_mat(root / "Landmark_Points" / subject / name, face(subject, frame))
    return root


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """As if DISFA were these three people; the folder in which the test runs."""
    monkeypatch.setattr(disfa_facts, "SUBJECTS", SUBJECTS)
    monkeypatch.setattr(disfa_facts, "FRAMES", FRAMES)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def tree(whole: Path, small: Path) -> Path:
    """A copy of `whole` to spoil, called ``DISFA``."""
    shutil.copytree(whole, small / "DISFA")
    return Path("DISFA")


Check = Callable[..., tuple[int, str]]


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Check:
    """Runs the command; gives its exit status and what it printed."""

    def call(*arguments: object) -> tuple[int, str]:
        words = ["aubench", "check-corpus", "--workers", "1", *map(str, arguments)]
        monkeypatch.setattr(sys, "argv", words)
        with pytest.raises(SystemExit) as left:
            cli.main()
        out, error = capfd.readouterr()
        return int(left.value.code or 0), out + error

    return call


def findings(text: str) -> list[str]:
    """The lines that tell a finding."""
    return [line for line in text.splitlines() if re.match("(fault|gap|doubt): ", line)]


def fact(text: str, name: str) -> list[str]:
    """The numbers in the line of the overview that begins with ``name``."""
    (line,) = (line for line in text.splitlines() if line.strip().startswith(f"{name}  "))
    return line.removeprefix(f" {name}").split()


def test_a_complete_corpus_leaves_nothing_to_say(tree: Path, check: Check) -> None:
    status, text = check("disfa", tree)
    assert (status, findings(text)) == (0, [])
    assert fact(text, "subjects") == ["3", "3"]
    assert fact(text, "subjects ready to prepare") == ["3"]
    assert fact(text, "label rows") == ["89", "89"]  # SN010 has one fewer
    assert fact(text, "video frames or pictures") == ["90"]
    assert fact(text, "AUs with intensity") == list(map(str, AUS))
    assert text.splitlines()[-1] == "disfa: complete: nothing is wrong"


def remove(*names: str) -> Callable[[Path], None]:
    def spoil(root: Path) -> None:
        for name in names:
            path = root / name
            path.unlink() if path.is_file() else shutil.rmtree(path)

    return spoil


def move(change: Callable[[np.ndarray], np.ndarray], *frames: int) -> Callable[[Path], None]:
    """Give frames of SN002 other landmarks."""

    def spoil(root: Path) -> None:
        for frame in frames:
            write_mat(root / mat(frame), change(face("SN002", frame)))

    return spoil


def copy(source: str, target: str) -> Callable[[Path], None]:
    def spoil(root: Path) -> None:
        (root / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / source, root / target)

    return spoil


def one_nan(face: np.ndarray) -> np.ndarray:
    face[40, 1] = np.nan
    return face


def mirrored(face: np.ndarray) -> np.ndarray:
    return np.stack([WIDTH - 1 - face[:, 0], face[:, 1]], axis=1)


def swapped(face: np.ndarray) -> np.ndarray:
    return face[:, ::-1].copy()


def upside_down(face: np.ndarray) -> np.ndarray:
    return 2 * face.mean(axis=0) - face


def on_a_line(face: np.ndarray) -> np.ndarray:
    return np.stack([face[:, 0], 0.3 * face[:, 0] + 20], axis=1)


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
        f"fault: DISFA/{MATS}: no frame has usable landmarks; put back",
    ),
    "landmarks cut off": (
        cut(mat(3), 0.5),
        f"fault: DISFA/{mat(3)}: not a readable MATLAB file",
    ),
    "landmarks of another subject": (
        copy("Landmark_Points/SN001/tmp_frame_lm/SN001_0003_lm.mat", f"{MATS}/SN001_0003_lm.mat"),
        f"fault: DISFA/{MATS}/SN001_0003_lm.mat: a file of SN001 in the folder of SN002; move it",
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
        "fault: DISFA: no folder Videos_LeftCamera; name the folder that holds DISFA's",
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
        f"gap: DISFA/{MATS}: no landmarks: left, frames 3–4, 8 (3 in all); {INTERPOLATE}",
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

UNUSABLE = {"two copies of a file", "no folder of videos"}
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


def test_frames_of_the_error_log_may_be_without_landmarks(
    tree: Path, check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disfa_facts, "ERROR_LOG", {"SN002": ((3, 5),)})
    remove(mat(3))(tree)
    move(np.zeros_like, 4)(tree)
    status, text = check("disfa", tree)
    assert (status, findings(text)) == (0, [])
    assert fact(text, "frames in the error log") == ["3"]
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
    assert "fault: DISFA: no folder Video_RightCamera" in text


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


def test_bp4d_counts_what_is_there(small: Path, check: Check) -> None:
    root = Path("BP4D")
    recorded_trees.write_bp4d(root)
    status, text = check("bp4d", root)
    frames = [f for _ in recorded_trees.TAKES for f in recorded_trees.FRAMES]
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


# --- the page -------------------------------------------------------------------------------


class Page(HTMLParser):
    """What of a page is looked at."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.tables: list[list[list[str]]] = []
        self.captions: list[str] = []
        self._into: list[str] | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self._into = self.tables[-1][-1]
            self._into.append("")
        elif tag == "figcaption":
            self._into = self.captions
            self._into.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "figcaption"):
            self._into = None

    def handle_data(self, data: str) -> None:
        if self._into is not None:
            self._into[-1] += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture
def page(tree: Path, check: Check) -> Page:
    """The page of a tree with three mistakes."""
    SPOILT["landmarks that are missing"][0](tree)
    move(mirrored, 12)(tree)
    move(one_nan, 20)(tree)
    status, text = check("disfa", tree, "--html", "report & more.html")
    assert status == 1
    assert text.endswith("report & more.html: written\n")
    return Page(Path("report & more.html").read_text())


def test_the_page_needs_nothing_else(page: Page) -> None:
    sources = [a[key] for _, a in page.tags for key in ("src", "href", "srcset") if key in a]
    assert sources
    assert all(source.startswith("data:") for source in sources)
    assert not page.all("script") + page.all("link")
    text = Path("report & more.html").read_text()
    assert not re.search(r"url\(|@import|https?:", text)
    assert "prefers-color-scheme: dark" in text


def test_the_page_can_be_heard(page: Page) -> None:
    assert page.all("html") == [{"lang": "en"}]
    assert page.all("img") and all(image["alt"] for image in page.all("img"))
    charts = page.all("svg")
    assert len(charts) == len(AUS)
    assert all(c["role"] == "img" and c["aria-label"] for c in charts)
    assert all(head["scope"] in ("col", "row") for head in page.all("th"))
    regions = [a for a in page.all("div") if a.get("role") == "region"]
    assert len(regions) == len(page.tables) == 4
    assert all(region["aria-label"] and region["tabindex"] == "0" for region in regions)


def test_suspicious_frames_come_first(page: Page) -> None:
    faces = page.captions[: -len(AUS)]  # then the charts
    kinds = [re.sub(r".*frame \d+", "", face) for face in faces]
    assert kinds[:4] == [
        "no landmarks",
        "no landmarks",
        "a landmark is NaN",
        "landmarks are mirrored, or x and y are swapped",
    ]
    assert kinds[-3:] == ["", "", ""]
    assert [face.split(",")[0] for face in faces[-3:]] == list(SUBJECTS)


def test_a_tile_shows_the_frame_that_it_names(page: Page) -> None:
    images = page.all("img")
    for image, caption in zip(images, page.captions, strict=False):
        data = base64.b64decode(image["src"].removeprefix("data:image/jpeg;base64,"))
        pixels = np.asarray(Image.open(io.BytesIO(data)).convert("L"))
        shown = np.median(pixels[(pixels > 12)])  # not the border of the picture
        frame = int(re.search(r"frame (\d+)", caption)[1])
        assert abs(shown - brightness(frame)) < 8, caption


def test_the_page_counts_labels(page: Page) -> None:
    coded = [(s, f) for s in SUBJECTS for f in range(1, FRAMES + 1 - (s == "SN010"))]
    rows = {row[0]: row for row in page.tables[1][1:]}
    table = {au: np.array([code(s, f, au) for s, f in coded]) for au in AUS}
    for au, levels in table.items():
        counts = [f"{(levels == level).sum()}" for level in range(6)]
        share = f"{(levels > 0).mean():.1%}"
        assert rows[f"AU{au:02d}"][2:] == [*counts, share, "0"]


def test_the_page_counts_aus_together(page: Page) -> None:
    coded = [(s, f) for s in SUBJECTS for f in range(1, FRAMES + 1 - (s == "SN010"))]
    head, *rows = page.tables[2]
    assert head[1:-1] == [f"AU{au:02d}" for au in AUS]
    for au, row in zip(AUS, rows, strict=True):
        having = [(s, f) for s, f in coded if code(s, f, au) > 0]
        for other, cell in zip(AUS, row[1:-1], strict=True):
            both = sum(code(s, f, other) > 0 for s, f in having)
            assert cell == "·" if other == au else abs(int(cell) - 100 * both / len(having)) <= 0.5
        assert row[-1] == str(len(having))


@pytest.mark.parametrize(
    ("codec", "ending"), [("mpeg4", "avi"), ("libx264", "mp4"), ("libx264", "avi")]
)
def test_some_frames_of_a_film_are_those_of_one_pass(
    tmp_path: Path, codec: str, ending: str
) -> None:
    path = tmp_path / f"film.{ending}"
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=20)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for frame in range(60):
            image = np.full((HEIGHT, WIDTH, 3), 10 + 4 * frame, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())
    with Video(path) as video:
        whole = list(video)
    film = Film(path)
    assert film.count == len(whole) == 60
    for rows in ([59], [0, 31, 32, 58]):
        read = dict(film.read(rows))
        assert list(read) == rows
        for row, image in read.items():
            np.testing.assert_array_equal(image, whole[row])
