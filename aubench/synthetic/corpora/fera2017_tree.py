"""A synthetic corpus in FERA 2017's own layout: every video in nine views."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from aubench.action_units import column
from aubench.corpora.fera2017 import facts
from aubench.errors import AubenchError
from aubench.frames import IntArray
from aubench.synthetic.corpora.bp4d_codes import intensity_codes, occurrence_codes, table
from aubench.synthetic.corpora.bp4d_dynamics import DISPLAYS
from aubench.synthetic.corpora.bp4d_people import FIRST_PERSON, RATE, Take, check_scale, takes
from aubench.synthetic.corpora.bp4d_studio import seat, sitter
from aubench.synthetic.corpora.fera2017_people import PARTITIONS, PEOPLE, VIDEO_FRAMES, chosen
from aubench.synthetic.corpora.landmark_csv import write_landmarks
from aubench.synthetic.corpora.tree import begin, half_done, publish, spread
from aubench.synthetic.corpora.videos import write_video
from aubench.synthetic.dynamics import Recording, record
from aubench.synthetic.render.raster import Bytes, Single
from aubench.synthetic.scene import Scene

YAWS, PITCHES = (-40.0, 0.0, 40.0), (-40.0, -20.0, 0.0)
VIEWS = {
    1 + len(PITCHES) * i + j: (yaw, pitch)
    for i, yaw in enumerate(YAWS)
    for j, pitch in enumerate(PITCHES)
}
"""View → yaw and pitch of the head, degrees; negative looks to the left of the picture, and up.

The sixth is frontal (see `aubench.corpora.fera2017.facts`). That the challenge turned its 3-D faces
by 0 and ±40° and tilted them by 0, 20 and 40° is of medium confidence; which way, and the order of
the views, are our reading and unconfirmed."""

LANDMARKS = "Landmarks"
"""FERA 2017 comes without landmarks; exact ones lie beside it, one file a video."""


@dataclass(frozen=True)
class Fera2017Settings:
    """What decides every byte of the tree.

    Attributes:
        seed: Another seed gives other people.
        scale: Share of the real number of frames, above 0 and at most 1; at least one a video.
        size: Width and height, pixels, even.
        pictures: At most so many different pictures a video, each held for several frames;
            all differ when None.
    """

    seed: int = 0
    scale: float = 1.0
    size: int = 512
    pictures: int | None = None

    def __post_init__(self) -> None:
        check_scale(self.scale, self.pictures)
        if self.size % 2 or self.size < 64:
            raise AubenchError(
                f"a picture of {self.size} pixels", mend="choose an even number from 64 up"
            )


def write_fera2017(
    dest: Path | str,
    settings: Fera2017Settings | None = None,
    *,
    subjects: Sequence[str] = PEOPLE,
    workers: int = 1,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Write the synthetic twin of FERA 2017, or finish one that was interrupted.

    A video whose occurrence file is there is whole, in all nine views. The tree does not depend on
    ``workers`` or on the order of ``subjects``.

    Args:
        dest: A folder that is empty, does not exist, or holds the same tree unfinished.
        settings: What to write.
        subjects: Some of `PEOPLE`; ``TR`` or ``VA`` stands for all of a partition.
        workers: Processes.
        progress: Told 1 after each subject, also for those already there.

    Raises:
        AubenchError: If ``dest`` holds anything else, or a subject is not FERA 2017's.
    """
    settings = settings or Fera2017Settings()
    root = Path(dest)
    people = chosen(subjects)
    begin(root, "fera2017", asdict(settings))
    spread(write_person, [(root, settings, person) for person in people], workers, progress)


def write_person(root: Path, settings: Fera2017Settings, person: str) -> None:
    """Write one person's files, unless they are there."""
    number = PEOPLE.index(person)
    prefix = f"FERA17_{person.replace('/', '_')}"
    missing = {
        f"{prefix}_{take.task}": take
        for take in takes(VIDEO_FRAMES[person], number, settings.scale, settings.pictures)
        if not _occurrence_at(root, f"{prefix}_{take.task}").is_file()
    }
    if not missing:
        return
    seed = 1000 * settings.seed + FIRST_PERSON + number
    model, film = sitter(seed), record(seed, DISPLAYS)
    scenes = {
        view: Scene(model, seat(seed, settings.size, settings.size, *turn))
        for view, turn in VIEWS.items()
    }
    for video, take in missing.items():
        _write_take(root, video, take, film, scenes)


def _occurrence_at(root: Path, video: str) -> Path:
    """Where a video's occurrence labels are: written last, they say that it is whole."""
    return root / f"{_partition(video)}_Occ" / f"{video}.csv"


def _partition(video: str) -> str:
    """``Train`` or ``Valid``."""
    return PARTITIONS[video.split("_")[1]]


def _write_take(
    root: Path, video: str, take: Take, film: Recording, scenes: dict[int, Scene]
) -> None:
    """Write the nine views of a video, their landmarks and the labels that they share."""
    partition = _partition(video)
    with half_done(root, video) as work:
        for view, scene in scenes.items():
            name = f"{video}_{view}"
            points = _film(scene, film, take.times, work / f"{name}.mp4")
            write_landmarks(work / f"{name}.csv", points)
            publish(work / f"{name}.mp4", root / f"FERA17_{partition}_MV" / f"{name}.mp4")
            publish(work / f"{name}.csv", root / LANDMARKS / f"{name}.csv")
        shown = film.labels[take.times]
        for au in facts.AUS:
            file = f"{video}_{column(au)}_Int.csv"
            codes = intensity_codes(shown, au, take.number).tolist()
            (work / file).write_text(table(enumerate(codes, start=1)))
            publish(work / file, root / f"{partition}_Int" / file)
        columns = [occurrence_codes(shown, au, take.number).tolist() for au in facts.OCCURRENCE]
        rows = zip(range(1, len(shown) + 1), *columns, strict=True)
        (work / "occurrence").write_text(table([(0, *facts.OCCURRENCE), *rows]))
        publish(work / "occurrence", _occurrence_at(root, video))


def _film(scene: Scene, film: Recording, times: IntArray, path: Path) -> list[Single]:
    """Render a video of the moments ``times``; returns the (68, 2) landmarks of each frame."""
    points: list[Single] = []

    def pictures() -> Iterator[Bytes]:
        last = None
        for t in times.tolist():
            if t != last:
                last, (picture, found) = t, scene.draw(film.moment(t))
            points.append(found)
            yield picture

    write_video(path, pictures(), (scene.view.width, scene.view.height), RATE)
    return points
