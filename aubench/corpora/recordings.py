"""Base of the readers of BP4D, FERA 2015 and FERA 2017: subjects in coded recordings."""

from __future__ import annotations

import hashlib
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
from aubench.corpora.labels import MISSING, CodedFrames, LabelFile, read_intensity, read_occurrence
from aubench.corpora.landmarks.interpolate import centred, fill, usable
from aubench.corpora.landmarks.policy import CENTRE, LandmarkSettings
from aubench.corpora.landmarks.sources import LandmarkFolders, LandmarkSource, named_source
from aubench.corpora.recording_files import RecordingFiles, RecordingKey
from aubench.errors import AubenchError
from aubench.frames import FloatArray
from aubench.media.sequence import FrameSequence


@dataclass(frozen=True)
class RecordingSettings(LandmarkSettings):
    """Options of the readers.

    Attributes:
        leave_out: Folders under the source that are not searched, by name or by path, with commas
            between: copies, other versions.
    """

    leave_out: str = ""


@dataclass(frozen=True)
class CodedRecording:
    """A recording of one subject in one view.

    Attributes:
        session: The task, ``T1``.
        view: See `RawFrame.view`.
        stem: Its name in files (``F001_T1``).
        coded: (N, A + O) labels: intensities, then occurrences.
        sequence: The pictures of these N frames.
        note: What a user of the pack must know about it; empty if nothing.
    """

    session: str
    view: int
    stem: str
    coded: CodedFrames
    sequence: FrameSequence
    note: str = ""


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

    @abstractmethod
    def stems(self, key: RecordingKey) -> list[str]:
        """Return the name of a recording in files of landmarks, in each view."""

    @property
    @abstractmethod
    def files(self) -> RecordingFiles:
        """The files under the source."""

    @property
    def left_out(self) -> tuple[str, ...]:
        """Folders under the source that are not searched."""
        names = (name.strip().strip("/") for name in self.settings.leave_out.split(","))
        return tuple(filter(None, names))

    @cached_property
    def landmarks(self) -> LandmarkSource:
        """Where landmarks come from."""
        if self.settings.landmark_source != "corpus":
            source = named_source(self.settings.landmark_source, self.settings.moved_landmarks)
        elif self.files.landmarks:
            source = LandmarkFolders(tuple(self.files.landmarks), self.settings.moved_landmarks)
        else:
            raise AubenchError(
                "no folder of landmarks", mend="name one with --landmark-source", path=self.source
            )
        if isinstance(source, LandmarkFolders):
            keys = self.files.recordings
            source.refuse_strangers(stem for key in keys for stem in self.stems(key))
        return source

    def examine(self, subject: str) -> int:
        """Read the labels, look for the pictures, and count the landmarks of each recording.

        A detector finds landmarks only in pictures, so that those are not counted.
        """
        count, bare, lost = 0, list[CodedRecording](), list[CodedRecording]()
        for recording in self.recordings(subject):
            recording.sequence.check()
            count += len(recording.coded.frames)
            own = self._found(recording)[1] if self.landmarks.quick else np.ones(1, dtype=np.bool_)
            bare += [] if own.any() else [recording]
            lost += [] if own.all() or not own.any() else [recording]
        if bare and self.settings.no_landmarks == "refuse":
            raise self._bare(bare)
        if lost and self.settings.landmarks == "strict":
            raise self._untracked(lost)
        return count

    def inputs(self, subject: str) -> dict[str, str]:
        """See `Corpus.inputs`; landmarks only where they are read from files."""
        labels, landmarks = hashlib.sha256(), hashlib.sha256()
        for recording in self.recordings(subject):
            codes = np.nan_to_num(recording.coded.labels, nan=MISSING).astype(np.int8)
            labels.update(f"{recording.stem} {codes.shape}\n".encode())
            labels.update(recording.coded.frames.astype("<i8").tobytes() + codes.tobytes())
            landmarks.update(f"{self.landmarks.digest(recording.stem)}\n".encode())
        found = {"labels": labels.hexdigest()}
        return found | ({"landmarks": landmarks.hexdigest()} if self.landmarks.quick else {})

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
        """Return what is not coded, left out or special about the landmarks."""
        return (*self._not_coded(), *self.landmarks.notes())

    def _not_coded(self) -> Iterator[str]:
        """Yield how many frames of each column have no label, and what recordings say."""
        names = [f"intensity AU{au}" for au in self.aus]
        names += [f"occurrence AU{au}" for au in self.occurrence]
        missing, frames = np.zeros(len(names), dtype=np.int64), 0
        broken, said = list[str](), list[str]()
        for subject in self.subjects():
            try:
                recordings = list(self.recordings(subject))
            except AubenchError:  # a subject that was left out with --subjects
                broken.append(subject)
                continue
            for recording in recordings:
                missing += np.isnan(recording.coded.labels).sum(axis=0)
                frames += len(recording.coded.labels)
            said += [recording.note for recording in recordings if recording.note]
        counts = [f"{name} {n:,}" for name, n in zip(names, missing.tolist(), strict=True) if n]
        if counts:
            yield f"labels not coded, of {frames:,} frames: {', '.join(counts)}"
        yield from said
        if broken:
            yield f"not whole: {', '.join(broken)}"

    def _labels(self, key: RecordingKey, stem: str, intensity: str) -> list[LabelFile]:
        """Read all labels of a recording: intensities, then occurrences.

        Of a laboratory that holds occurrences only, or intensities only, the others are not coded.

        Args:
            key: Of the recording.
            stem: Name of the file of occurrences, without its ending.
            intensity: Name of the file of an AU's intensities: ``F001_T1_{}.csv``.
        """
        read = [LabelFile.without(1)] * len(self.aus)
        if self.files.intensity:
            paths = self.files.intensity.get(key, {})
            given = [
                self._there(paths.get(au), intensity.format(column(au)), key) for au in self.aus
            ]
            read = [LabelFile(path, read_intensity(path)) for path in given]
        if not self.files.occurrence and self.files.intensity:
            return [*read, LabelFile.without(len(self.occurrence))]
        path = self._there(self.files.occurrence.get(key), f"{stem}.csv", key)
        return [*read, LabelFile(path, read_occurrence(path, self.occurrence, self.optional))]

    def _there(self, path: Path | None, name: str, key: RecordingKey) -> Path:
        """Return ``path``; raise if it is None."""
        if path is None:
            raise AubenchError(
                f"no {name}",
                mend=f"put it back, or leave {key[0]} out with --subjects",
                path=self.source,
            )
        return path

    def _found(self, recording: CodedRecording) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
        """Return landmarks as the source has them, (N, 68, 2), and which can be used, (N,)."""
        points = self.landmarks.find(recording.stem, recording.sequence)
        return points, usable(points, *recording.sequence.size())

    def _track(self, recording: CodedRecording) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
        """Return landmarks of every frame, (N, 68, 2), and which are the frame's own, (N,)."""
        points, own = self._found(recording)
        if not own.any():
            if self.settings.no_landmarks == "refuse":
                raise self._bare([recording])
            return np.broadcast_to(centred(*recording.sequence.size()), points.shape), own
        if not own.all() and self.settings.landmarks == "strict":
            raise self._untracked([recording])
        return fill(points, own), own

    def _bare(self, bare: Sequence[CodedRecording]) -> AubenchError:
        """Return the error that no frame of some recordings has landmarks."""
        stems = [recording.stem for recording in bare]
        return AubenchError(
            f"no frame of {', '.join(stems)} has usable landmarks{self._why(stems[0])}",
            mend=CENTRE,
            path=self.landmarks.where(stems[0]) or bare[0].sequence.path,
        )

    def _untracked(self, lost: Sequence[CodedRecording]) -> AubenchError:
        """Return the error that frames of some recordings have no usable landmarks."""
        first = lost[0]
        frames = [each.coded.frames[~self._found(each)[1]] for each in lost]
        more = sum(map(len, frames)) - 1
        return AubenchError(
            f"no usable landmarks{self._why(first.stem)} of frame {frames[0][0]}"
            f"{f' and {more} more' * bool(more)} of {first.stem}"
            f"{f' and {len(lost) - 1} more recordings' * (len(lost) > 1)}",
            mend="put them there, or repeat with --landmarks interpolate",
            path=self.landmarks.where(first.stem) or first.sequence.path,
        )

    def _why(self, stem: str) -> str:
        """Return what the source says of faces that it lost, in brackets; empty if nothing."""
        why = self.landmarks.why(stem)
        return f" ({why})" if why else ""
