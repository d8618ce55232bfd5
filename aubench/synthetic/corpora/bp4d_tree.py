"""A synthetic corpus in BP4D's own layout, and in that of its part in FERA 2015."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np

from aubench.action_units import column
from aubench.corpora.bp4d import facts
from aubench.errors import AubenchError
from aubench.landmarks import to_49
from aubench.synthetic.corpora.bp4d_codes import intensity_codes, occurrence_codes, table
from aubench.synthetic.corpora.bp4d_dynamics import DISPLAYS
from aubench.synthetic.corpora.bp4d_layout import (
    LANDMARKS,
    LAYOUTS,
    OCCLUDED,
    Layout,
    is_lost,
    name,
    numbers,
)
from aubench.synthetic.corpora.bp4d_people import (
    FIRST_PERSON,
    FRAMES,
    Take,
    check_scale,
    takes,
    video_frames,
)
from aubench.synthetic.corpora.bp4d_studio import seat, sitter
from aubench.synthetic.corpora.fit_mat import write_fit
from aubench.synthetic.corpora.tree import begin, half_done, publish, spread
from aubench.synthetic.dynamics import Recording, record
from aubench.synthetic.render.raster import Bytes
from aubench.synthetic.scene import Scene

PEOPLE = tuple(FRAMES)


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

    A video whose occurrence file is there is whole. The tree does not depend on ``workers`` or on
    the order of ``subjects``.

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
    lengths = video_frames(FRAMES[person], len(facts.TASKS), number)
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
            for au in facts.AUS:
                folder = root / places.intensity / column(au)
                publish(work / column(au), folder / f"{occurrence.stem}_{column(au)}.csv")
            publish(work / "occurrence", occurrence)  # last: it says that the video is whole


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
    for au in facts.AUS:
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
