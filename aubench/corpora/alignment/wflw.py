"""WFLW: lists of faces with 98 points, of which 68 are taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np

from aubench.corpora.alignment.base import AlignmentCorpus, AnnotatedFace, from_zero
from aubench.corpora.alignment.pairs import refuse_outside
from aubench.errors import AubenchError
from aubench.frames import FloatArray
from aubench.io.text import read_lines, to_number

_LISTS = ("train", "test")
"""The official lists: 7,500 and 2,500 faces."""

_PICTURE_FOLDER = "WFLW_images"
"""The folder that the lists' paths start from."""

_TOKENS = 207
"""A line: 98 times x and y, a box (4), attributes (6: pose, expression, illumination, make-up,
occlusion, blur), the path of the picture."""

_LONGEST = 1 << 26
"""Bytes of the largest list that is read; the official one of 7,500 faces has 14 MB."""

POINTS_68 = (
    *range(0, 33, 2),  # jaw: 33 points on the line where the 68 have 17
    *range(33, 38),  # image-left brow: its upper edge, of an outline of 9
    *range(42, 47),  # the other brow
    *range(51, 60),  # nose
    *(60, 61, 63, 64, 65, 67),  # image-left eye, without the middles of the lids (62, 66)
    *(68, 69, 71, 72, 73, 75),  # the other eye (70, 74)
    *range(76, 96),  # lips, in the order of the 68; the pupils (96, 97) have no counterpart
)
"""Which of the 98 points stand for the 68.

The subset in circulation under the name ``DLIB_68_TO_WFLW_98_IDX_MAPPING`` (code built on
AdaptiveWingLoss, PIPNet and DSLPT, among others). Doubt: the two markups do not place brows and jaw
ends quite alike, so what is taken over is near the 68 points, not equal to them.
"""


@dataclass(frozen=True)
class WflwSettings:
    """How WFLW is read.

    Attributes:
        one_based: Its points count pixels from 1. Doubt: documented nowhere; default 0.
    """

    one_based: bool = False


class WFLW(AlignmentCorpus):
    """Reader of WFLW (Wu et al., CVPR 2018): ``list_98pt_rect_attr_train.txt`` and ``…_test.txt``.

    The lists may lie in any folder, or one of them be absent. A list stands for a subject, so
    ``--held-out wflw/test`` measures on the official test faces. A picture may show several faces.
    """

    name = "wflw"
    summary = "WFLW: 98 points reduced to 68, in the official lists of train and test"
    Settings = WflwSettings
    settings: WflwSettings
    ending: ClassVar[str] = "list_98pt_rect_attr_train.txt"
    wanted: ClassVar[str] = "WFLW_images and WFLW_annotations"

    @cached_property
    def pictures(self) -> Path:
        """The folder of pictures, in the source or below.

        Raises:
            AubenchError: If there is none.
        """
        if self.source.name == _PICTURE_FOLDER:
            return self.source
        found = [path for path in sorted(self.source.rglob(_PICTURE_FOLDER)) if path.is_dir()]
        if not found:
            raise AubenchError(
                f"no folder {_PICTURE_FOLDER}",
                mend="name the folder that holds it",
                path=self.source,
            )
        return found[0]

    @cached_property
    def lists(self) -> dict[str, tuple[Path, list[str]]]:
        """Part → its list and the lines of it.

        Raises:
            AubenchError: If there are two lists of one part.
        """
        found: dict[str, tuple[Path, list[str]]] = {}
        for part in _LISTS:
            for path in sorted(self.source.rglob(f"list_98pt_rect_attr_{part}.txt")):
                if part in found:
                    raise AubenchError(
                        f"a second copy of {found[part][0]}", mend="keep one of the two", path=path
                    )
                found[part] = path, read_lines(path, _LONGEST)
        return found

    def find(self) -> Iterator[tuple[str, AnnotatedFace]]:
        """Part and face, of every line; see `AlignmentCorpus.find`.

        Raises:
            AubenchError: If a line is not one of a face, or leads out of the folder.
        """
        for part, (path, lines) in self.lists.items():
            seen: Counter[str] = Counter()
            for number, line in enumerate(lines, start=1):
                tokens = line.split()
                if len(tokens) != _TOKENS:
                    raise _bad(f"{len(tokens)} tokens, not {_TOKENS}", path, number)
                name = tokens[-1]
                if not Path(name).name or "\0" in name:
                    raise _bad(f"{name[:60]!r} is no picture", path, number)
                if Path(name).is_absolute() or ".." in Path(name).parts:
                    raise _bad(f"{name[:60]!r} leads out of {_PICTURE_FOLDER}", path, number)
                picture = self.pictures / name
                refuse_outside(picture, self.source)
                seen[name] += 1
                session = Path(name).with_suffix("").as_posix()
                yield part, AnnotatedFace(session, picture, path, frame=seen[name], line=number)

    def read_points(self, face: AnnotatedFace) -> FloatArray:
        """The face's points (68, 2); see `AlignmentCorpus.read_points`.

        Raises:
            AubenchError: If a number of its line cannot be read.
        """
        lines = next(lines for path, lines in self.lists.values() if path == face.points)
        number = face.line or 1
        try:
            numbers = [to_number(token) for token in lines[number - 1].split()[:196]]
        except ValueError as error:
            raise _bad(str(error), face.points, number) from error
        with np.errstate(over="ignore"):  # what is too large becomes infinite
            values = np.array(numbers).astype(np.float32)
        points = values.reshape(98, 2)[list(POINTS_68)]
        return from_zero(points, self.settings.one_based, face)


def _bad(what: str, path: Path, line: int) -> AubenchError:
    return AubenchError(what, mend="put back the corpus's own list", path=path, line=line)
