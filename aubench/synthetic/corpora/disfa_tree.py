"""A synthetic corpus in DISFA's own layout, quirks included."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from scipy.io import savemat

from aubench.errors import AubenchError
from aubench.landmarks import to_66
from aubench.synthetic.backdrop import lights, studio
from aubench.synthetic.corpora.tree import begin, half_done, publish, spread
from aubench.synthetic.corpora.videos import write_video
from aubench.synthetic.dynamics import FRAMES, RATE, Recording, record
from aubench.synthetic.face.expression import AUS
from aubench.synthetic.face.fields import Float
from aubench.synthetic.face.identity import draw_person
from aubench.synthetic.face.model import build
from aubench.synthetic.render.raster import Bytes
from aubench.synthetic.scene import Scene, View

SUBJECTS = tuple(f"SN{n:03d}" for n in (*range(1, 14), 16, 17, 18, 21, *range(23, 33)))
"""DISFA's 27 subjects; there are no 014, 015, 019, 020 and 022."""

LABELLED = (1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26)
"""DISFA's 12 AUs."""

CAMERAS = {
    "left": ("Videos_LeftCamera", "LeftVideo{}_comp.avi", -10.0),
    "right": ("Video_RightCamera", "RightVideo{}_comp.avi", 10.0),
}
"""Camera → its folder, its file name (the asymmetry is DISFA's) and its yaw, degrees."""

LANDMARKED = "left"
"""The camera whose landmarks are given, as in DISFA."""


@dataclass(frozen=True)
class DisfaSettings:
    """What decides every byte of the tree.

    Attributes:
        seed: Another seed gives 27 other people.
        frames: Frames a subject, at most 4845; fewer make a time-lapse over the whole recording.
        width: Pixels, even.
        height: Pixels, even.
        cameras: ``left``, ``right`` or both; each costs the same.
    """

    seed: int = 0
    frames: int = FRAMES
    width: int = 1024
    height: int = 768
    cameras: tuple[str, ...] = ("left",)

    def __post_init__(self) -> None:
        if not 1 <= self.frames <= FRAMES:
            raise AubenchError(f"frames={self.frames}", mend=f"choose 1 to {FRAMES}")
        if self.width % 2 or self.height % 2 or min(self.width, self.height) < 64:
            raise AubenchError(
                f"a picture of {self.width}×{self.height}", mend="choose even numbers from 64 up"
            )
        if not self.cameras or set(self.cameras) - set(CAMERAS):
            raise AubenchError(
                f"cameras={','.join(self.cameras)}", mend="choose left, right or left,right"
            )


def write_disfa(
    dest: Path | str,
    settings: DisfaSettings | None = None,
    *,
    subjects: Sequence[str] = SUBJECTS,
    workers: int = 1,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Write the synthetic twin of DISFA, or finish one that was interrupted.

    A subject is there whole (video, landmarks, labels) or not at all. The tree does not depend on
    ``workers`` or on the order of ``subjects``.

    Args:
        dest: A folder that is empty, does not exist, or holds the same tree unfinished.
        settings: What to write.
        subjects: Some of `SUBJECTS`.
        workers: Processes.
        progress: Told 1 after each subject, also for those already there.

    Raises:
        AubenchError: If ``dest`` holds anything else, or a subject is not DISFA's.
    """
    settings = settings or DisfaSettings()
    root = Path(dest)
    for subject in subjects:
        if subject not in SUBJECTS:
            raise AubenchError(
                f"DISFA has no subject {subject!r}",
                mend="choose from SN001–SN032 as it numbers them",
            )
    begin(root, "disfa", asdict(settings))
    spread(write_subject, [(root, settings, s) for s in subjects], workers, progress)


def kept_frames(frames: int) -> list[int]:
    """Which frames of the full recording a tree of ``frames`` frames keeps, counted from 0."""
    return [i * FRAMES // frames for i in range(frames)]


def write_subject(root: Path, settings: DisfaSettings, subject: str) -> None:
    """Write one subject's files, unless they are there."""
    labels_at = root / "ActionUnit_Labels" / subject
    if labels_at.is_dir():
        return
    number = SUBJECTS.index(subject)
    seed = 1000 * settings.seed + number
    model, film = build(draw_person(seed)), record(seed)
    kept = kept_frames(settings.frames)
    with half_done(root, subject) as work:
        for camera in settings.cameras:
            _, name, yaw = CAMERAS[camera]
            points = _film(
                Scene(model, seat(seed, yaw, settings)), film, kept, work / name.format(subject)
            )
            if camera == LANDMARKED or LANDMARKED not in settings.cameras:
                _write_landmarks(work / "landmarks", subject, number, points)
        _write_labels(work / "labels", subject, film.labels[kept])
        for camera in settings.cameras:
            folder, name, _ = CAMERAS[camera]
            publish(work / name.format(subject), root / folder / name.format(subject))
        publish(work / "landmarks", root / "Landmark_Points" / subject / "tmp_frame_lm")
        publish(work / "labels", labels_at)  # last: it says that the subject is whole


def seat(seed: int, yaw: float, settings: DisfaSettings) -> View:
    """A subject's seat before a camera of the laboratory."""
    rng = np.random.default_rng([seed, 0x1AB])
    size = (settings.width, settings.height)
    return View(
        *size,
        studio(rng, *size),
        lights(rng, 0.25),
        fill=0.70 * rng.uniform(0.94, 1.06),
        distance=1000.0,
        centre=(0.5 + rng.uniform(-0.03, 0.03), 0.42 + rng.uniform(-0.02, 0.02)),
        turn=(yaw + rng.normal(0, 2), rng.normal(2, 3), rng.normal(0, 2)),
        noise=1.6,
    )


def _film(scene: Scene, film: Recording, kept: list[int], path: Path) -> Float:
    """Render the kept frames into a video; returns (T, 68, 2) landmarks."""
    points = np.zeros((len(kept), 68, 2))

    def pictures() -> Iterator[Bytes]:
        for i, t in enumerate(kept):
            picture, points[i] = scene.draw(film.moment(t))
            yield picture

    write_video(path, pictures(), (scene.view.width, scene.view.height), RATE)
    return points


def _write_labels(
    folder: Path, subject: str, labels: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
) -> None:
    """One ``frame,intensity`` file an AU, frames from 1; SN010 lacks its last row."""
    folder.mkdir()
    rows = len(labels) - (subject == "SN010")
    for au in LABELLED:
        track = labels[:rows, AUS.index(au)]
        text = "".join(f"{i},{y}\n" for i, y in enumerate(track, start=1))
        (folder / f"{subject}_au{au}.txt").write_text(text)


def _write_landmarks(folder: Path, subject: str, number: int, points: Float) -> None:
    """One 66-point MATLAB file a frame, in one of DISFA's two naming habits.

    Every third subject has ``l0001_lm.mat`` (from 1), the others ``SN001_0000_lm.mat`` (from 0);
    every fourth has one file more than its video has frames.
    """
    folder.mkdir()
    extra = points[-1:] if number % 4 == 1 else points[:0]
    for i, frame in enumerate(np.concatenate([points, extra])):
        name = f"l{i + 1:04d}_lm.mat" if number % 3 == 2 else f"{subject}_{i:04d}_lm.mat"
        savemat(folder / name, {"pts": to_66(frame)})
        with (folder / name).open("r+b") as file:
            file.write(_HEADER)


_HEADER = b"MATLAB 5.0 MAT-file, synthetic".ljust(116)
"""The text at the start of a MATLAB file, without the date that would make each run differ."""
