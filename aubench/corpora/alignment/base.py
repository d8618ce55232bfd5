"""What the readers of face-alignment corpora share: faces with 68 points and no AU labels."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from aubench.corpora.corpus import Corpus, RawFrame
from aubench.errors import AubenchError
from aubench.frames import FloatArray, ImageArray
from aubench.media.image import Still
from aubench.media.stills import read_still

ROOT = "root"
"""The subject of pictures that lie in no sub-folder."""


@dataclass(frozen=True)
class AnnotatedFace:
    """One face of a face-alignment corpus.

    Attributes:
        session: The picture's path without its ending.
        picture: The picture.
        points: The file that holds the landmarks.
        frame: Which face of the picture, from 1.
        line: Line of the landmarks in a file of many faces, from 1.
    """

    session: str
    picture: Path
    points: Path
    frame: int = 1
    line: int | None = None


class AlignmentCorpus(Corpus):
    """A face-alignment corpus, of which each folder or list is treated as a subject.

    Attributes:
        ending: Last part of the names of files that hold points.
        wanted: What a source must hold, for the error message.
    """

    aus: ClassVar[tuple[int, ...]] = ()
    ending: ClassVar[str]
    wanted: ClassVar[str]

    def __init__(self, source: Path, settings: object | None = None) -> None:
        super().__init__(source, settings)
        self.unlabelled: list[Path] = []
        """Pictures without points, which are left out; known once `faces` are."""

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle as a path: a worker lists the files once, instead of receiving them every time."""
        return _opened, (type(self), self.source, self.settings)

    @abstractmethod
    def find(self) -> Iterator[tuple[str, AnnotatedFace]]:
        """Yield the part of the corpus that a face belongs to and the face, in any order.

        Raises:
            AubenchError: If something is missing, or leads out of the source.
        """

    @abstractmethod
    def read_points(self, face: AnnotatedFace) -> FloatArray:
        """Return the landmarks of a face: (68, 2) float32 pixels from 0, finite.

        Raises:
            AubenchError: If they cannot be read.
        """

    @cached_property
    def faces(self) -> dict[str, list[AnnotatedFace]]:
        """Subject key → its faces, in the order of their sessions."""
        subjects: dict[str, list[AnnotatedFace]] = {}
        for part, face in self.find():
            subjects.setdefault(f"{self.name}/{part}", []).append(face)
        for faces in subjects.values():
            faces.sort(key=lambda face: (face.session, face.frame))
        return subjects

    def subjects(self) -> tuple[str, ...]:
        """Return a key for every part of the corpus that holds faces, sorted.

        Raises:
            AubenchError: If there is no file of points.
        """
        if not self.faces:
            mend = f"name a folder of {self.wanted}"
            raise AubenchError(f"no {self.ending} file", mend=mend, path=self.source)
        return tuple(sorted(self.faces))

    def notes(self) -> tuple[str, ...]:
        """Return which pictures have no points."""
        names = [path.relative_to(self.source).as_posix() for path in self.unlabelled[:3]]
        more = ", …" * (len(self.unlabelled) > len(names))
        note = (
            f"pictures without a {self.ending} file, left out: {len(self.unlabelled):,} "
            f"({', '.join(names)}{more})"
        )
        return (note,) if names else ()

    def examine(self, subject: str) -> int:
        """Count the faces; every one has its picture and its points."""
        return len(self.faces[subject])

    def frames(self, subject: str) -> Iterator[RawFrame]:
        """Every face, in the order of its path."""
        for face in self.faces[subject]:
            image, points = read_still(face.picture), self.read_points(face)
            refuse_far(points, image, face)
            yield RawFrame(
                session=face.session,
                view=0,
                frame=face.frame,
                picture=Still(image),
                landmarks=points,
                labels=np.empty(0, dtype=np.float32),
            )


def from_zero(points: FloatArray, one_based: bool, face: AnnotatedFace) -> FloatArray:
    """Return points that count pixels from 1 or 0 as points that count them from 0.

    Raises:
        AubenchError: If one is not finite.
    """
    if not np.isfinite(points).all():
        raise AubenchError(
            "a point is not finite",
            mend="put back the corpus's own file",
            path=face.points,
            line=face.line,
        )
    return points - np.float32(one_based)


def refuse_far(points: FloatArray, image: ImageArray, face: AnnotatedFace) -> None:
    """Raise an AubenchError if a point is farther from the picture than the picture is large.

    Faces reach over the edge, but not so far; a forged point would ask for a crop of any size.
    """
    size = np.array(image.shape[1::-1], dtype=np.float32)
    if ((points < -size) | (points > 2 * size)).any():
        raise AubenchError(
            f"a point far outside the picture of {size[0]:.0f}×{size[1]:.0f} pixels",
            mend="put back the corpus's own file",
            path=face.points,
            line=face.line,
        )


@lru_cache(maxsize=1)
def _opened(kind: type[AlignmentCorpus], source: Path, settings: Any) -> AlignmentCorpus:
    """Return the corpus that a worker was sent; the last one is kept, with what it has listed."""
    return kind(source, settings)
