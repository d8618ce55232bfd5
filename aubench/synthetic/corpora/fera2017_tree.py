"""A synthetic corpus in FERA 2017's own layout: every video in nine views."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

from aubench.action_units import column
from aubench.corpora.fera2017 import facts
from aubench.errors import AubenchError
from aubench.synthetic.corpora.bp4d_labels import write_labels
from aubench.synthetic.corpora.bp4d_people import person_of, view_of
from aubench.synthetic.corpora.bp4d_videos import RATE, check_scale, videos_of
from aubench.synthetic.corpora.fera2017_people import PEOPLE, VIDEO_FRAMES
from aubench.synthetic.corpora.files import write_table, write_video
from aubench.synthetic.corpora.tree import SyntheticTree, publish, working_folder
from aubench.synthetic.scene import Scene

YAWS, PITCHES = (-40.0, 0.0, 40.0), (-40.0, -20.0, 0.0)
VIEWS = dict(zip(facts.VIEWS, ((yaw, pitch) for yaw in YAWS for pitch in PITCHES), strict=True))
"""View → yaw and pitch of the head, degrees; negative looks to the left of the picture, and up.

The sixth is frontal (see `aubench.corpora.fera2017.facts`). That the challenge turned its 3-D faces
by 0 and ±40° and tilted them by 0, 20 and 40° is of medium confidence; which way, and the order of
the views, are our reading and unconfirmed."""

PARTITIONS = {"TR": "Train", "VA": "Valid"}
"""Partition → how its folders are named. The labels of the test partition are not public."""

LANDMARKS = "Landmarks"
"""FERA 2017 comes without landmarks; exact ones lie beside it, one file per video."""


@dataclass(frozen=True)
class Fera2017Tree(SyntheticTree):
    """The synthetic twin of FERA 2017.

    A video whose occurrence file is there is whole, in all nine views.

    Attributes:
        seed: Another seed gives other people.
        scale: Share of the real number of frames, above 0 and at most 1; at least one per video.
        size: Width and height, pixels, even.
        pictures: Most different pictures per video, each held for several frames; all differ when
            None.
    """

    kind: ClassVar[str] = "fera2017"
    title: ClassVar[str] = "FERA 2017"
    choices: ClassVar[str] = "TR/F001–TR/M018 and VA/F001–VA/M013, or TR, or VA"

    scale: float = 1.0
    size: int = 512
    pictures: int | None = None

    def __post_init__(self) -> None:
        check_scale(self.scale, self.pictures)
        if self.size % 2 or self.size < 64:
            raise AubenchError(
                f"a picture of {self.size} pixels", mend="choose an even number from 64 up"
            )

    @classmethod
    def for_twin(cls, *, size: int, frames: int, seed: int) -> Self:
        """See `SyntheticTree.for_twin`; the nine views share the frames."""
        real = len(VIEWS) * sum(map(sum, VIDEO_FRAMES.values()))
        return cls(seed, min(1.0, frames * len(VIDEO_FRAMES) / real), size=2 * size)

    def parts(self) -> tuple[str, ...]:
        """The people, ``TR/F001``; ``TR`` or ``VA`` stands for all of a partition."""
        return PEOPLE

    def write_part(self, root: Path, part: str) -> None:
        """Write a person's videos and their labels, unless they are there."""
        number = PEOPLE.index(part)
        partition, person = part.split("/")
        prefix, folder = f"FERA17_{partition}_{person}", PARTITIONS[partition]
        missing = {
            occurrence: video
            for video in videos_of(number, VIDEO_FRAMES[part], self.scale, self.pictures)
            if not (occurrence := root / f"{folder}_Occ" / f"{prefix}_{video.task}.csv").is_file()
        }
        if not missing:
            return
        seed, model, performance = person_of(number, self.seed)
        scenes = {
            view: Scene(model, view_of(seed, self.size, self.size, *turn))
            for view, turn in VIEWS.items()
        }
        for occurrence, video in missing.items():
            with working_folder(root, occurrence.stem) as work:
                for view, scene in scenes.items():
                    name = f"{occurrence.stem}_{view}"
                    drawn = performance.draw(scene, video.times.tolist())
                    points = write_video(work / f"{name}.mp4", drawn, (self.size, self.size), RATE)
                    write_table(work / f"{name}.csv", points)
                    publish(work / f"{name}.mp4", root / f"FERA17_{folder}_MV" / f"{name}.mp4")
                    publish(work / f"{name}.csv", root / LANDMARKS / f"{name}.csv")
                write_labels(
                    work,
                    performance.labels[video.times],
                    video.number,
                    range(1, len(video.times) + 1),
                    intensity=facts.AUS,
                    occurrence=facts.OCCURRENCE,
                )
                for au in facts.AUS:
                    file = f"{occurrence.stem}_{column(au)}_Int.csv"
                    publish(work / column(au), root / f"{folder}_Int" / file)
                publish(work / "occurrence", occurrence)  # last: it says that the video is whole
