"""How a survey gets at a corpus: by any reader, or by one that knows more of its own corpus."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aubench.corpora.corpus import Corpus, RawFrame
from aubench.corpora.survey.finding import Notebook
from aubench.corpora.survey.pictures import Walk
from aubench.corpora.survey.recording import Expected, Recording
from aubench.frames import FloatArray


class Surveyor:
    """Tells what there is of a corpus, and notes what is wrong instead of stopping at it.

    This one needs nothing but the reader, so it decodes every picture and sees no further in a
    subject than its first mistake. A reader does better by a subclass (`Corpus.surveyor`). It
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
        """The keys of the subjects that are there, sorted; notes what is wrong with the folders."""
        with notebook.going_on():
            return self.corpus.subjects()
        return ()

    def recordings(self, subject: str, notebook: Notebook) -> Iterator[Recording]:
        """Every recording of a subject, as far as it can be read."""
        frames: dict[tuple[str, int], list[tuple[int, RawFrame]]] = {}
        sizes: dict[tuple[str, int], tuple[int, int]] = {}
        with notebook.going_on():
            self.corpus.examine(subject)
            for place, frame in enumerate(self.corpus.frames(subject)):
                key = frame.session, frame.view
                sizes.setdefault(key, (frame.image.shape[1], frame.image.shape[0]))
                frames.setdefault(key, []).append((place, _without_picture(frame)))
        for key, found in frames.items():
            walk = Walk(self.corpus, subject, [place for place, _ in found], sizes[key])
            yield _recording([frame for _, frame in found], walk)


def _without_picture(frame: RawFrame) -> RawFrame:
    from dataclasses import replace

    return replace(frame, image=np.empty((0, 0, 3), dtype=np.uint8))


def _recording(frames: list[RawFrame], walk: Walk) -> Recording:
    """Frames of one session and view as one recording."""
    first = frames[0]
    logged = np.array([frame.logged for frame in frames])
    return Recording(
        session=first.session,
        view=first.view,
        frames=np.array([frame.frame for frame in frames]),
        labels=np.stack([frame.labels for frame in frames]),
        occurrence=np.stack([frame.occurrence for frame in frames]),
        landmarks=np.stack([_own(frame) for frame in frames]),
        logged=logged,
        excused=logged,
        footage=walk,
        rows=np.arange(len(frames)),
    )


def _own(frame: RawFrame) -> FloatArray:
    """A frame's landmarks, NaN where they are not its own."""
    return frame.landmarks if frame.tracked else np.full_like(frame.landmarks, np.nan)
