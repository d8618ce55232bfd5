"""DISFA: 27 people watching films, 12 Action Units coded 0–5 on every frame of video."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from aubench.corpora.corpus import Corpus, RawFrame
from aubench.corpora.disfa import facts
from aubench.corpora.disfa.layout import DisfaFiles, find_disfa, find_landmarks
from aubench.corpora.labels import read_labels
from aubench.corpora.landmarks.files import read_mat
from aubench.corpora.landmarks.interpolate import fill, usable
from aubench.corpora.landmarks.sources import LandmarkFolders, LandmarkSource, named_source
from aubench.errors import AubenchError
from aubench.frames import FloatArray
from aubench.media.lengths import difference_note, unequal_mend
from aubench.media.sequence import VideoSequence, open_video


@dataclass(frozen=True)
class DisfaSettings:
    """Options of the reader.

    Attributes:
        camera: Which of the two cameras; it becomes the session of every frame. Doubt: DISFA's
            own landmarks do not say of which camera they are; tools use them with the left one,
            so pictures of the right one need another source.
        landmark_source: Where landmarks come from: ``corpus``, ``detector`` (face-alignment), or
            a folder (see `aubench.corpora.landmarks.sources.LandmarkFolders`).
        landmarks: What to do about a frame without usable landmarks that DISFA's error log does
            not list: ``strict`` stops with an error; ``interpolate`` keeps the frame as one of the
            error log's: cropped between its neighbours' landmarks and marked as not tracked.
        frame_difference: How many frames a video may be shorter or longer than its labels. Label
            row i is video frame i all the same; what has no partner at the end is left out. Doubt:
            where a video lacks a frame at its beginning instead, all labels are one frame off.
    """

    camera: Literal["left", "right"] = "left"
    landmark_source: str = "corpus"
    landmarks: Literal["strict", "interpolate"] = "strict"
    frame_difference: int = 0

    def __post_init__(self) -> None:
        if self.camera == "right" and self.landmark_source == "corpus":
            raise AubenchError(
                "camera=right, but DISFA's own landmarks are of the left camera",
                mend="name others with --landmark-source FOLDER, or --landmark-source detector",
            )


class Disfa(Corpus):
    """Reader of DISFA's own folders, in every variant that laboratories are known to have.

    Frames are numbered as in the label files, from 1. Every labelled frame is given. In frames of
    DISFA's error log, landmarks that cannot be meant (missing, NaN, all in one place, outside the
    picture) are expected; those that can be are used.
    """

    name = "disfa"
    aus = facts.AUS
    Settings = DisfaSettings
    summary = "DISFA: 27 subjects, 12 AUs, intensity 0–5, video of two cameras"
    settings: DisfaSettings

    @cached_property
    def files(self) -> DisfaFiles:
        """The files under the source."""
        own = self.settings.landmark_source == "corpus"
        return find_disfa(self.source, self.settings.camera, landmarks=own)

    @cached_property
    def landmarks(self) -> LandmarkSource | None:
        """Where landmarks come from, if not from DISFA's own files."""
        named = self.settings.landmark_source
        source = None if named == "corpus" else named_source(named)
        if isinstance(source, LandmarkFolders):
            videos = self.files.videos.items()
            source.refuse_strangers(s for subject, path in videos for s in (path.stem, subject))
        return source

    def subjects(self) -> tuple[str, ...]:
        """Return the keys of all subjects of whom there is a label file, a video or landmarks."""
        if not self.files.subjects:
            mend = "put DISFA's files there, or name another folder"
            raise AubenchError("no subject of DISFA", mend=mend, path=self.source)
        return tuple(f"{self.name}/{subject}" for subject in self.files.subjects)

    def notes(self) -> tuple[str, ...]:
        """Return which of the 27 subjects are missing, and what is special about the landmarks."""
        notes = (*self._differences(), *(self.landmarks.notes() if self.landmarks else ()))
        lacking = [s for s in facts.SUBJECTS if s not in self.files.subjects]
        if not lacking:
            return notes
        listed = ", ".join(lacking)
        return (f"{len(lacking)} of DISFA's 27 subjects are not there: {listed}", *notes)

    def _differences(self) -> Iterator[str]:
        """Yield which videos are shorter or longer than their labels, if that is allowed."""
        for subject in self.files.subjects if self.settings.frame_difference else ():
            with suppress(AubenchError):  # of a subject that was left out with --subjects
                rows = len(read_labels(self.files.labels[subject][self.aus[0]]))
                shown = VideoSequence(self._video(subject), np.arange(1, rows + 1)).shown()
                if shown - rows != self._spare(subject):
                    note = difference_note(subject, shown, rows)
                    yield from [note] if note else []

    def examine(self, subject: str) -> int:
        """Read the labels, look for the video, count the landmark files."""
        subject = subject.removeprefix(f"{self.name}/")
        path = self._video(subject)
        count = len(self._labels(subject))
        if self.landmarks is None:
            self._landmark_files(subject, count)
        elif self.landmarks.quick:
            self._track(subject, count, *VideoSequence(path, np.arange(1, count + 1)).size())
        return count

    def frames(self, subject: str) -> Iterator[RawFrame]:
        """Yield every labelled frame, in one pass over the video."""
        subject = subject.removeprefix(f"{self.name}/")
        labels = self._labels(subject)
        path = self._video(subject)
        with open_video(path) as video:
            points, tracked = self._track(subject, len(labels), video.width, video.height)
            shown = 0
            for shown, picture in enumerate(video.pictures(), start=1):
                if shown <= len(labels):
                    yield RawFrame(
                        session=self.settings.camera,
                        view=0,
                        frame=shown,
                        picture=picture,
                        landmarks=points[shown - 1],
                        labels=labels[shown - 1],
                        logged=facts.logged(subject, shown),
                        tracked=bool(tracked[shown - 1]),
                    )
        if shown > len(labels) + max(self._spare(subject), self.settings.frame_difference):
            raise self._longer(subject, shown, len(labels))
        if shown < len(labels):
            raise AubenchError(
                f"video ends after frame {shown}, but {subject} has {len(labels)} label rows",
                mend="copy the file again from the original",
                path=path,
            )

    def inputs(self, subject: str) -> dict[str, str]:
        """See `Corpus.inputs`; of the label files."""
        labels = self._labels(subject.removeprefix(f"{self.name}/")).astype(np.int8)
        return {"labels": hashlib.sha256(f"{labels.shape}".encode() + labels.tobytes()).hexdigest()}

    def _video(self, subject: str) -> Path:
        """Return the video of a subject."""
        if subject not in self.files.videos:
            camera = self.settings.camera
            raise self.files.lacks(subject, f"{camera.title()}Video{subject}_comp.avi", camera)
        return self.files.videos[subject]

    def _labels(self, subject: str) -> FloatArray:
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
        rows = self._rows(subject, len(columns[0]))
        return np.column_stack(columns).astype(np.float32)[:rows]

    def _rows(self, subject: str, count: int) -> int:
        """Return how many of ``count`` label rows the video shows; raise if it is another one's."""
        video = VideoSequence(self._video(subject), np.arange(1, count + 1))
        shown = video.shown()
        if count <= shown <= count + self._spare(subject):
            return count
        if abs(shown - count) <= self.settings.frame_difference:
            return min(count, shown)
        if shown < count:
            what = f"video ends after frame {shown}, but {subject} has {count} label rows"
            raise AubenchError(what, mend=unequal_mend(shown, count), path=video.path)
        raise self._longer(subject, shown, count)

    def _spare(self, subject: str) -> int:
        """How many frames of a subject's video have no label in any copy."""
        return facts.SHORT_LABELS.get(subject, 0)

    def _longer(self, subject: str, shown: int, count: int) -> AubenchError:
        what, path = f"{count} rows, but the video has more frames", self.files.labels[subject]
        return AubenchError(what, mend=unequal_mend(shown, count), path=path[self.aus[0]])

    def _landmark_files(self, subject: str, count: int) -> dict[int, Path]:
        """Find the landmark files of frames 1 to ``count``; raise if a needed one is missing."""
        if subject not in self.files.landmarks:
            raise self.files.lacks(subject, f"{subject}/", "landmarks")
        folder = self.files.landmarks[subject]
        files = find_landmarks(folder, subject)
        spare = sorted(set(files) - set(range(1, count + 1)))
        allowed = self._spare(subject) + self.settings.frame_difference
        if len(spare) > facts.SPARE_LANDMARKS + allowed:
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
                path=folder,
            )
        return files

    def _track(
        self, subject: str, count: int, width: int, height: int
    ) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
        """Return (count, 68, 2) landmarks of every frame, and which are its own, (count,)."""
        points, files = self.points(subject, count)
        own = usable(points, width, height)
        lost = [f for f in (1 + np.flatnonzero(~own)).tolist() if not self._excused(subject, f)]
        for frame in lost[:1]:
            bad = "NaN in" if np.isnan(points[frame - 1]).any() else "unusable"
            more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
            why = self.landmarks.why(self._stem(subject)) if self.landmarks else ""
            what = f"{bad} landmarks of frame {frame}{more}{f' ({why})' * bool(why)}"
            raise AubenchError(what, mend=_MEND, path=files[frame])
        if not own.any():
            raise AubenchError(
                "no frame has usable landmarks",
                mend="put back the corpus's own files",
                path=self.files.landmarks.get(subject) or files[1],
            )
        return fill(points, own), own

    def points(self, subject: str, count: int) -> tuple[FloatArray, dict[int, Path]]:
        """Read landmarks of every frame, (count, 68, 2), NaN where none, and the file of each."""
        points = np.full((count, 68, 2), np.nan, dtype=np.float32)
        if self.landmarks is None:
            files = self._landmark_files(subject, count)
            for frame, path in files.items():
                if 1 <= frame <= count:
                    points[frame - 1] = read_mat(path)
            return points, files
        path = self._video(subject)
        with open_video(path) as video:
            frames = np.arange(1, video.count() + 1)
        stem = self._stem(subject)
        found = self.landmarks.find(stem, VideoSequence(path, frames))[:count]
        points[: len(found)] = found
        return points, dict.fromkeys(range(1, count + 1), self.landmarks.where(stem) or path)

    def _stem(self, subject: str) -> str:
        """Return how landmarks from elsewhere call the recording of a subject."""
        stem = self._video(subject).stem
        return stem if self.landmarks and self.landmarks.has(stem) else subject

    def _excused(self, subject: str, frame: int) -> bool:
        """Return whether ``frame`` may be without landmarks."""
        return (
            self.settings.landmarks == "interpolate"
            or facts.logged(subject, frame)
            or frame in facts.LOST_LANDMARKS.get(subject, ())
        )


_MEND = "put the file back, or repeat with --landmarks interpolate"
