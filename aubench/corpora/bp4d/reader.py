"""BP4D: 41 people in eight tasks, 12 Action Units coded present or absent, 5 with intensity."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from aubench.corpora.bp4d import facts
from aubench.corpora.bp4d.layout import Bp4dFiles
from aubench.corpora.labels import CodedFrames, join
from aubench.corpora.recording_files import RecordingKey
from aubench.corpora.recordings import CodedRecording, RecordedCorpus, RecordingSettings
from aubench.errors import AubenchError
from aubench.media.numbered import find_images
from aubench.media.sequence import ImageSequence


@dataclass(frozen=True)
class Bp4dSettings(RecordingSettings):
    """Options of the reader.

    Attributes:
        picture_offset: Number of a picture minus number of its frame in the label files: 0 in
            BP4D and FERA 2015; −1 where pictures are counted from 0, as in BP4D+.
    """

    picture_offset: int = 0


class Bp4d(RecordedCorpus):
    """Reader of BP4D's own folders, in every variant that laboratories are known to have.

    Every frame that has a row in a label file is given. Labels, pictures and landmarks are joined
    by number, never by position. Sessions are tasks, ``T1`` to ``T8``.

    BP4D+ is not read: its F001 is another person than BP4D's.
    """

    name = "bp4d"
    aus = facts.AUS
    occurrence = facts.OCCURRENCE
    Settings = Bp4dSettings
    summary = "BP4D: 41 subjects, 12 AUs present or absent, intensity 0–5 of 5, pictures"
    settings: Bp4dSettings

    @cached_property
    def files(self) -> Bp4dFiles:
        """The files under the source."""
        return Bp4dFiles.find(self.source, self.left_out)

    def subjects(self) -> tuple[str, ...]:
        """Return the keys of all subjects of whom there are labels or pictures."""
        people = dict.fromkeys(subject for subject, _ in self.files.recordings)
        if not people:
            raise AubenchError(
                "no F001_T1.csv of labels and no pictures in F001/T1",
                mend="name the folder that holds both",
                path=self.source,
            )
        for person in people:
            if person not in facts.SUBJECTS:
                raise AubenchError(
                    f"{person} is not of BP4D",
                    mend="take BP4D+ and others out: their F001 is another person",
                    path=self.source,
                )
        return tuple(f"{self.name}/{person}" for person in people)

    def notes(self) -> tuple[str, ...]:
        """Return which subjects, recordings and labels are missing."""
        there = self.files.recordings
        people = {person for person, _ in there}
        lacking = [person for person in facts.SUBJECTS if person not in people]
        notes = []
        if lacking:
            notes.append(
                f"{len(lacking)} of BP4D's 41 subjects are not there: {', '.join(lacking)}"
            )
        gaps = [f"{p} {t}" for p in sorted(people) for t in facts.TASKS if (p, t) not in there]
        if gaps:
            notes.append(f"{len(gaps)} recordings are not there: {', '.join(gaps)}")
        return (*notes, *super().notes())

    def stems(self, key: RecordingKey) -> list[str]:
        """See `RecordedCorpus.stems`."""
        return ["_".join(key)]

    def views(self, key: RecordingKey) -> Iterator[CodedRecording]:
        """See `RecordedCorpus.views`; there is one."""
        (stem,) = self.stems(key)
        files = self._labels(key, stem, f"{stem}_{{}}.csv")
        coded = join([file.coded for file in files])
        yield CodedRecording(key[1], 0, stem, coded, self._pictures(key, coded))

    def _pictures(self, key: RecordingKey, coded: CodedFrames) -> ImageSequence:
        """The pictures of all coded frames."""
        folder = self._there(self.files.pictures.get(key), f"{key[0]}/{key[1]}/", key)
        offset = self.settings.picture_offset
        return ImageSequence(folder, find_images(folder), coded.frames, offset)
