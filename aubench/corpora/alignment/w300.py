"""Pictures beside 300-W ``.pts`` files, in sub-folders."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from aubench.corpora.alignment.base import ROOT, AlignmentCorpus, AnnotatedFace
from aubench.corpora.alignment.pairs import PICTURES, by_stem, matched
from aubench.corpora.corpus import is_test_part
from aubench.corpora.landmarks.files import read_pts
from aubench.frames import FloatArray


class Alignment(AlignmentCorpus):
    """Reader of 300-W and its like: AFW, HELEN, IBUG, LFPW; no AU labels.

    A top-level folder stands for a subject, and so does a folder of test faces anywhere in it
    (``helen/testset``), which can then be held out. A ``.pts`` file counts pixels from 1.
    """

    name = "alignment"
    summary = "face pictures with 68 points in 300-W .pts files, to train landmark networks on"
    ending: ClassVar[str] = ".pts"
    wanted: ClassVar[str] = "pictures with .pts files beside them"

    def find(self) -> Iterator[tuple[str, AnnotatedFace]]:
        """See `AlignmentCorpus.find`."""
        pictures, points = by_stem(self.source, PICTURES), by_stem(self.source, (self.ending,))
        for stem, picture, file in matched(pictures, points, self.unlabelled):
            yield _part(stem), AnnotatedFace(stem, picture, file)

    def read_points(self, face: AnnotatedFace) -> FloatArray:
        """The face's points (68, 2); see `AlignmentCorpus.read_points`."""
        return read_pts(face.points)


def _part(stem: str) -> str:
    """Return the part of the corpus that a picture belongs to."""
    folders = stem.split("/")[:-1]
    ends = (n for n, folder in enumerate(folders, start=1) if is_test_part(folder))
    return "/".join(folders[: next(ends, 1)]) or ROOT
