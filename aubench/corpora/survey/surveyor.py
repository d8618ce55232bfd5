"""How a survey gets at a corpus: by any reader, or by one that knows more of its own corpus."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

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
        with notebook.going_on():
            self.corpus.examine(subject)
            for place, frame in enumerate(self.corpus.frames(subject)):
                picture = np.broadcast_to(np.uint8(0), frame.image.shape)  # its size, no bytes
                bare = replace(frame, image=picture)
                frames.setdefault((frame.session, frame.view), []).append((place, bare))
        for found in frames.values():
            walk = Walk(self.corpus, subject, [place for place, _ in found])
            yield _recording([frame for _, frame in found], walk)


def _recording(frames: list[RawFrame], walk: Walk) -> Recording:
    """Frames of one session and view as one recording."""
    logged = np.array([frame.logged for frame in frames])
    return Recording(
        session=frames[0].session,
        view=frames[0].view,
        frames=np.array([frame.frame for frame in frames]),
        labels=np.stack([frame.labels for frame in frames]),
        occurrence=np.stack([frame.occurrence for frame in frames]),
        landmarks=np.stack([_own(frame) for frame in frames]),
        sizes=np.array([frame.image.shape[1::-1] for frame in frames], dtype=np.float32),
        logged=logged,
        excused=logged,
        footage=walk,
        rows=np.arange(len(frames)),
    )


def _own(frame: RawFrame) -> FloatArray:
    """A frame's landmarks, NaN where they are not its own."""
    return frame.landmarks if frame.tracked else np.full_like(frame.landmarks, np.nan)
