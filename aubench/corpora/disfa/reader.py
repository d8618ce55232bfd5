"""DISFA: 27 people watching films, 12 Action Units coded 0–5 on every frame of video."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from aubench.corpora.corpus import Corpus, RawFrame
from aubench.corpora.disfa import facts
from aubench.corpora.disfa.files import DisfaFiles
from aubench.corpora.disfa.layout import find_disfa, find_landmarks, spare_landmarks
from aubench.corpora.disfa.names import subject_named
from aubench.corpora.disfa.notes import copy_notes, landmark_notes
from aubench.corpora.disfa.pictures import DisfaPictures, Pictures
from aubench.corpora.disfa.settings import DisfaSettings
from aubench.corpora.labels import read_labels
from aubench.corpora.landmarks.files import read_mat
from aubench.corpora.landmarks.interpolate import centred, fill, usable
from aubench.corpora.landmarks.policy import CENTRE
from aubench.corpora.landmarks.sources import LandmarkFolders, LandmarkSource, named_source
from aubench.errors import AubenchError
from aubench.frames import FloatArray
from aubench.media.sequence import ImageSequence, VideoSequence


class Disfa(Corpus):
    """Reader of DISFA as laboratories hold it, in folders of any name.

    Frames are numbered as in the label files, from 1. Every labelled frame is given.
    """

    name = "disfa"
    aus = facts.AUS
    rate = facts.RATE
    Settings = DisfaSettings
    summary = "DISFA: 27 subjects, 12 AUs, intensity 0–5, video of two cameras"
    settings: DisfaSettings

    @cached_property
    def files(self) -> DisfaFiles:
        """The files under the source."""
        return find_disfa(self.source, self.settings.camera, pictures=self.settings.pictures)

    @property
    def pictures(self) -> DisfaPictures:
        """The pictures among them."""
        return DisfaPictures(self.files, self.settings.frame_difference)

    @property
    def needs_own_landmarks(self) -> bool:
        """Whether a copy without DISFA's own landmarks is refused."""
        own = self.settings.landmark_source == "corpus"
        return own and self.settings.no_landmarks == "refuse"

    @cached_property
    def landmarks(self) -> LandmarkSource | None:
        """Where landmarks come from, if not from DISFA's own files."""
        named = self.settings.landmark_source
        if named == "corpus":
            return None
        source = named_source(named, self.settings.moved_landmarks)
        if isinstance(source, LandmarkFolders):
            pictures = self.files.pictures
            source.refuse_strangers(stem for subject in pictures for stem in self._stems(subject))
        return source

    def subjects(self) -> tuple[str, ...]:
        """Return the keys of all subjects of whom there is a label file, a video or landmarks."""
        for error in self.files.absent(landmarks=self.needs_own_landmarks):
            raise error
        return tuple(f"{self.name}/{subject}" for subject in self.files.subjects)

    def notes(self) -> tuple[str, ...]:
        """Return which subjects are missing, and what is special about pictures and landmarks."""
        notes = (*copy_notes(self.files), *self.pictures.notes())
        if self.landmarks is not None:
            return (*notes, *self.landmarks.notes())
        return (*notes, *landmark_notes(self.files, self.settings))

    def examine(self, subject: str) -> int:
        """Read the labels, count the pictures, and look for the landmarks of each frame.

        DISFA's own landmark files are counted, those of a folder are read; a detector finds
        landmarks only in pictures.
        """
        subject = subject.removeprefix(f"{self.name}/")
        self.pictures.path(subject)
        count = len(self.labels(subject))
        sequence = self.pictures.sequence(subject, count)
        if self.landmarks is None:
            self.landmark_files(subject, count)
        elif self.landmarks.quick:
            self._track(subject, count, sequence)
        return count

    def frames(self, subject: str) -> Iterator[RawFrame]:
        """Yield every labelled frame, in one pass over the pictures."""
        subject = subject.removeprefix(f"{self.name}/")
        labels = self.labels(subject)
        sequence = self.pictures.sequence(subject, len(labels))
        points, tracked = self._track(subject, len(labels), sequence)
        for row, picture in enumerate(self.pictures.images(subject, sequence)):
            yield RawFrame(
                session=self.settings.camera,
                view=0,
                frame=row + 1,
                picture=picture,
                landmarks=points[row],
                labels=labels[row],
                logged=facts.logged(subject, row + 1),
                tracked=bool(tracked[row]),
            )

    def inputs(self, subject: str) -> dict[str, str]:
        """See `Corpus.inputs`; of the label files, and of landmarks in a folder of their own."""
        subject = subject.removeprefix(f"{self.name}/")
        labels = self.labels(subject).astype(np.int8)
        found = {"labels": hashlib.sha256(f"{labels.shape}".encode() + labels.tobytes())}
        if self.landmarks is not None and self.landmarks.quick:
            digest = self.landmarks.digest(self._stem(subject))
            found["landmarks"] = hashlib.sha256(digest.encode())
        return {kind: digest.hexdigest() for kind, digest in found.items()}

    def labels(self, subject: str) -> FloatArray:
        """Read the labels of a subject's pictures: (N, 12) float32, in the order of `aus`."""
        paths = self.files.labels.get(subject, {})
        for au in self.aus:
            if au not in paths:
                raise self.files.lacks(subject, f"{subject}_au{au}.txt", "labels")
        columns = [read_labels(paths[au]) for au in self.aus]
        for au, column in zip(self.aus, columns, strict=True):
            if len(column) != len(columns[0]):
                raise AubenchError(
                    f"{len(column)} rows, but {paths[self.aus[0]].name} has {len(columns[0])}",
                    mend="put back the corpus's own files",
                    path=paths[au],
                    line=min(len(column), len(columns[0])) + 1,
                )
        rows = self.pictures.rows(subject, len(columns[0]))
        return np.column_stack(columns).astype(np.float32)[:rows]

    def landmark_files(self, subject: str, count: int) -> dict[int, Path]:
        """Find the landmark files of frames 1 to ``count``; raise if a needed one is missing."""
        folders = self.files.landmarks.get(subject, [])
        if not folders and self.settings.no_landmarks == "centre":
            return {}
        if not folders:
            raise self.files.lacks(subject, f"{subject}/", "landmarks")
        more, moved = self.settings.frame_difference, self.settings.moved_landmarks
        ends = range(count, count + facts.SHORT_LABELS.get(subject, 0) + more + 1)
        files = find_landmarks(folders, subject, ends, moved)
        spare = spare_landmarks(files, subject, count)
        if len(spare) > facts.SPARE_LANDMARKS + more:
            raise AubenchError(
                f"{len(spare)} landmark files too many for {count} label rows",
                mend="put back the landmarks and label files of one release",
                path=files[spare[0]],
            )
        lost = [f for f in range(1, count + 1) if f not in files and not self._excused(subject, f)]
        if lost:
            raise AubenchError(
                f"no landmark file for frame {lost[0]}"
                + (f" and {len(lost) - 1} more" if len(lost) > 1 else ""),
                mend=_MEND,
                path=folders[0],
            )
        return files

    def _track(
        self, subject: str, count: int, sequence: Pictures
    ) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
        """Return (count, 68, 2) landmarks of every frame, and which are its own, (count,)."""
        points, files = self.points(subject, count)
        width, height = sequence.size()
        own = usable(points, width, height)
        why = self.landmarks.why(self._stem(subject)) if self.landmarks else ""
        said = f" ({why})" if why else ""
        if not own.any():
            if self.settings.no_landmarks == "centre":
                return np.broadcast_to(centred(width, height), points.shape), own
            raise AubenchError(
                f"no frame of {subject} has usable landmarks{said}",
                mend=CENTRE,
                path=next(iter(self.files.landmarks.get(subject, ())), None) or files.get(1),
            )
        lost = [f for f in (1 + np.flatnonzero(~own)).tolist() if not self._excused(subject, f)]
        for frame in lost[:1]:
            bad = "NaN in" if np.isnan(points[frame - 1]).any() else "unusable"
            more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
            what = f"{bad} landmarks of frame {frame}{more}{said}"
            raise AubenchError(what, mend=_MEND, path=files[frame])
        return fill(points, own), own

    def points(self, subject: str, count: int) -> tuple[FloatArray, dict[int, Path]]:
        """Read landmarks of every frame, (count, 68, 2), NaN where none, and the file of each."""
        points = np.full((count, 68, 2), np.nan, dtype=np.float32)
        if self.landmarks is None:
            files = self.landmark_files(subject, count)
            for frame, path in files.items():
                if 1 <= frame <= count and self.believes(subject, frame):
                    points[frame - 1] = read_mat(path)
            if self.settings.logged_landmarks == "detector":
                rows = [row for row in range(count) if facts.logged(subject, row + 1)]
                points[rows] = self._detected(subject, count, rows)
            return points, files
        sequence, stem = self._whole(subject, count), self._stem(subject)
        found = self.landmarks.find(stem, sequence)[:count]
        points[: len(found)] = found
        path = self.landmarks.where(stem) or sequence.path
        return points, dict.fromkeys(range(1, count + 1), path)

    def _stems(self, subject: str) -> list[str]:
        """Return how landmarks from elsewhere may call the recording of a subject."""
        own, side = self.pictures.path(subject).stem, f"{self.settings.camera.title()}Video"
        stems = (own, f"{side}{subject}_comp", f"{side}{subject}", subject)
        return [stem for stem in stems if subject_named(stem) == subject]

    def _stem(self, subject: str) -> str:
        """Return how landmarks from elsewhere do call the recording of a subject."""
        has = self.landmarks.has if self.landmarks else lambda _: True
        return next(filter(has, self._stems(subject)), subject)

    def _whole(self, subject: str, count: int) -> Pictures:
        """Return the pictures of a subject, those beyond the labels included."""
        sequence = self.pictures.sequence(subject, count)
        if isinstance(sequence, ImageSequence):
            return sequence
        return VideoSequence(sequence.path, np.arange(1, sequence.count + 1))

    def _detected(self, subject: str, count: int, rows: list[int]) -> FloatArray:
        """Find (n, 68, 2) landmarks in the pictures of ``rows``, NaN where there is no face."""
        from aubench.corpora.landmarks.detector import Detector  # noqa: PLC0415  # torch

        pictures = (image for _, image in self.pictures.sequence(subject, count).read(rows))
        return Detector().detect(pictures, len(rows))

    def believes(self, subject: str, frame: int) -> bool:
        """Return whether DISFA's own landmarks of ``frame`` are read."""
        return self.settings.logged_landmarks == "corpus" or not facts.logged(subject, frame)

    def _excused(self, subject: str, frame: int) -> bool:
        """Return whether ``frame`` may be without landmarks."""
        return (
            self.settings.landmarks == "interpolate"
            or facts.logged(subject, frame)
            or frame in facts.LOST_LANDMARKS.get(subject, ())
        )


_MEND = "put the file back, or repeat with --landmarks interpolate"
