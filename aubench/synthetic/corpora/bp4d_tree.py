"""A synthetic corpus in BP4D's own layout, and in that of its part in FERA 2015."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np

from aubench.action_units import column
from aubench.corpora.bp4d import facts
from aubench.errors import AubenchError
from aubench.landmarks import to_49
from aubench.synthetic.corpora.bp4d_labels import write_labels
from aubench.synthetic.corpora.bp4d_layout import LANDMARKS, LAYOUTS, is_lost, name, numbers
from aubench.synthetic.corpora.bp4d_people import person_of, view_of
from aubench.synthetic.corpora.bp4d_videos import (
    FRAMES,
    Video,
    check_scale,
    video_frames,
    videos_of,
)
from aubench.synthetic.corpora.files import jpeg, write_fit
from aubench.synthetic.corpora.tree import SyntheticTree, publish, working_folder
from aubench.synthetic.dynamics import Performance
from aubench.synthetic.scene import Scene


@dataclass(frozen=True)
class Bp4dTree(SyntheticTree):
    """The synthetic twin of BP4D: a video whose occurrence file is there is whole.

    Attributes:
        seed: Another seed gives 41 other people.
        scale: Share of the real number of frames, above 0 and at most 1; at least one per video.
        height: Of the pictures, pixels; they are three quarters as wide.
        pictures: Most different pictures per video, each held for several frames; all differ when
            None.
    """

    kind: ClassVar[str] = "bp4d"
    title: ClassVar[str] = "BP4D"
    choices: ClassVar[str] = "F001–F023 and M001–M018"
    # as BP4D's tracker, the twin's lost some frames
    reader_settings: ClassVar[Mapping[str, str]] = {"landmarks": "interpolate"}

    scale: float = 1.0
    height: int = 1392
    pictures: int | None = None

    def __post_init__(self) -> None:
        check_scale(self.scale, self.pictures)
        if self.height < 64:
            raise AubenchError(f"pictures {self.height} pixels high", mend="choose 64 or more")

    @classmethod
    def for_twin(cls, *, size: int, frames: int, seed: int) -> Self:
        """See `SyntheticTree.for_twin`."""
        scale = min(1.0, frames * len(facts.SUBJECTS) / facts.FRAMES)
        return cls(seed, scale, height=2 * size)

    def parts(self) -> tuple[str, ...]:
        """The people."""
        return facts.SUBJECTS

    def write_part(self, root: Path, part: str) -> None:
        """Write a person's videos and their labels, unless they are there."""
        number = facts.SUBJECTS.index(part)
        lengths = video_frames(FRAMES[part], len(facts.TASKS), number)
        layout = LAYOUTS[self.kind]
        missing = {
            occurrence: video
            for video in videos_of(number, lengths, self.scale, self.pictures)
            if not (occurrence := root / layout.occurrence / f"{part}_{video.task}.csv").is_file()
        }
        if not missing:
            return
        seed, model, performance = person_of(number, self.seed)
        scene = Scene(model, view_of(seed, self.height * 3 // 4, self.height))
        for occurrence, video in missing.items():
            with working_folder(root, occurrence.stem) as work:
                _draw(work, video, performance, scene)
                write_labels(
                    work,
                    performance.labels[video.times],
                    video.number,
                    numbers(video),
                    intensity=facts.AUS,
                    occurrence=layout.columns,
                    flagged=layout.flagged,
                )
                publish(work / "pictures", root / part / video.task)
                publish(work / "points", root / LANDMARKS / f"{occurrence.stem}.mat")
                for au in facts.AUS:
                    folder = root / layout.intensity / column(au)
                    publish(work / column(au), folder / f"{occurrence.stem}_{column(au)}.csv")
                publish(work / "occurrence", occurrence)  # last: it says that the video is whole


@dataclass(frozen=True)
class Fera2015Tree(Bp4dTree):
    """The people and the videos of `Bp4dTree` in FERA 2015's layout."""

    kind: ClassVar[str] = "fera2015"


def _draw(work: Path, video: Video, performance: Performance, scene: Scene) -> None:
    """Write pictures and landmarks of the coded frames, and of one more at either end."""
    (work / "pictures").mkdir()
    last, data, landmarks = None, b"", []
    times = video.times[[0, *range(len(video.times)), -1]].tolist()
    for row, (picture, points) in enumerate(performance.draw(scene, times), start=-1):
        if picture is not last:
            last, data = picture, jpeg(picture)
        frame = numbers(video)[0] + row
        (work / "pictures" / f"{name(frame, video)}.jpg").write_bytes(data)
        landmarks.append(None if is_lost(row, video) else to_49(points).astype(np.float64))
    write_fit(work / "points", landmarks)
