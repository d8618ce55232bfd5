"""The files of a copy of DISFA, and what to say where some are missing."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Literal

from aubench.corpora.disfa.names import Camera, other_camera, subject_named
from aubench.errors import AubenchError

_NAMES = {
    "labels": "label file (SN001_au1.txt …)",
    "pictures": "video of the {} camera ({}VideoSN001_comp.avi …) and no folder of its frames",
    "landmarks": "landmark file (SN001_0000_lm.mat or l0001_lm.mat …)",
}

_WORDS = {"labels": "labels", "pictures": "videos", "landmarks": "landmarks"}
"""Kind of file → what it is called in a sentence."""


@dataclass(frozen=True)
class DisfaFiles:
    """The files of a copy of DISFA, by subject id (``SN001``).

    Attributes:
        source: The root folder.
        camera: Whose pictures these are.
        labels: Subject → Action Unit → label file.
        pictures: Subject → video, or folder of its frames, of the camera.
        landmarks: Subject → folders of landmark files.
        unsided: Subjects whose pictures do not say of which camera they are.
        others: Subjects of whom there are pictures of the other camera.
        unread: Subject → a video whose name is not understood.
        archives: Zip files and the like.
    """

    source: Path
    camera: Camera
    labels: dict[str, dict[int, Path]] = field(default_factory=dict)
    pictures: dict[str, Path] = field(default_factory=dict)
    landmarks: dict[str, list[Path]] = field(default_factory=dict)
    unsided: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)
    unread: dict[str, Path] = field(default_factory=dict)
    archives: list[Path] = field(default_factory=list)

    @property
    def subjects(self) -> tuple[str, ...]:
        """Every subject of whom there is a file or a folder, sorted."""
        return tuple(sorted({*self.labels, *self.pictures, *self.landmarks}))

    def lacks(self, subject: str, name: str, kind: Literal["labels", "landmarks"]) -> AubenchError:
        """Return the error that a subject's file is missing."""
        folders = {
            "labels": {path.parent for found in self.labels.values() for path in found.values()},
            "landmarks": {folder for found in self.landmarks.values() for folder in found},
        }[kind]
        return AubenchError(
            f"{name} of {subject} is missing",
            mend="put it back, or leave the subject out with --subjects",
            path=self._above(folders),
        )

    def lacks_pictures(self, subject: str) -> AubenchError:
        """Return the error that there is neither a video of a subject nor a folder of frames."""
        name = f"{self.camera.title()}Video{subject}_comp"
        mend = "put it back, or leave the subject out with --subjects"
        if subject in self.unread:
            mend = f"rename {self.unread[subject].name} so if it is the video"
        elif subject in self.others:
            mend = f"put it back (that of the {other_camera(self.camera)} camera is there)"
        folders = {path.parent for path in self.pictures.values()}
        return AubenchError(
            f"{name}.avi of {subject} is missing, and so is a folder {name} of its frames",
            mend=mend,
            path=self._above(folders),
        )

    def _above(self, folders: Iterable[Path]) -> Path:
        """The folder that holds all of ``folders``, outside those of subjects."""
        outer = []
        for folder in folders:
            inner = folder.relative_to(self.source).parts
            outer.append(self.source.joinpath(*takewhile(lambda n: not subject_named(n), inner)))
        return Path(os.path.commonpath(outer)) if outer else self.source

    def absent(self, *, landmarks: bool) -> Iterator[AubenchError]:
        """Yield an error for every kind of file of which there is none.

        Args:
            landmarks: Whether DISFA's own are needed.
        """
        found = {"labels": self.labels, "pictures": self.pictures, "landmarks": self.landmarks}
        if not landmarks:
            del found["landmarks"]
        for kind, files in found.items():
            if not files:
                name = _NAMES[kind].format(self.camera, self.camera.title())
                mend = self._mend(kind, [other for other, there in found.items() if there])
                yield AubenchError(f"no {name} in it", mend=mend, path=self.source)

    def _mend(self, kind: str, there: Sequence[str]) -> str:
        """Return what to do about a kind of file that is missing, where others are there."""
        whole = "name the folder that holds DISFA's labels, videos and landmarks"
        if self.archives:
            return f"unpack {self.archives[0].name} and its like there"
        if kind == "pictures" and self.unread:
            seen = next(iter(self.unread.values())).name
            return f"rename videos ({seen}) as DISFA's"
        if kind == "pictures" and self.others:
            return f"put them there (those of the {other_camera(self.camera)} camera are)"
        if len(there) == 1:  # one of DISFA's own folders was named
            folder = self.source.absolute()
            persons = [p.parent for p in (folder, folder.parent) if subject_named(p.name)]
            above = (persons or [folder])[0].parent
            return f"{whole}, not only its {_WORDS[there[0]]}: perhaps {above}"
        if there and kind == "landmarks":
            return "put them there, or name others with --landmark-source"
        return f"put them there, or {whole}" if there else whole
