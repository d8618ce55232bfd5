"""Surveyors: what a survey reads a corpus with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from aubench.corpora.corpus import Corpus, RawFrame
from aubench.corpora.landmarks.policy import CENTRE, LandmarkSettings
from aubench.corpora.survey.finding import Notebook
from aubench.corpora.survey.reader_pictures import ReaderPictures
from aubench.corpora.survey.recording import Expected, SurveyedRecording
from aubench.errors import AubenchError
from aubench.frames import FloatArray
from aubench.registry import find, plugins


class Surveyor:
    """Reads what there is of a corpus, and notes errors instead of stopping at them.

    This one needs nothing but the reader, so it decodes every picture and sees no further in a
    subject than its first mistake. A subclass that knows its corpus does better. It
    travels to worker processes with its corpus.

    Attributes:
        mend: What to do about landmarks that are missing or cannot be meant.
    """

    mend = "put back the corpus's own files"

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus

    @property
    def expected(self) -> Expected:
        """What a whole copy holds, by the corpus's publication."""
        return Expected()

    def layout(self, notebook: Notebook) -> tuple[str, ...]:
        """Return the keys of the subjects, sorted; note what is wrong with folders."""
        with notebook.collect_faults():
            return self.corpus.subjects()
        return ()

    def recordings(self, subject: str, notebook: Notebook) -> Iterator[SurveyedRecording]:
        """Yield every recording of a subject, as far as it can be read."""
        found: dict[tuple[str, int], _Rows] = {}
        with notebook.collect_faults():
            self.corpus.examine(subject)
            for place, frame in enumerate(self.corpus.frames(subject)):
                found.setdefault((frame.session, frame.view), _Rows()).add(place, frame)
        for (session, view), rows in found.items():
            yield rows.recording(session, view, ReaderPictures(self.corpus, subject, rows.places))


def note_bare(recording: str, path: Path, settings: LandmarkSettings, notebook: Notebook) -> None:
    """Note that no frame of a recording has usable landmarks."""
    note = notebook.fault if settings.no_landmarks == "refuse" else notebook.gap
    what = f"no frame of {recording} has usable landmarks"
    note(AubenchError(what, mend=CENTRE, path=path))


def surveyor_of(corpus: Corpus) -> Surveyor:
    """Return the surveyor installed under the corpus's name, or one that works for every reader.

    Surveyors are named in the entry-point group ``aubench.surveyors``.
    """
    kind = find("surveyors", corpus.name) if corpus.name in plugins("surveyors") else Surveyor
    surveyor: Surveyor = kind(corpus)
    return surveyor


@dataclass
class _Rows:
    """Frames of one session and view, without their pictures."""

    places: list[int] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    labels: list[FloatArray] = field(default_factory=list)
    occurrence: list[FloatArray] = field(default_factory=list)
    landmarks: list[FloatArray] = field(default_factory=list)
    sizes: list[tuple[int, int]] = field(default_factory=list)
    logged: list[bool] = field(default_factory=list)

    def add(self, place: int, frame: RawFrame) -> None:
        """Add ``frame``, which is number ``place`` of its subject; its picture is decoded."""
        self.places.append(place)
        self.numbers.append(frame.frame)
        self.labels.append(frame.labels)
        self.occurrence.append(frame.occurrence)
        own = frame.landmarks if frame.tracked else np.full_like(frame.landmarks, np.nan)
        self.landmarks.append(own)
        self.sizes.append((frame.image.shape[1], frame.image.shape[0]))
        self.logged.append(frame.logged)

    def recording(self, session: str, view: int, pictures: ReaderPictures) -> SurveyedRecording:
        """Return all rows as a recording."""
        logged = np.array(self.logged)
        return SurveyedRecording(
            session=session,
            view=view,
            frames=np.array(self.numbers),
            labels=np.stack(self.labels),
            occurrence=np.stack(self.occurrence),
            landmarks=np.stack(self.landmarks),
            sizes=np.array(self.sizes, dtype=np.float32),
            logged=logged,
            excused=logged,
            pictures=pictures,
            rows=np.arange(len(self.numbers)),
        )
