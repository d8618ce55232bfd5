"""Where DISFA's files are: by their names, since laboratories have renamed and nested folders."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

from aubench.corpora.disfa import facts
from aubench.corpora.disfa.names import (
    ARCHIVE,
    LABEL,
    MAT,
    VIDEO,
    Camera,
    camera_named,
    is_hidden,
    is_ours,
    is_picture,
    subject_named,
)
from aubench.corpora.landmarks.numbering import Moved, settle
from aubench.errors import AubenchError
from aubench.io.folders import Report, claim, entries, stop, walk

PicturesIn = Literal["any", "video", "frames"]

_DEPTH = 8
"""How many folders below the source are searched; DISFA's own go four deep."""

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
        archives: Zip files and the like.
    """

    source: Path
    camera: Camera
    labels: dict[str, dict[int, Path]] = field(default_factory=dict)
    pictures: dict[str, Path] = field(default_factory=dict)
    landmarks: dict[str, list[Path]] = field(default_factory=dict)
    unsided: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)
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
            path=os.path.commonpath(folders) if folders else self.source,
        )

    def lacks_pictures(self, subject: str) -> AubenchError:
        """Return the error that there is neither a video of a subject nor a folder of frames."""
        name = f"{self.camera.title()}Video{subject}_comp"
        mend = "put it back, or leave the subject out with --subjects"
        if subject in self.others:
            mend = f"put it back (that of the {_other(self.camera)} camera is there)"
        folders = {path.parent for path in self.pictures.values()}
        return AubenchError(
            f"{name}.avi of {subject} is missing, and so is a folder {name} of its frames",
            mend=mend,
            path=os.path.commonpath(folders) if folders else self.source,
        )

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
        if kind == "pictures" and self.others:
            return f"put them there (those of the {_other(self.camera)} camera are)"
        if len(there) == 1:  # one of DISFA's own folders was named
            folder = self.source.absolute()
            above = folder.parent.parent if subject_named(folder.name) else folder.parent
            return f"{whole}, not only its {_WORDS[there[0]]}: perhaps {above}"
        if there and kind == "landmarks":
            return "put them there, or name others with --landmark-source"
        return f"put them there, or {whole}" if there else whole


def find_disfa(
    source: Path, camera: Camera, report: Report = stop, *, pictures: PicturesIn = "any"
) -> DisfaFiles:
    """Find DISFA's files under ``source``; names are matched whatever their case.

    Of whom a file is, its own name says, or else the nearest folder; so with the camera.

    Args:
        source: The root folder.
        camera: Whose pictures to give.
        report: Called for two files of one kind and subject, and where names disagree.
        pictures: Where they may be: in a ``video``, in folders of ``frames``, or ``any``.
    """
    files = DisfaFiles(source, camera)
    pictured: Counter[tuple[str, Path, Camera | None]] = Counter()
    for path, folders in _files(source):
        if ARCHIVE.fullmatch(path.name):
            files.archives.append(path)
        elif not is_ours(path.name) or (subject := _subject(path, folders, report)) is None:
            continue
        elif match := LABEL.fullmatch(path.name):
            claim(files.labels.setdefault(subject, {}), int(match[1]), path, report)
        elif MAT.fullmatch(path.name):
            if path.parent not in files.landmarks.setdefault(subject, []):
                files.landmarks[subject].append(path.parent)
        elif VIDEO.fullmatch(path.name):
            if pictures != "frames":
                side = camera_named((path.name, *folders))
                _claim_pictures(files, subject, path, side, report)
        elif pictures != "video" and is_picture(path.name, folders[:-1]):
            pictured[subject, path.parent, camera_named((path.name, *folders))] += 1
    for (subject, folder, side), count in pictured.items():
        if count > 1:  # one picture is no recording
            _claim_pictures(files, subject, folder, side, report)
    return files


def _claim_pictures(
    files: DisfaFiles, subject: str, path: Path, side: Camera | None, report: Report
) -> None:
    """Note a video or a folder of frames, unless it is of the other camera."""
    if (side or "left") != files.camera:
        files.others.add(subject)
        return
    had = files.pictures.setdefault(subject, path)
    if had != path and not had.samefile(path):
        mend = "keep one of the two under the source"
        if had.is_dir() != path.is_dir():
            mend += ", or choose with --set pictures=video or --set pictures=frames"
        report(AubenchError(f"a second copy of {had}", mend=mend, path=path))
    if side is None:
        files.unsided.add(subject)


def _files(source: Path) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Yield the files under ``source`` with the folders that each lies in, the nearest first.

    The source's own name is the last. Hidden files and folders are left out, and no link is
    followed in a circle.
    """

    def enter(folder: Path) -> bool:
        circle = folder.is_symlink() and folder.resolve() in map(Path.resolve, folder.parents)
        return not is_hidden(folder.name) and not circle

    @cache
    def folders(folder: Path) -> tuple[str, ...]:
        return (*reversed(folder.relative_to(source).parts), source.absolute().name)

    for entry in walk(source, _DEPTH + 1, enter):
        if not is_hidden(entry.name) and not entry.is_dir():
            path = Path(entry.path)
            yield path, folders(path.parent)


def _subject(path: Path, folders: tuple[str, ...], report: Report) -> str | None:
    """Return the subject of a file; None if no name says it, or names disagree."""
    own = subject_named(path.name)
    near = next(filter(None, map(subject_named, folders[:-1])), None)
    if own and near and own != near:
        report(AubenchError(f"a file of {own} in the folder of {near}", mend="move it", path=path))
        return None
    return own or near or subject_named(folders[-1])


def _other(camera: Camera) -> Camera:
    return "right" if camera == "left" else "left"


def find_landmarks(
    folders: Iterable[Path],
    subject: str,
    ends: Iterable[int],
    moved: Moved = "refuse",
    report: Report = stop,
) -> dict[int, Path]:
    """Find the landmark files in a subject's folders, by frame (from 1).

    ``SN001_0000_lm.mat`` is the first frame, and so is ``l0001_lm.mat``: three public readers of
    DISFA take them so.

    Args:
        folders: The subject's.
        subject: ``SN001``.
        ends: What the number of the last frame may be.
        moved: See `settle`.
        report: Called for two files of one frame, and for numbers that are one off.
    """
    numbered: tuple[dict[int, Path], dict[int, Path]] = {}, {}
    for folder in folders:
        for entry in entries(folder):
            match = MAT.fullmatch(entry.name)
            if match and subject_named(entry.name) in (None, subject):
                claim(numbered[bool(match[1])], int(match[2]), Path(entry.path), report)
    files: dict[int, Path] = {}
    for habit, found in enumerate(numbered):
        spans = [(1 - habit, end - habit) for end in ends]
        by = 0
        try:
            by = settle(found, spans, moved, folder)
        except AubenchError as error:
            report(error)
        for number, path in found.items():
            claim(files, number - by + habit, path, report)
    return files


def spare_landmarks(files: Collection[int], subject: str, count: int) -> list[int]:
    """Return the frames beyond those of the video of which there are landmark files, ascending.

    Args:
        files: Frames of which there are.
        subject: ``SN001``.
        count: Label rows.
    """
    last = count + facts.SHORT_LABELS.get(subject, 0)
    return sorted(frame for frame in files if not 1 <= frame <= last)


def strangers(source: Path) -> dict[Path, list[str]]:
    """Find the files that are none of DISFA's: folder → their names."""
    found: dict[Path, list[str]] = {}
    for path, _ in _files(source):
        if not is_ours(path.name):
            found.setdefault(path.parent, []).append(path.name)
    return found
