"""LS3D-W: pictures beside Torch7 files of 68 points."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from aubench.corpora.alignment.base import ROOT, AlignmentCorpus, AnnotatedFace, from_zero
from aubench.corpora.alignment.pairs import PICTURES, by_stem, matched
from aubench.corpora.alignment.torch7 import read_t7
from aubench.frames import FloatArray


@dataclass(frozen=True)
class Ls3dwSettings:
    """How LS3D-W is read.

    Attributes:
        one_based: Its points count pixels from 1. Doubt: documented nowhere; default 1, because
            Lua, which wrote the files, and the crops of its authors' code count so.
    """

    one_based: bool = True


class LS3DW(AlignmentCorpus):
    """Reader of LS3D-W (Bulat & Tzimiropoulos, ICCV 2017): ``N.jpg`` beside ``N.t7``.

    The points are 68×2, projections of 3-D points: the jaw of a turned head is where it would be
    seen through the face, not its outline. Every folder that holds faces stands for a subject, so
    that the videos of ``300VW-3D`` can be held out one by one.
    """

    name = "ls3dw"
    summary = "LS3D-W: 68 projected 3-D points in Torch7 files, what the FAN was trained on"
    Settings = Ls3dwSettings
    settings: Ls3dwSettings
    ending: ClassVar[str] = ".t7"
    wanted: ClassVar[str] = "pictures with .t7 files beside them"

    def find(self) -> Iterator[tuple[str, AnnotatedFace]]:
        """See `AlignmentCorpus.find`."""
        pictures, points = by_stem(self.source, PICTURES), by_stem(self.source, (self.ending,))
        for stem, picture, file in matched(pictures, points, self.unlabelled):
            yield stem.rpartition("/")[0] or ROOT, AnnotatedFace(stem, picture, file)

    def read_points(self, face: AnnotatedFace) -> FloatArray:
        """The face's points (68, 2); see `AlignmentCorpus.read_points`."""
        return from_zero(read_t7(face.points), self.settings.one_based, face)
