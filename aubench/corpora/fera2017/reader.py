"""FERA 2017: BP4D's people in nine head poses, 10 AUs present or absent, 7 with intensity."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from aubench.corpora.fera2017 import facts
from aubench.corpora.fera2017.layout import Fera2017Files
from aubench.corpora.labels import CodedFrames, LabelFile, join, odd_one
from aubench.corpora.recording_files import RecordingKey
from aubench.corpora.recordings import CodedRecording, RecordedCorpus, RecordingSettings
from aubench.errors import AubenchError
from aubench.media.lengths import difference_note
from aubench.media.sequence import VideoSequence, open_video


@dataclass(frozen=True)
class Fera2017Settings(RecordingSettings):
    """Options of the reader.

    Attributes:
        frame_difference: How many frames a video may be shorter or longer than its labels. Row i
            of the labels is frame i all the same; labels or pictures at the end that have no
            partner are left out. 0 allows none. Doubt: where a video lacks a frame at its
            beginning instead, all of its labels are one frame off.
    """

    frame_difference: int = 0


class Fera2017(RecordedCorpus):
    """Reader of FERA 2017's videos and labels, of all partitions that a laboratory holds.

    Subject keys hold the partition, ``fera2017/TR/F001``; sessions are tasks, ``T1``. The labels of
    a task hold for its nine views, and row i of them for frame i of each video. Of the test
    partition, whose labels were never public, all labels are NaN.

    FERA 2017 came without landmarks: ``corpus`` stands for a folder that somebody called
    ``Landmarks`` beside its own.
    """

    name = "fera2017"
    aus = facts.AUS
    occurrence = facts.OCCURRENCE
    Settings = Fera2017Settings
    settings: Fera2017Settings
    summary = "FERA 2017: nine views, 10 AUs present or absent, intensity 0–5 of 7, videos"

    @cached_property
    def files(self) -> Fera2017Files:
        """The files under the source."""
        return Fera2017Files.find(self.source, self.left_out)

    def subjects(self) -> tuple[str, ...]:
        """Return the keys of all subjects of whom there are labels or videos, by partition."""
        people = dict.fromkeys(subject for subject, _ in self.files.recordings)
        if not people:
            raise AubenchError(
                "no video FERA17_TR_F001_T1_6.mp4 and its like",
                mend="name the folder that holds the videos and the labels",
                path=self.source,
            )
        return tuple(f"{self.name}/{person}" for person in people)

    def notes(self) -> tuple[str, ...]:
        """Return which partitions, views and labels are missing."""
        there = {subject.split("/")[0] for subject, _ in self.files.recordings}
        notes = [
            f"the {name} partition is not there"
            for partition, name in facts.PARTITIONS.items()
            if partition not in there
        ]
        lacking = [str(view) for view in facts.VIEWS if view not in self.files.views]
        if lacking:
            notes.append(f"{len(lacking)} of the nine views are not there: {', '.join(lacking)}")
        return (*notes, *super().notes())

    def stems(self, key: RecordingKey) -> list[str]:
        """See `RecordedCorpus.stems`."""
        return [f"{_stem(key)}_{view}" for view in self._numbers()]

    def views(self, key: RecordingKey) -> Iterator[CodedRecording]:
        """See `RecordedCorpus.views`; one in every view that any task has."""
        files, videos = self._files(key), self.files.videos.get(key, {})
        coded = join([file.coded for file in files]) if files else self._hidden(key)
        for view, stem in zip(self._numbers(), self.stems(key), strict=True):
            path = self._there(videos.get(view), f"{stem}.mp4", key)
            shown, video = self._fitted(coded, path)
            if files and (odd := odd_one(files, ends=True)) and video.shown() != len(coded.frames):
                raise odd
            note = difference_note(stem, video.length, len(coded.frames))
            yield CodedRecording(key[1], view, stem, shown, video, note)

    def _numbers(self) -> Sequence[int]:
        """The views that there are."""
        return self.files.views or facts.VIEWS

    def _fitted(self, coded: CodedFrames, path: Path) -> tuple[CodedFrames, VideoSequence]:
        """Return the labels that have a picture in the video, and their pictures."""
        video = VideoSequence(path, coded.frames)
        allowed = self.settings.frame_difference
        more = video.shown() - video.length if allowed else 0
        if not 0 < abs(more) <= allowed:
            return coded, video
        if more > 0:
            return coded, VideoSequence(path, coded.frames, more)
        kept = CodedFrames(coded.frames[:more], coded.labels[:more])
        return kept, VideoSequence(path, kept.frames)

    def _files(self, key: RecordingKey) -> list[LabelFile]:
        """Read the label files of a task; none where they were never public.

        All of them begin with one number, that of the first frame of the videos: of a file that
        begins with another, nothing tells whether it lacks frames or counts otherwise.
        """
        stem, hidden = _stem(key), key[0].split("/")[0] in facts.UNLABELLED
        if hidden and key not in self.files.occurrence and key not in self.files.intensity:
            return []
        files = self._labels(key, stem, f"{stem}_{{}}_Int.csv")
        if odd := odd_one(files, ends=False):
            raise odd
        return files

    def _hidden(self, key: RecordingKey) -> CodedFrames:
        """Return NaN for every frame of the first video of a task."""
        path = self._there(next(iter(self.files.videos[key].values()), None), _stem(key), key)
        with open_video(path) as video:
            frames = np.arange(1, video.count() + 1)
        width = len(self.aus) + len(self.occurrence)
        return CodedFrames(frames, np.full((len(frames), width), np.nan, dtype=np.float32))


def _stem(key: RecordingKey) -> str:
    """Return the name of a recording in files of labels."""
    return f"FERA17_{key[0].replace('/', '_')}_{key[1]}"
