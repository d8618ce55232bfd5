"""Where DISFA's files are: laboratories have renamed and nested its folders over the years."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from aubench.errors import AubenchError
from aubench.io.folders import Report, below, claim, stop, within

_FOLDERS = {
    "labels": (re.compile(r"actionunits?labels?"), "ActionUnit_Labels"),
    "landmarks": (re.compile(r"landmarks?points?"), "Landmark_Points"),
    "left": (re.compile(r"videos?leftcamera"), "Videos_LeftCamera"),
    "right": (re.compile(r"videos?rightcamera"), "Video_RightCamera"),
}
"""Kind → what a folder's name looks like (lower case, letters and digits only), and DISFA's own."""

_SUBJECT = re.compile(r"sn[0-9]{3}", re.IGNORECASE)
_LABEL = re.compile(r"(sn[0-9]{3})_au0*([0-9]+)\.txt", re.IGNORECASE)
_VIDEO = re.compile(r"(left|right)video(sn[0-9]{3})(_comp)?\.avi", re.IGNORECASE)
_MAT = re.compile(r"(?:(sn[0-9]{3})_|l)([0-9]+)_lm\.mat", re.IGNORECASE)


@dataclass(frozen=True)
class DisfaFiles:
    """The files of a copy of DISFA, by subject id (``SN001``).

    Attributes:
        labels: Subject → Action Unit → label file.
        videos: Subject → video of the camera asked for.
        landmarks: Subject → folder of landmark files.
        roots: Kind of file → the folder that holds such files, for messages.
    """

    labels: dict[str, dict[int, Path]]
    videos: dict[str, Path]
    landmarks: dict[str, Path]
    roots: dict[str, Path]

    @property
    def subjects(self) -> tuple[str, ...]:
        """Every subject of whom there is a file or a folder, sorted."""
        return tuple(sorted({*self.labels, *self.videos, *self.landmarks}))

    def lacks(self, subject: str, name: str, kind: str) -> AubenchError:
        """Return the error that a subject's file is missing, for a kind that has a root."""
        return AubenchError(
            f"{name} of {subject} is missing",
            mend="put it back, or leave the subject out with --subjects",
            path=self.roots[kind],
        )


def find_disfa(
    source: Path, camera: str, report: Report = stop, *, landmarks: bool = True
) -> DisfaFiles:
    """Find DISFA's files under ``source``; names are matched whatever their case.

    Args:
        source: The root folder.
        camera: ``left`` or ``right``.
        report: Called for every folder that is missing, and for two files of one name.
        landmarks: Whether to look for DISFA's own.
    """
    kinds = ("labels", "landmarks", camera) if landmarks else ("labels", camera)
    roots: dict[str, list[Path]] = {kind: [] for kind in kinds}
    for folder in below(source):
        plain = re.sub(r"[^a-z0-9]", "", folder.name.lower())
        for kind, found in roots.items():
            if _FOLDERS[kind][0].fullmatch(plain) and not any(
                root in folder.parents for root in found
            ):
                found.append(folder)
    for kind, found in roots.items():
        if not found:
            mend = f"name the folder that holds DISFA's {', '.join(_FOLDERS[k][1] for k in roots)}"
            report(AubenchError(f"no folder {_FOLDERS[kind][1]}", mend=mend, path=source))
    files = DisfaFiles({}, {}, {}, {kind: found[0] for kind, found in roots.items() if found})
    for path in within(roots["labels"]):
        if match := _LABEL.fullmatch(path.name):
            claim(files.labels.setdefault(match[1].upper(), {}), int(match[2]), path, report)
    for path in within(roots[camera]):
        if (match := _VIDEO.fullmatch(path.name)) and match[1].lower() == camera:
            claim(files.videos, match[2].upper(), path, report)
    for root in roots.get("landmarks", ()):
        for folder in below(root, stop=_SUBJECT):
            if _SUBJECT.fullmatch(folder.name):
                claim(files.landmarks, folder.name.upper(), folder, report)
    return files


def find_landmarks(folder: Path, subject: str, report: Report = stop) -> dict[int, Path]:
    """Find the landmark files under a subject's folder, by frame (from 1).

    ``SN001_0000_lm.mat`` is the first frame, and so is ``l0001_lm.mat`` (confirmed by one source).

    Args:
        folder: The subject's.
        subject: ``SN001``.
        report: Called for two files of one frame, and for files of another subject.
    """
    files: dict[int, Path] = {}
    for path in within([folder]):
        if match := _MAT.fullmatch(path.name):
            if match[1] and match[1].upper() != subject:
                what = f"a file of {match[1]} in the folder of {subject}"
                report(AubenchError(what, mend="move it", path=path))
            else:
                claim(files, int(match[2]) + (1 if match[1] else 0), path, report)
    return files


def strangers(files: DisfaFiles) -> dict[Path, list[str]]:
    """Find the files that are none of DISFA's: folder → their names."""
    found: dict[Path, list[str]] = {}
    for kind, root in files.roots.items():
        known = _NAMES.get(kind, _VIDEO)
        for path in within([root]):
            if not known.fullmatch(path.name):
                found.setdefault(path.parent, []).append(path.name)
    return found


_NAMES = {"labels": _LABEL, "landmarks": _MAT}
"""Kind → what its files are called; the others are videos."""
