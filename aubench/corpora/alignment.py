"""Face-alignment corpora: pictures beside 300-W ``.pts`` files, in sub-folders."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import numpy as np

from aubench.corpora.corpus import Corpus, RawFrame
from aubench.corpora.landmark_files import read_pts
from aubench.corpora.stills import read_still
from aubench.errors import AubenchError

PICTURES = (".jpg", ".jpeg", ".png")
"""Endings of picture files, in any case."""

ROOT = "root"
"""The subject of pictures that lie in no sub-folder."""


class Alignment(Corpus):
    """Reader of 300-W and its like: AFW, HELEN, IBUG, LFPW; no AU labels.

    A top-level folder stands for a subject, so that it has a shard; a picture's path without its
    ending stands for the session; every frame is number 1.
    """

    name = "alignment"
    aus = ()
    summary = "face pictures with 68 points in 300-W .pts files, to train landmark networks on"

    @cached_property
    def files(self) -> dict[str, dict[str, tuple[Path, Path]]]:
        """Subject key → session → picture and points."""
        points, pictures = self._by_stem((".pts",)), self._by_stem(PICTURES)
        for stem in sorted(points.keys() ^ pictures.keys()):
            raise AubenchError(
                "no picture beside it" if stem in points else "no .pts file beside it",
                mend="keep a picture and a .pts file of each name",
                path=points.get(stem) or pictures[stem],
            )
        subjects: dict[str, dict[str, tuple[Path, Path]]] = {}
        for stem in sorted(points):
            folder = stem.split("/")[0] if "/" in stem else ROOT
            pairs = subjects.setdefault(f"{self.name}/{folder}", {})
            pairs[stem] = (pictures[stem], points[stem])
        return subjects

    def _by_stem(self, endings: tuple[str, ...]) -> dict[str, Path]:
        """Files of these endings by their path below the source, without the ending."""
        files: dict[str, Path] = {}
        for path in sorted(self.source.rglob("*")):
            if path.suffix.lower() in endings:
                stem = path.relative_to(self.source).with_suffix("").as_posix()
                if stem in files:
                    raise AubenchError(
                        f"has the name of {files[stem].name}", mend="keep one of the two", path=path
                    )
                files[stem] = path
        return files

    def subjects(self) -> tuple[str, ...]:
        """Every top-level folder that holds points."""
        if not self.files:
            mend = "name a folder of pictures with .pts files beside them"
            raise AubenchError("no .pts file", mend=mend, path=self.source)
        return tuple(sorted(self.files))

    def examine(self, subject: str) -> int:
        """Count the pictures; every one has its points beside it."""
        return len(self.files[subject])

    def frames(self, subject: str) -> Iterator[RawFrame]:
        """Every picture, in the order of its path."""
        for session, (picture, points) in self.files[subject].items():
            yield RawFrame(
                session=session,
                view=0,
                frame=1,
                image=read_still(picture),
                landmarks=read_pts(points),
                labels=np.empty(0, dtype=np.float32),
            )
