"""FERA 2017: BP4D's people in nine head poses, 10 AUs present or absent, 7 with intensity."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from aubench.corpora.fera2017 import facts
from aubench.corpora.fera2017.layout import Fera2017Files
from aubench.corpora.labels import CodedFrames
from aubench.corpora.recording_files import RecordingKey
from aubench.corpora.recordings import CodedRecording, RecordedCorpus
from aubench.errors import AubenchError
from aubench.media.sequence import VideoSequence, open_video


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
    summary = "FERA 2017: nine views, 10 AUs present or absent, intensity 0–5 of 7, videos"

    @cached_property
    def files(self) -> Fera2017Files:
        """The files under the source."""
        return Fera2017Files.find(self.source)

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

    def views(self, key: RecordingKey) -> Iterator[CodedRecording]:
        """See `RecordedCorpus.views`; one in every view that any task has."""
        stem = f"FERA17_{key[0].replace('/', '_')}_{key[1]}"
        coded = self._coded(key, stem)
        videos = self.files.videos.get(key, {})
        for view in self.files.views or facts.VIEWS:
            path = self._there(videos.get(view), f"{stem}_{view}.mp4", key)
            video = VideoSequence(path, coded.frames)
            yield CodedRecording(key[1], view, f"{stem}_{view}", coded, video)

    def _coded(self, key: RecordingKey, stem: str) -> CodedFrames:
        """Read the labels of a task; all NaN where they were never public."""
        hidden = key[0].split("/")[0] in facts.UNLABELLED
        if not hidden or key in self.files.occurrence or key in self.files.intensity:
            return self._labels(key, stem, f"{stem}_{{}}_Int.csv")
        path = self._there(next(iter(self.files.videos[key].values()), None), stem, key)
        with open_video(path) as video:
            frames = np.arange(1, video.count() + 1)
        width = len(self.aus) + len(self.occurrence)
        return CodedFrames(frames, np.full((len(frames), width), np.nan, dtype=np.float32))
