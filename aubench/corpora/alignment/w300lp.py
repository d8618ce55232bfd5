"""300W-LP: 300-W's faces turned to large poses, with points in MATLAB files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from aubench.corpora.alignment.base import AlignmentCorpus, AnnotatedFace, from_zero
from aubench.corpora.alignment.pairs import PICTURES, by_stem, matched
from aubench.corpora.landmarks.matlab import read_matrix
from aubench.errors import AubenchError
from aubench.frames import FloatArray


@dataclass(frozen=True)
class Lp300wSettings:
    """How 300W-LP is read.

    Attributes:
        points: ``pts_2d`` follows the visible outline of the face, ``pts_3d`` is the projection
            of 3-D points, as in LS3D-W.
        one_based: Its points count pixels from 1. Doubt: documented nowhere; default 1, because
            MATLAB, which wrote the files, counts so.
    """

    points: Literal["pts_2d", "pts_3d"] = "pts_2d"
    one_based: bool = True


class LP300W(AlignmentCorpus):
    """Reader of 300W-LP (Zhu et al., CVPR 2016): ``AFW/NAME.jpg``, ``landmarks/AFW/NAME_pts.mat``.

    The ``.mat`` beside a picture is never read: its ``pt2d`` are the points of the face before it
    was turned. Folders without landmarks (``AFW_Flip`` and the like: the same faces mirrored, as
    training mirrors them anyway) are left out. Each of AFW, HELEN, IBUG and LFPW stands for a
    subject; the poses of one face are in one of them.
    """

    name = "300wlp"
    summary = "300W-LP: 68 points of 300-W's faces synthesised in large poses, in .mat files"
    Settings = Lp300wSettings
    settings: Lp300wSettings
    ending: ClassVar[str] = "_pts.mat"
    wanted: ClassVar[str] = "folders AFW, HELEN … beside a folder landmarks"

    def find(self) -> Iterator[tuple[str, AnnotatedFace]]:
        """See `AlignmentCorpus.find`."""
        root = self._root()
        points = {
            stem.removesuffix("_pts"): path
            for stem, path in by_stem(root / "landmarks", (".mat",)).items()
            if stem.endswith("_pts")
        }
        parts = {stem.split("/")[0] for stem in points if "/" in stem}
        pictures = {
            f"{part}/{stem}": path
            for part in parts
            for stem, path in by_stem(root / part, PICTURES).items()
        }
        for stem, picture, file in matched(pictures, points, self.unlabelled):
            yield stem.split("/")[0], AnnotatedFace(stem, picture, file)

    def _root(self) -> Path:
        """Return the folder around ``landmarks``: the source, or ``300W_LP`` in it."""
        for root in (self.source, self.source / "300W_LP"):
            if (root / "landmarks").is_dir():
                return root
        raise AubenchError(
            "no folder landmarks",
            mend=f"name the folder that holds {self.wanted}",
            path=self.source,
        )

    def read_points(self, face: AnnotatedFace) -> FloatArray:
        """The face's points (68, 2); see `AlignmentCorpus.read_points`."""
        matrix = read_matrix(face.points, self.settings.points, (68,))
        return from_zero(matrix, self.settings.one_based, face)
