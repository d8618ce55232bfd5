"""DISFA: 27 people watching films, 12 Action Units coded 0–5 on every frame of video."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from aubench.corpora.corpus import Corpus, RawFrame
from aubench.corpora.disfa import facts
from aubench.corpora.disfa.files import DisfaFiles
from aubench.corpora.disfa.frame_folder import frame_folder, numbered
from aubench.corpora.disfa.layout import find_disfa, find_landmarks, spare_landmarks
from aubench.corpora.disfa.notes import copy_notes, landmark_notes
from aubench.corpora.disfa.settings import DisfaSettings
from aubench.corpora.labels import read_labels
from aubench.corpora.landmarks.files import read_mat
from aubench.corpora.landmarks.interpolate import centred, fill, usable
from aubench.corpora.landmarks.policy import CENTRE
from aubench.corpora.landmarks.sources import LandmarkSource, named_source
from aubench.errors import AubenchError
from aubench.frames import FloatArray
from aubench.media.image import RawPicture
from aubench.media.sequence import ImageSequence, VideoSequence, open_video

Pictures = ImageSequence | VideoSequence


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
    def needs_own_landmarks(self) -> bool:
        """Whether a copy without DISFA's own landmarks is refused."""
        return self.landmarks is None and self.settings.no_landmarks == "refuse"

    @cached_property
    def landmarks(self) -> LandmarkSource | None:
        """Where landmarks come from, if not from DISFA's own files."""
        named = self.settings.landmark_source
        return None if named == "corpus" else named_source(named, self.settings.moved_landmarks)

    def subjects(self) -> tuple[str, ...]:
        """Return the keys of all subjects of whom there is a label file, a video or landmarks."""
        for error in self.files.absent(landmarks=self.needs_own_landmarks):
            raise error
        return tuple(f"{self.name}/{subject}" for subject in self.files.subjects)

    def notes(self) -> tuple[str, ...]:
        """Return which subjects are missing, and what is special about pictures and landmarks."""
        if self.landmarks is not None:
            return (*copy_notes(self.files), *self.landmarks.notes())
        return (*copy_notes(self.files), *landmark_notes(self.files, self.settings))

    def examine(self, subject: str) -> int:
        """Read the labels, look for the pictures, count the landmark files."""
        subject = subject.removeprefix(f"{self.name}/")
        self._pictures(subject)
        count = len(self.labels(subject))
        sequence = self.sequence(subject, count)
        if isinstance(sequence, VideoSequence):
            self._check_length(subject, sequence)
        if self.landmarks is None:
            self.landmark_files(subject, count)
        return count

    def frames(self, subject: str) -> Iterator[RawFrame]:
        """Yield every labelled frame, in one pass over the pictures."""
        subject = subject.removeprefix(f"{self.name}/")
        labels = self.labels(subject)
        sequence = self.sequence(subject, len(labels))
        points, tracked = self._track(subject, len(labels), sequence)
        for row, picture in enumerate(self._shown(subject, sequence)):
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

    def sequence(self, subject: str, count: int) -> Pictures:
        """Return the pictures of frames 1 to ``count``; a folder is checked, a video is not."""
        path, spare = self._pictures(subject), facts.SHORT_LABELS.get(subject, 0)
        if not path.is_dir():
            return VideoSequence(path, np.arange(1, count + 1))
        sequence = frame_folder(path, subject, self.settings.camera, count, spare)
        if spare and sequence.length == count and sequence.offset == 0:
            self._check_first(subject, path)
        return sequence

    def _check_first(self, subject: str, path: Path) -> None:
        """Raise if pictures from 1 may be those from 0 without their first one.

        Of a subject whose labels end early, the number of pictures does not tell; others' do.
        """
        camera = self.settings.camera
        for other, folder in self.files.pictures.items():
            if other != subject and folder.is_dir() and 0 in numbered(folder, other, camera):
                raise AubenchError(
                    f"pictures are numbered from 1, those of {other} from 0: is the first lost?",
                    mend="put it back, or leave the subject out with --subjects",
                    path=path,
                )

    def _shown(self, subject: str, sequence: Pictures) -> Iterator[RawPicture]:
        """Yield the picture of every labelled frame; raise if there are fewer or more."""
        if isinstance(sequence, ImageSequence):
            yield from sequence.images()
            return
        count, shown = len(sequence.frames), 0
        with open_video(sequence.path) as video:
            for shown, picture in enumerate(video.pictures(), start=1):
                if shown <= count:
                    yield picture
                elif shown > count + facts.SHORT_LABELS.get(subject, 0):
                    raise self._unequal(subject, count, shown, sequence.path)
        if shown < count:
            raise self._unequal(subject, count, shown, sequence.path)

    def _check_length(self, subject: str, video: VideoSequence) -> None:
        """Raise if a video has too few or too many frames, judged without decoding it.

        Frames are counted only if the file itself states a wrong number.
        """
        count = len(video.frames)
        fitting = range(count, count + facts.SHORT_LABELS.get(subject, 0) + 1)
        with open_video(video.path) as opened:
            stated = opened.stream.frames
        if stated and stated not in fitting and video.count not in fitting:
            raise self._unequal(subject, count, video.count, video.path)

    def _unequal(self, subject: str, count: int, shown: int, path: Path) -> AubenchError:
        if shown < count:
            return AubenchError(
                f"video ends after frame {shown}, but {subject} has {count} label rows",
                mend="copy the file again from the original",
                path=path,
            )
        return AubenchError(
            f"{count} rows, but the video has more frames",
            mend="put back the label files and the video of one release",
            path=self.files.labels[subject][self.aus[0]],
        )

    def _pictures(self, subject: str) -> Path:
        """Return the video of a subject, or the folder of its frames."""
        if subject not in self.files.pictures:
            raise self.files.lacks_pictures(subject)
        return self.files.pictures[subject]

    def labels(self, subject: str) -> FloatArray:
        """Read all labels of a subject: (rows, 12) float32, in the order of `aus`."""
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
        return np.column_stack(columns).astype(np.float32)

    def landmark_files(self, subject: str, count: int) -> dict[int, Path]:
        """Find the landmark files of frames 1 to ``count``; raise if a needed one is missing."""
        folders = self.files.landmarks.get(subject, [])
        if not folders and self.settings.no_landmarks == "centre":
            return {}
        if not folders:
            raise self.files.lacks(subject, f"{subject}/", "landmarks")
        ends = range(count, count + facts.SHORT_LABELS.get(subject, 0) + 1)
        files = find_landmarks(folders, subject, ends, self.settings.moved_landmarks)
        spare = spare_landmarks(files, subject, count)
        if len(spare) > facts.SPARE_LANDMARKS:
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
        if not own.any():
            if self.settings.no_landmarks == "centre":
                return np.broadcast_to(centred(width, height), points.shape), own
            raise AubenchError(
                f"no frame of {subject} has usable landmarks",
                mend=CENTRE,
                path=next(iter(self.files.landmarks.get(subject, ())), None) or files.get(1),
            )
        for frame in (1 + np.flatnonzero(~own)).tolist():
            if not self._excused(subject, frame):
                bad = (
                    "NaN in landmarks"
                    if np.isnan(points[frame - 1]).any()
                    else "unusable landmarks"
                )
                raise AubenchError(f"{bad} of frame {frame}", mend=_MEND, path=files[frame])
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
        sequence = self._whole(subject, count)
        path, camera = sequence.path, self.settings.camera
        stems = (path.stem, f"{camera}Video{subject}_comp", f"{camera}Video{subject}", subject)
        stem = next((name for name in stems if self.landmarks.has(name)), subject)
        found = self.landmarks.find(stem, sequence)[:count]
        points[: len(found)] = found
        return points, dict.fromkeys(range(1, count + 1), self.landmarks.where(stem) or path)

    def _whole(self, subject: str, count: int) -> Pictures:
        """Return the pictures of a subject, those beyond the labels included."""
        sequence = self.sequence(subject, count)
        if isinstance(sequence, ImageSequence):
            return sequence
        return VideoSequence(sequence.path, np.arange(1, sequence.count + 1))

    def _detected(self, subject: str, count: int, rows: list[int]) -> FloatArray:
        """Find (n, 68, 2) landmarks in the pictures of ``rows``, NaN where there is no face."""
        from aubench.corpora.landmarks.detector import Detector  # noqa: PLC0415  # torch

        pictures = (image for _, image in self.sequence(subject, count).read(rows))
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
