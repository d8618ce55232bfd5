"""Where DISFA's files are: by their names, since laboratories have renamed and nested folders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Literal

from aubench.corpora.disfa import facts
from aubench.corpora.disfa.files import DisfaFiles
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
    is_video_file,
    subject_named,
)
from aubench.corpora.landmarks.numbering import Moved, settle
from aubench.corpora.synthetic_mark import SYNTHETIC_MARK
from aubench.errors import AubenchError
from aubench.io.folders import Report, claim, entries, is_clutter, stop, walk

PicturesIn = Literal["any", "video", "frames"]

_DEPTH = 8
"""How many folders below the source are searched; DISFA's own go four deep."""


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
    frames: Counter[tuple[str, Path, Camera | None]] = Counter()
    for path, folders in _files(source):
        name, subject = path.name, None
        if ARCHIVE.fullmatch(name):
            files.archives.append(path)
        elif is_ours(name) or is_video_file(name):
            subject = _subject(path, folders, report)
        if subject is None:
            continue
        if LABEL.fullmatch(name) or MAT.fullmatch(name):
            _claim_file(files, subject, path, folders, report)
        elif VIDEO.fullmatch(name):
            if pictures != "frames":
                _claim_pictures(files, subject, path, camera_named((name, *folders)), report)
        elif is_video_file(name):
            files.unread[subject] = path
        elif pictures != "video" and is_picture(name, folders[:-1]):
            frames[subject, path.parent, camera_named((name, *folders))] += 1
    for (subject, folder, side), count in frames.items():
        if count > 1:  # one picture is no recording
            _claim_pictures(files, subject, folder, side, report)
    return files


def _claim_file(
    files: DisfaFiles, subject: str, path: Path, folders: tuple[str, ...], report: Report
) -> None:
    """Note a file of labels, or the folder of a landmark file."""
    if match := LABEL.fullmatch(path.name):
        if subject in map(subject_named, (path.name, folders[0])):
            claim(files.labels.setdefault(subject, {}), int(match[1]), path, report)
    elif path.parent not in files.landmarks.setdefault(subject, []):
        files.landmarks[subject].append(path.parent)


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


def _files(source: Path, *, clutter: bool = False) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Yield the files under ``source`` with the folders that each lies in, the nearest first.

    The source's own name is the last. Hidden files and folders are left out, but for what systems
    leave where ``clutter`` is asked for, and no link is followed in a circle.
    """

    def enter(folder: Path) -> bool:
        above = folder.absolute().parents
        circle = folder.is_symlink() and folder.resolve() in map(Path.resolve, above)
        return not is_hidden(folder.name) and not circle

    @cache
    def folders(folder: Path) -> tuple[str, ...]:
        return (*reversed(folder.relative_to(source).parts), source.absolute().name)

    for entry in walk(source, _DEPTH + 1, enter):
        seen = not is_hidden(entry.name) or (clutter and is_clutter(entry.name))
        if seen and not entry.is_dir():
            path = Path(entry.path)
            yield path, folders(path.parent)


def _subject(path: Path, folders: tuple[str, ...], report: Report) -> str | None:
    """Return the subject of a file; None if no name says it, or names disagree."""
    own, near = subject_named(path.name), _nearest(folders[:-1])
    if own and near and own != near:
        report(AubenchError(f"a file of {own} in the folder of {near}", mend="move it", path=path))
        return None
    return own or near or subject_named(folders[-1])


@cache
def _nearest(folders: tuple[str, ...]) -> str | None:
    """Return the subject that the first of ``folders`` to name one names; None if none does."""
    return next(filter(None, map(subject_named, folders)), None)


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
    for path, _ in _files(source, clutter=True):
        if not is_ours(path.name) and path.name != SYNTHETIC_MARK:
            found.setdefault(path.parent, []).append(path.name)
    return found
