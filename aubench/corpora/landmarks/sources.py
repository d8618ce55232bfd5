"""Sources of landmarks of recordings: the corpus, another folder, a detector."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from aubench.corpora.landmarks.files import read_pts
from aubench.corpora.landmarks.matlab import read_matrix
from aubench.corpora.landmarks.names import (
    PICTURE,
    forms_of,
    is_folder_of_pictures,
    is_series,
    key_of,
    stem_of,
)
from aubench.corpora.landmarks.numbering import Moved, settle
from aubench.errors import AubenchError
from aubench.frames import FloatArray
from aubench.io.digest import file_sha256
from aubench.io.folders import DEPTH, claim, entries, walk
from aubench.landmarks import MARKUPS, complete, to_68
from aubench.media.sequence import FrameSequence, ImageSequence

if TYPE_CHECKING:
    from aubench.corpora.landmarks.series import Series


class LandmarkSource(Protocol):
    """Finds the landmarks of recordings."""

    @property
    def quick(self) -> bool:
        """Whether landmarks are read from files, and can be counted before any picture is."""
        ...

    def has(self, stem: str, /) -> bool:
        """Return whether the recording ``stem`` may have landmarks, judged by names of files."""
        ...

    def find(self, stem: str, sequence: FrameSequence, /) -> FloatArray:
        """Return landmarks of the N coded frames: (N, 68, 2) float32 pixels from 0, NaN where none.

        Args:
            stem: The recording's name in files of labels (``F001_T1``).
            sequence: Its pictures.

        Raises:
            AubenchError: If a file cannot be read, or is of another recording.
        """
        ...

    def where(self, stem: str, /) -> Path | None:
        """Return the file or folder of a recording's landmarks, for messages."""
        ...

    def digest(self, stem: str, /) -> str:
        """Return a digest of the files of a recording's landmarks; empty if there are none."""
        ...

    def why(self, stem: str, /) -> str:
        """Return how the source itself says that a face was lost; empty if it does not."""
        ...

    def notes(self) -> tuple[str, ...]:
        """Return what a user must know about the landmarks, one line each."""
        ...


@dataclass(frozen=True)
class LandmarkFolders:
    """Landmarks in one file per recording, or in a folder with one file per picture.

    A recording ``F001_T1`` has ``F001_T1.csv``, ``F001_T1.mat`` (see
    `aubench.corpora.landmarks.series`), or a folder ``F001_T1/`` or ``F001/T1/`` of files named by
    the number of the picture, ``2440.pts`` (300-W) or ``2440.mat`` (a matrix ``pts``); any zero
    padding, any case. A file may lie in folders of any names, as OpenFace's
    ``SN001/LeftVideoSN001_comp.csv`` does, and be called by the task alone in a folder of the
    person: ``F001/T1.csv``, ``F001/T1/T1.csv``. In FERA 2017 it is called as the video,
    ``FERA17_TR_F001_T1_6``; in DISFA as the video or the subject. Where a markup lacks points, they
    are estimated (see `complete`).

    Attributes:
        roots: Folders to search.
        moved: What to do about numbers that are one off (see `settle`).
    """

    roots: tuple[Path, ...]
    moved: Moved = "refuse"
    quick = True

    @cached_property
    def places(self) -> dict[str, Path]:
        """Recording (see `key_of`) → its file or folder."""
        found: dict[str, Path] = {}
        for root in self.roots:
            for entry in walk(root, DEPTH + 1, lambda folder: not is_folder_of_pictures(folder)):
                path = Path(entry.path)
                if is_folder_of_pictures(path) if entry.is_dir() else is_series(path):
                    claim(found, key_of(stem_of(path, folder=entry.is_dir())), path)
        return found

    def has(self, stem: str) -> bool:
        """See `LandmarkSource.has`."""
        return key_of(stem) in self.places

    def where(self, stem: str) -> Path | None:
        """See `LandmarkSource.where`."""
        return self.places.get(key_of(stem), self.roots[0])

    def find(self, stem: str, sequence: FrameSequence) -> FloatArray:
        """See `LandmarkSource.find`."""
        place = self.places.get(key_of(stem))
        if place is None:
            return np.full((len(sequence.numbers), 68, 2), np.nan, dtype=np.float32)
        return _whole(
            self._pictures(place, sequence)
            if place.is_dir()
            else _series(place, sequence, self.moved)
        )

    def digest(self, stem: str) -> str:
        """See `LandmarkSource.digest`."""
        place = self.places.get(key_of(stem))
        if place is None or not place.is_dir():
            return file_sha256(place) if place else ""
        files = sorted(self._numbered(place).items())
        listed = "".join(f"{number} {file_sha256(path)}\n" for number, path in files)
        return hashlib.sha256(listed.encode()).hexdigest()

    def why(self, stem: str) -> str:
        """See `LandmarkSource.why`."""
        place = self.places.get(key_of(stem))
        return "OpenFace: success 0" if place and _is_openface(place) else ""

    def refuse_strangers(self, stems: Iterable[str]) -> None:
        """Raise an AubenchError that says what was looked for if no recording has landmarks here.

        Args:
            stems: Of all recordings of the corpus.
        """
        stems = tuple(stems)
        if not stems or any(map(self.has, stems)):
            return
        raise AubenchError(
            f"no landmarks of any recording; looked, in it and {DEPTH} folders down, for "
            f"{', '.join(forms_of(stems[0]))}, and so on",
            mend="name the folder that holds such files with --landmark-source",
            path=self.roots[0],
        )

    def notes(self) -> tuple[str, ...]:
        """Return whether points are estimated, and whether OpenFace says which faces it lost.

        Both are judged by the first recording that can be read.
        """
        for place in self.places.values():
            try:
                count = self._markup(place)
            except AubenchError:  # of a subject that was left out with --subjects
                continue
            notes = []
            if count < 68:
                notes.append(
                    f"landmarks are of {count} points: the others are estimated from the mean face"
                )
            if _is_openface(place):
                notes.append("landmarks are OpenFace's: those of rows with success 0 are not used")
            return tuple(notes)
        return ()

    def _markup(self, place: Path) -> int:
        """Return how many points a recording's landmarks have."""
        if not place.is_dir():
            return int(_read_series(place).points.shape[1])
        return next((len(self._one(path)) for path in self._numbered(place).values()), 68)

    def _pictures(self, folder: Path, sequence: FrameSequence) -> FloatArray:
        """Read landmarks from one file per picture: (N, P, 2)."""
        named = self._numbered(folder)
        by = settle(named, _spans(sequence), self.moved, folder)
        files = {number - by: path for number, path in named.items()}
        found = {n: self._one(files[n]) for n in sequence.numbers.tolist() if n in files}
        counts = sorted({len(points) for points in found.values()} or {68})
        if len(counts) > 1:
            what = f"files of {' and '.join(map(str, counts))} points"
            raise AubenchError(what, mend="keep those of one markup", path=folder)
        points = np.full((len(sequence.numbers), counts[0], 2), np.nan, dtype=np.float32)
        for row, number in enumerate(sequence.numbers.tolist()):
            points[row] = found.get(number, np.nan)
        return points

    def _one(self, path: Path) -> FloatArray:
        """Read the points of one picture."""
        if path.suffix.lower() == ".pts":
            return read_pts(path, MARKUPS)
        return read_matrix(path, "pts", MARKUPS[::-1])

    def _numbered(self, folder: Path) -> dict[int, Path]:
        """Find the files by number of the picture."""
        files: dict[int, Path] = {}
        for entry in entries(folder):
            if match := PICTURE.fullmatch(entry.name):
                claim(files, int(match[1]), Path(entry.path))
        return files


def _is_openface(place: Path) -> bool:
    """True if a recording's landmarks are a table that OpenFace wrote."""
    from aubench.corpora.landmarks.tables import is_openface  # noqa: PLC0415  # pandas

    return place.suffix.lower() == ".csv" and place.is_file() and is_openface(place)


def named_source(name: str, moved: Moved = "refuse") -> LandmarkSource:
    """Return what ``--landmark-source`` names other than the corpus: ``detector`` or a folder.

    Args:
        name: What stands behind the option.
        moved: See `LandmarkFolders`.

    Raises:
        AubenchError: If there is no such folder.
    """
    if name == "detector":
        from aubench.corpora.landmarks.detector import Detector  # noqa: PLC0415  # torch

        return Detector()
    if not Path(name).is_dir():
        raise AubenchError(
            "no such folder of landmarks",
            mend="name one with --landmark-source, or corpus or detector",
            path=name,
        )
    return LandmarkFolders((Path(name),), moved)


def _spans(sequence: FrameSequence, by: int = 0) -> list[tuple[int, int]]:
    """First and last number of all pictures, and of the coded ones, less ``by``."""
    coded = sequence.numbers.tolist()
    every = list(sequence.pictures) if isinstance(sequence, ImageSequence) else coded
    return [(min(numbers) - by, max(numbers) - by) for numbers in (every, coded) if numbers]


def _series(path: Path, sequence: FrameSequence, moved: Moved) -> FloatArray:
    """Read landmarks of the coded frames from a recording's file: (N, P, 2)."""
    series = _read_series(path)
    wanted = {
        "frame": sequence.frames,
        "time": sequence.places,
        "alphabetical": sequence.alphabetical,
    }[series.by]
    last = series.numbers.max(initial=-1) + 1
    if series.by != "frame" and last != sequence.length:
        raise AubenchError(
            f"goes to picture {last}, but there are {sequence.length}",
            mend="give landmarks of all pictures of the recording",
            path=path,
        )
    if series.by == "frame" and len(wanted):
        offset = int(sequence.numbers[0] - sequence.frames[0])
        wanted = wanted + settle(series.numbers.tolist(), _spans(sequence, offset), moved, path)
    order = np.argsort(series.numbers)
    at = np.searchsorted(series.numbers, wanted, sorter=order)
    rows = order[np.minimum(at, len(order) - 1)] if len(order) else np.zeros(0, dtype=np.int64)
    points = np.full((len(wanted), *series.points.shape[1:]), np.nan, dtype=np.float32)
    if len(order):
        there = series.numbers[rows] == wanted
        points[there] = series.points[rows[there]]
    return points


def _read_series(path: Path) -> Series:
    """See `read_series`."""
    from aubench.corpora.landmarks.series import read_series  # noqa: PLC0415  # pandas, h5py

    return read_series(path)


def _whole(points: FloatArray) -> FloatArray:
    """Return 68 points of each frame; NaN where a point that the markup has is missing."""
    there = np.isfinite(points).all(axis=(1, 2), keepdims=True)
    return np.asarray(complete(to_68(np.where(there, points, np.nan))), dtype=np.float32)
