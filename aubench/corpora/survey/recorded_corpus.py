"""The survey of BP4D, FERA 2015 and FERA 2017, one recording at a time."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from aubench.corpora.landmarks.interpolate import usable
from aubench.corpora.landmarks.sources import LandmarkSource
from aubench.corpora.recordings import CodedRecording, RecordedCorpus
from aubench.corpora.survey.finding import Notebook
from aubench.corpora.survey.recording import SurveyedRecording
from aubench.corpora.survey.surveyor import Surveyor, note_bare
from aubench.errors import AubenchError


class RecordedSurveyor(Surveyor):
    """Surveys every recording, where a reader stops at the first error."""

    mend = "put the landmarks there, or prepare with --landmarks interpolate"
    corpus: RecordedCorpus

    def layout(self, notebook: Notebook) -> tuple[str, ...]:
        """See `Surveyor.layout`; a corpus without any landmarks is noted once, here."""
        keys = super().layout(notebook)
        if keys:
            with notebook.collect_faults():
                _ = self.corpus.landmarks
        return keys

    @cached_property
    def landmarks(self) -> LandmarkSource | None:
        """Where landmarks come from, if there are any."""
        try:
            return self.corpus.landmarks
        except AubenchError:
            return None

    def recordings(self, subject: str, notebook: Notebook) -> Iterator[SurveyedRecording]:
        """Yield every recording in every view, as far as each can be read."""
        for key in self.corpus.keys(subject):
            with notebook.collect_faults():
                for read in self.corpus.views(key):
                    yield self._recording(read, notebook)

    def _recording(self, read: CodedRecording, notebook: Notebook) -> SurveyedRecording:
        frames, split = read.coded.frames, len(self.corpus.aus)
        points = np.full((len(frames), 68, 2), np.nan, dtype=np.float32)
        sizes = np.full((len(frames), 2), np.nan, dtype=np.float32)
        with notebook.collect_faults():
            read.sequence.check()
        with notebook.collect_faults():
            sizes[:] = read.sequence.size()
        if read.note:
            mend = "make sure that it lacks nothing at its beginning"
            notebook.doubt(AubenchError(read.note, mend=mend, path=read.sequence.path))
        bare = self.landmarks is None
        if self.landmarks is not None:
            with notebook.collect_faults():
                points = self.landmarks.find(read.stem, read.sequence)
                edge = np.nan_to_num(sizes[0], nan=np.inf).tolist()  # of a size that is not known
                bare = not usable(points, *edge).any()
                if bare:
                    where = self.landmarks.where(read.stem) or read.sequence.path
                    note_bare(read.stem, where, self.corpus.settings, notebook)
        pictures, rows = None, np.full(len(frames), -1)
        with notebook.collect_faults():
            rows, pictures = read.sequence.rows, read.sequence
        nothing = np.zeros(len(frames), dtype=np.bool_)
        return SurveyedRecording(
            session=read.session,
            view=read.view,
            frames=frames,
            labels=read.coded.labels[:, :split],
            occurrence=read.coded.labels[:, split:],
            landmarks=points,
            sizes=sizes,
            logged=nothing,
            excused=nothing | bare,
            pictures=pictures,
            rows=rows,
            landmark_folder=self.landmarks.where(read.stem) if self.landmarks else None,
            why_lost=self.landmarks.why(read.stem) if self.landmarks else "",
        )
