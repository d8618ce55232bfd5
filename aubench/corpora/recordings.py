"""Base of the readers of BP4D, FERA 2015 and FERA 2017: subjects in coded recordings."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from aubench.action_units import column
from aubench.corpora.corpus import Corpus, RawFrame
from aubench.corpora.labels import CodedFrames, join, read_intensity, read_occurrence
from aubench.corpora.landmarks.interpolate import centred, fill, usable
from aubench.corpora.landmarks.policy import CENTRE, LandmarkSettings
from aubench.corpora.landmarks.sources import LandmarkFolders, LandmarkSource, named_source
from aubench.corpora.recording_files import RecordingFiles, RecordingKey
from aubench.errors import AubenchError
from aubench.frames import FloatArray
from aubench.media.sequence import FrameSequence


@dataclass(frozen=True)
class RecordingSettings(LandmarkSettings):
    """Options of the readers."""


@dataclass(frozen=True)
class CodedRecording:
    """A recording of one subject in one view.

    Attributes:
        session: The task, ``T1``.
        view: See `RawFrame.view`.
        stem: Its name in files (``F001_T1``).
        coded: (N, A + O) labels: intensities, then occurrences.
        sequence: The pictures of these N frames.
    """

    session: str
    view: int
    stem: str
    coded: CodedFrames
    sequence: FrameSequence


class RecordedCorpus(Corpus):
    """A corpus of recordings whose labels, pictures and landmarks are separate files.

    Attributes:
        optional: AUs whose column a file of occurrences may lack.
    """

    Settings = RecordingSettings
    rate = 25  # of BP4D, of which FERA 2015 and 2017 are made
    optional: ClassVar[frozenset[int]] = frozenset()
    settings: RecordingSettings

    def recordings(self, subject: str) -> Iterator[CodedRecording]:
        """Yield the recordings of a subject key, with their labels, always in the same order.

        Raises:
            AubenchError: On the first thing that is wrong, with file and line.
        """
        for key in self.keys(subject):
            yield from self.views(key)

    def keys(self, subject: str) -> list[RecordingKey]:
        """Return the keys of all recordings of a subject key, in order."""
        person = subject.removeprefix(f"{self.name}/")
        return [key for key in self.files.recordings if key[0] == person]

    @abstractmethod
    def views(self, key: RecordingKey) -> Iterator[CodedRecording]:
        """Yield a recording in each view, with its labels.

        Raises:
            AubenchError: On the first thing that is wrong, with file and line.
        """

    @property
    @abstractmethod
    def files(self) -> RecordingFiles:
        """The files under the source."""

    @cached_property
    def landmarks(self) -> LandmarkSource:
        """Where landmarks come from."""
        if self.settings.landmark_source != "corpus":
            return named_source(self.settings.landmark_source, self.settings.moved_landmarks)
        if not self.files.landmarks:
            raise AubenchError(
                "no folder of landmarks", mend="name one with --landmark-source", path=self.source
            )
        return LandmarkFolders(tuple(self.files.landmarks), self.settings.moved_landmarks)

    def examine(self, subject: str) -> int:
        """Read the labels, look for the pictures and for the landmarks of each recording."""
        count, bare = 0, []
        for recording in self.recordings(subject):
            recording.sequence.check()
            if self.settings.no_landmarks == "refuse" and not self.landmarks.has(recording.stem):
                bare.append(recording)
            count += len(recording.coded.frames)
        if bare:
            raise self._bare(bare)
        return count

    def frames(self, subject: str) -> Iterator[RawFrame]:
        """Yield every coded frame, recording by recording."""
        for recording in self.recordings(subject):
            recording.sequence.check()
            points, tracked = self._track(recording)
            split = len(self.aus)
            for row, picture in enumerate(recording.sequence.images()):
                yield RawFrame(
                    session=recording.session,
                    view=recording.view,
                    frame=int(recording.coded.frames[row]),
                    picture=picture,
                    landmarks=points[row],
                    labels=recording.coded.labels[row, :split],
                    tracked=bool(tracked[row]),
                    occurrence=recording.coded.labels[row, split:],
                )

    def notes(self) -> tuple[str, ...]:
        """Return how many labels are not coded, and what is special about the landmarks."""
        return (*self._not_coded(), *self.landmarks.notes())

    def _not_coded(self) -> Iterator[str]:
        """Yield how many frames of each column have no label, and which subjects are incomplete."""
        names = [f"intensity AU{au}" for au in self.aus]
        names += [f"occurrence AU{au}" for au in self.occurrence]
        missing, frames, broken = np.zeros(len(names), dtype=np.int64), 0, []
        for subject in self.subjects():
            try:
                labels = [recording.coded.labels for recording in self.recordings(subject)]
            except AubenchError:  # a subject that was left out with --subjects
                broken.append(subject)
                continue
            missing += sum(np.isnan(part).sum(axis=0) for part in labels)
            frames += sum(map(len, labels))
        counts = [f"{name} {n:,}" for name, n in zip(names, missing.tolist(), strict=True) if n]
        if counts:
            yield f"labels not coded, of {frames:,} frames: {', '.join(counts)}"
        if broken:
            yield f"not whole: {', '.join(broken)}"

    def _labels(self, key: RecordingKey, stem: str, intensity: str) -> CodedFrames:
        """Read all labels of a recording: intensities, then occurrences.

        Of a laboratory that holds occurrences only, or intensities only, the others are not coded.

        Args:
            key: Of the recording.
            stem: Name of the file of occurrences, without its ending.
            intensity: Name of the file of an AU's intensities: ``F001_T1_{}.csv``.
        """
        nothing = CodedFrames(np.empty(0, dtype=np.int64), np.empty((0, 1), dtype=np.float32))
        parts = [nothing] * len(self.aus)
        if self.files.intensity:
            paths = self.files.intensity.get(key, {})
            names = [intensity.format(column(au)) for au in self.aus]
            given = zip(self.aus, names, strict=True)
            parts = [read_intensity(self._there(paths.get(au), name, key)) for au, name in given]
        if not self.files.occurrence and self.files.intensity:
            return join([*parts, *[nothing] * len(self.occurrence)])
        path = self._there(self.files.occurrence.get(key), f"{stem}.csv", key)
        return join([*parts, read_occurrence(path, self.occurrence, self.optional)])

    def _there(self, path: Path | None, name: str, key: RecordingKey) -> Path:
        """Return ``path``; raise if it is None."""
        if path is None:
            raise AubenchError(
                f"no {name}",
                mend=f"put it back, or leave {key[0]} out with --subjects",
                path=self.source,
            )
        return path

    def _track(self, recording: CodedRecording) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
        """Return landmarks of every frame, (N, 68, 2), and which are the frame's own, (N,)."""
        width, height = recording.sequence.size()
        points = self.landmarks.find(recording.stem, recording.sequence)
        own = usable(points, width, height)
        if not own.any():
            if self.settings.no_landmarks == "refuse":
                raise self._bare([recording])
            return np.broadcast_to(centred(width, height), points.shape), own
        if not own.all() and self.settings.landmarks == "strict":
            lost = recording.coded.frames[~own]
            more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
            raise self._untracked(f"no usable landmarks of frame {lost[0]}{more}", recording)
        return fill(points, own), own

    def _bare(self, recordings: Sequence[CodedRecording]) -> AubenchError:
        """Return the error that no frame of ``recordings`` has landmarks."""
        stems = [recording.stem for recording in recordings]
        return AubenchError(
            f"no frame of {', '.join(stems)} has usable landmarks",
            mend=CENTRE,
            path=self.landmarks.where(stems[0]) or recordings[0].sequence.path,
        )

    def _untracked(self, what: str, recording: CodedRecording) -> AubenchError:
        return AubenchError(
            f"{what} of {recording.stem}",
            mend="put them there, or repeat with --landmarks interpolate",
            path=self.landmarks.where(recording.stem) or recording.sequence.path,
        )
