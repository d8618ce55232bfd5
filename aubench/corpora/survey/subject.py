"""The survey of one subject."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from aubench.action_units import MAX_INTENSITY
from aubench.corpora.corpus import Corpus
from aubench.corpora.survey.finding import Finding, Notebook
from aubench.corpora.survey.recording import SurveyedRecording
from aubench.corpora.survey.surveyor import Surveyor
from aubench.corpora.survey.suspicion import GRAVE, MEANING, ODD, Suspicion, ranges, suspicions
from aubench.corpora.survey.tally import Tally
from aubench.corpora.survey.tiles import Tile, draw_tiles
from aubench.errors import AubenchError
from aubench.frames import FloatArray


@dataclass(frozen=True)
class RecordingSummary:
    """Counts of one recording.

    Attributes:
        session: The corpus's own name of the recording.
        view: 0 where the corpus has one view only.
        rows: Label rows.
        pictures: Video frames or picture files.
        logged: Frames in the corpus's own error log.
        excused: Frames without usable landmarks that are known to have none in any copy.
        lost: Other frames without usable landmarks.
        odd: Frames whose landmarks somebody should look at.
        marks: Kind of file → digest of what is in it, by which copies are found.
    """

    session: str
    view: int
    rows: int
    pictures: int
    logged: int
    excused: int
    lost: int
    odd: int
    marks: dict[str, str]


@dataclass(frozen=True)
class SubjectSurvey:
    """Counts and findings of one subject.

    Attributes:
        subject: Subject key.
        recordings: In the reader's order.
        intensity: Labels of the corpus's intensity AUs.
        occurrence: Labels of its occurrence AUs.
        findings: What is wrong.
        tiles: Faces for the contact sheet.
    """

    subject: str
    recordings: tuple[RecordingSummary, ...]
    intensity: Tally
    occurrence: Tally
    findings: tuple[Finding, ...]
    tiles: tuple[Tile, ...] = field(repr=False)

    @property
    def rows(self) -> int:
        """Label rows."""
        return sum(each.rows for each in self.recordings)

    @property
    def usable(self) -> bool:
        """Whether ``aubench prepare`` would accept the subject."""
        faults = any(finding.weight == "fault" for finding in self.findings)
        return self.rows > 0 and not faults


@dataclass(frozen=True)
class Depth:
    """How closely to look.

    Attributes:
        tiles: Decode some pictures for a contact sheet.
        pictures: Decode every picture.
    """

    tiles: bool = False
    pictures: bool = False


def survey_subject(surveyor: Surveyor, subject: str, depth: Depth) -> SubjectSurvey:
    """Survey ``subject``."""
    corpus, notebook = surveyor.corpus, Notebook(subject)
    summaries, tiles = [], []
    drawn: Counter[Suspicion | None] = Counter()
    intensity, occurrence = tallies(corpus)
    for recording in surveyor.recordings(subject, notebook):
        doubts = suspicions(recording.landmarks, recording.frames, recording.sizes)
        _note_suspicions(recording, doubts, surveyor, notebook)
        intensity += Tally.of(recording.labels, corpus.aus, int(MAX_INTENSITY))
        occurrence += Tally.of(recording.occurrence, corpus.occurrence, 1)
        summaries.append(_summarise(recording, doubts, notebook))
        if depth.tiles:
            tiles += list(draw_tiles(recording, subject, doubts, drawn, notebook))
        if depth.pictures and recording.pictures is not None:
            with notebook.collect_faults():
                for _ in recording.pictures.read(range(recording.pictures.count)):
                    pass
    findings = tuple(dict.fromkeys(notebook.findings))  # a cut video is met more than once
    return SubjectSurvey(subject, tuple(summaries), intensity, occurrence, findings, tuple(tiles))


def tallies(corpus: Corpus) -> tuple[Tally, Tally]:
    """Return empty tallies of intensity and of occurrence."""
    intensity = np.empty((0, len(corpus.aus)), dtype=np.float32)
    occurrence = np.empty((0, len(corpus.occurrence)), dtype=np.float32)
    return (
        Tally.of(intensity, corpus.aus, int(MAX_INTENSITY)),
        Tally.of(occurrence, corpus.occurrence, 1),
    )


def _summarise(
    recording: SurveyedRecording, doubts: dict[Suspicion, np.ndarray], notebook: Notebook
) -> RecordingSummary:
    pictures = 0
    if recording.pictures is not None:
        with notebook.collect_faults():
            pictures = recording.pictures.count
    lost = np.logical_or.reduce([doubts[kind] for kind in GRAVE])
    odd = np.logical_or.reduce([doubts[kind] for kind in ODD])
    return RecordingSummary(
        session=recording.session,
        view=recording.view,
        rows=len(recording.frames),
        pictures=pictures,
        logged=int(recording.logged.sum()),
        excused=int((lost & recording.excused).sum()),
        lost=int((lost & ~recording.excused).sum()),
        odd=int((odd & ~recording.excused).sum()),
        marks=dict(_marks(recording)),
    )


def _note_suspicions(
    recording: SurveyedRecording,
    doubts: dict[Suspicion, np.ndarray],
    surveyor: Surveyor,
    notebook: Notebook,
) -> None:
    """Note suspicious landmarks, one finding per kind; frames that are excused are left out."""
    for kind, at in doubts.items():
        frames = recording.frames[at & ~recording.excused]
        if not len(frames):
            continue
        note = notebook.doubt if kind in ODD else notebook.gap
        mend = "look at them on the contact sheet of --html" if kind in ODD else surveyor.mend
        view = f" view {recording.view}" if recording.view else ""
        why = f" ({recording.why_lost})" if kind == "missing" and recording.why_lost else ""
        note(
            AubenchError(
                f"{MEANING[kind]}{why}: {recording.session}{view}, {ranges(frames)}",
                mend=mend,
                path=recording.landmark_files.get(int(frames[0]), recording.landmark_folder),
            )
        )


def _marks(recording: SurveyedRecording) -> Iterator[tuple[str, str]]:
    """Yield digests of labels and landmarks, unless they are the same in all frames."""
    contents = {
        "labels": np.concatenate([recording.labels, recording.occurrence], axis=1),
        "landmarks": recording.landmarks,
    }
    for kind, content in contents.items():
        if _varies(content):
            yield kind, hashlib.blake2b(content.tobytes(), digest_size=16).hexdigest()


def _varies(content: FloatArray) -> bool:
    return len(content) > 1 and not np.array_equal(content[1:], content[:-1], equal_nan=True)
