"""A synthetic corpus in BP4D's own layout, and in that of its part in FERA 2015."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from aubench.action_units import column
from aubench.corpora.synthetic.bp4d_codes import (
    INTENSITY,
    OCCURRENCE,
    intensity_codes,
    occurrence_codes,
    table,
)
from aubench.corpora.synthetic.bp4d_dynamics import DISPLAYS
from aubench.corpora.synthetic.bp4d_people import (
    FIRST_PERSON,
    FRAMES,
    TASKS,
    Take,
    check_scale,
    takes,
    video_frames,
)
from aubench.corpora.synthetic.bp4d_studio import seat, sitter
from aubench.corpora.synthetic.dynamics import Recording, record
from aubench.corpora.synthetic.fit_mat import write_fit
from aubench.corpora.synthetic.raster import Bytes
from aubench.corpora.synthetic.scene import Scene
from aubench.corpora.synthetic.tree import begin, half_done, publish, spread
from aubench.errors import AubenchError
from aubench.landmarks import to_49

PEOPLE = tuple(FRAMES)

COLUMNS = (
    1, 2, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 22, 23, 24, 27, 28, 30, 32,
    38, 39,
)  # fmt: skip
"""AUs in the header of an occurrence file; those that these faces cannot show are nowhere coded."""

CHALLENGE = tuple(au for au in OCCURRENCE if au != 24)
"""The AUs of FERA 2015."""

OCCLUDED = 99
"""Head of FERA 2015's last column, the occlusion flag; no AU has this number."""

LANDMARKS = "BP4D-fpoints"


class Layout(NamedTuple):
    """Where labels are.

    Attributes:
        occurrence: Folder of the occurrence files.
        intensity: Folder of the folders of each AU's intensity files.
        columns: AUs of the occurrence files.
        flagged: Whether these end with an occlusion flag.
    """

    occurrence: str
    intensity: str
    columns: tuple[int, ...]
    flagged: bool


LAYOUTS = {
    "bp4d": Layout("AUCoding/AU_OCC", "AUCoding/AU_INT", COLUMNS, False),
    "fera2015": Layout("AUCoding", "AU Intensity Codes3.0", CHALLENGE, True),
}


@dataclass(frozen=True)
class Bp4dSettings:
    """What decides every byte of the tree.

    Attributes:
        seed: Another seed gives 41 other people.
        scale: Share of the real number of frames, above 0 and at most 1; at least one a video.
        height: Of the pictures, pixels; they are three quarters as wide.
        pictures: At most so many different pictures a video, each held for several frames;
            all differ when None.
    """

    seed: int = 0
    scale: float = 1.0
    height: int = 1392
    pictures: int | None = None

    def __post_init__(self) -> None:
        check_scale(self.scale, self.pictures)
        if self.height < 64:
            raise AubenchError(f"pictures {self.height} pixels high", mend="choose 64 or more")


def write_bp4d(
    dest: Path | str,
    settings: Bp4dSettings | None = None,
    *,
    layout: str = "bp4d",
    subjects: Sequence[str] = PEOPLE,
    workers: int = 1,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Write the synthetic twin of BP4D, or finish one that was interrupted.

    A video is there whole (pictures, landmarks, labels) or without its occurrence file. The tree
    does not depend on ``workers`` or on the order of ``subjects``.

    Args:
        dest: A folder that is empty, does not exist, or holds the same tree unfinished.
        settings: What to write.
        layout: A name in `LAYOUTS`.
        subjects: Some of `PEOPLE`.
        workers: Processes.
        progress: Told 1 after each subject, also for those already there.

    Raises:
        AubenchError: If ``dest`` holds anything else, or a subject is not BP4D's.
    """
    settings = settings or Bp4dSettings()
    root = Path(dest)
    for subject in subjects:
        if subject not in PEOPLE:
            raise AubenchError(
                f"BP4D has no subject {subject!r}", mend="choose from F001–F023 and M001–M018"
            )
    begin(root, layout, asdict(settings))
    spread(write_person, [(root, settings, layout, s) for s in subjects], workers, progress)


def write_person(root: Path, settings: Bp4dSettings, layout: str, person: str) -> None:
    """Write one person's files, unless they are there."""
    number = PEOPLE.index(person)
    lengths = video_frames(FRAMES[person], len(TASKS), number)
    places = LAYOUTS[layout]
    missing = {
        occurrence: take
        for take in takes(lengths, number, settings.scale, settings.pictures)
        if not (occurrence := root / places.occurrence / f"{person}_{take.task}.csv").is_file()
    }
    if not missing:
        return
    seed = 1000 * settings.seed + FIRST_PERSON + number
    model, film = sitter(seed), record(seed, DISPLAYS)
    scene = Scene(model, seat(seed, settings.height * 3 // 4, settings.height))
    for occurrence, take in missing.items():
        with half_done(root, occurrence.stem) as work:
            _draw(work, take, film, scene)
            _code(work, take, film, places)
            home = Path(person) / take.task
            publish(work / "pictures", root / home)
            publish(work / "points", root / LANDMARKS / f"{occurrence.stem}.mat")
            for au in INTENSITY:
                folder = root / places.intensity / column(au)
                publish(work / column(au), folder / f"{occurrence.stem}_{column(au)}.csv")
            publish(work / "occurrence", occurrence)  # last: it says that the video is whole


PADDING = (0, 3, 4)
"""Digits that picture names are filled to, in turn."""


def numbers(take: Take) -> range:
    """The frame numbers of a video, which begin anywhere; low where they are filled to three."""
    first = 2 + 617 * take.number % (2900, 90, 2900)[take.number % 3]
    return range(first, first + len(take.times))


def name(frame: int, take: Take) -> str:
    """A frame's number as its picture has it."""
    return str(frame).zfill(PADDING[take.number % 3])


def is_lost(row: int, take: Take) -> bool:
    """Whether a frame has no landmarks: some of the last third of every fifth video."""
    return take.number % 5 == 4 and row >= 1 and 3 * row >= 2 * len(take.times)


def _draw(work: Path, take: Take, film: Recording, scene: Scene) -> None:
    """Pictures and landmarks of the coded frames, and of one more at either end."""
    (work / "pictures").mkdir()
    last, data, found = None, b"", []
    for row, t in enumerate(take.times[[0, *range(len(take.times)), -1]].tolist(), start=-1):
        if t != last:
            last, (picture, points) = t, scene.draw(film.moment(t))
            data = _jpeg(picture)
        frame = numbers(take)[0] + row
        (work / "pictures" / f"{name(frame, take)}.jpg").write_bytes(data)
        found.append(None if is_lost(row, take) else to_49(points).astype(np.float64))
    write_fit(work / "points", found)


def _code(work: Path, take: Take, film: Recording, places: Layout) -> None:
    """The labels of all coded frames."""
    shown = film.labels[take.times]
    for au in INTENSITY:
        codes = intensity_codes(shown, au, take.number).tolist()
        (work / column(au)).write_text(table(zip(numbers(take), codes, strict=True)))
    header = [0, *places.columns]
    columns = [occurrence_codes(shown, au, take.number).tolist() for au in places.columns]
    if places.flagged:
        header.append(OCCLUDED)
        columns.append([0] * len(shown))
    rows = zip(numbers(take), *columns, strict=True)
    (work / "occurrence").write_text(table([header, *rows]))


def _jpeg(picture: Bytes) -> bytes:
    kept, data = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 93])
    assert kept
    return data.tobytes()
