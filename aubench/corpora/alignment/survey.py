"""The survey of face-alignment corpora, one face at a time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aubench.corpora.alignment.base import AlignmentCorpus
from aubench.corpora.survey.finding import Notebook
from aubench.corpora.survey.recording import SurveyedRecording
from aubench.corpora.survey.surveyor import Surveyor
from aubench.errors import AubenchError
from aubench.media.sequence import ImageSequence
from aubench.media.stills import still_size


class AlignmentSurveyor(Surveyor):
    """Surveys every face, where a reader stops at the first error; a face counts as a recording."""

    corpus: AlignmentCorpus

    def layout(self, notebook: Notebook) -> tuple[str, ...]:
        """See `Surveyor.layout`; pictures without points are noted once, here."""
        keys = super().layout(notebook)
        for note in self.corpus.notes():
            mend = "put the files back, or leave these pictures out"
            notebook.gap(AubenchError(note, mend=mend, path=self.corpus.source))
        return keys

    def recordings(self, subject: str, notebook: Notebook) -> Iterator[SurveyedRecording]:
        """Yield every face; of its picture only the size is read."""
        nothing = np.zeros(1, dtype=np.bool_)
        for face in self.corpus.faces[subject]:
            frames, folder = np.array([face.frame]), face.picture.parent
            points = np.full((1, 68, 2), np.nan, dtype=np.float32)
            sizes = np.full((1, 2), np.nan, dtype=np.float32)
            known = False
            with notebook.collect_faults():
                sizes[:] = still_size(face.picture)
            with notebook.collect_faults():
                points[0], known = self.corpus.read_points(face), True
            yield SurveyedRecording(
                session=face.session,
                view=0,
                frames=frames,
                labels=np.empty((1, 0), dtype=np.float32),
                occurrence=np.empty((1, 0), dtype=np.float32),
                landmarks=points,
                sizes=sizes,
                logged=nothing,
                excused=nothing if known else ~nothing,
                pictures=ImageSequence(folder, {face.frame: face.picture}, frames),
                rows=np.where(np.isfinite(sizes[:, 0]), 0, -1),
                landmark_files={face.frame: face.points},
            )
