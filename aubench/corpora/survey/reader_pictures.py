"""Pictures of a recording from any reader, which gives them only together with its frames."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from aubench.corpora.corpus import Corpus
from aubench.frames import ImageArray


class ReaderPictures:
    """The pictures that a reader yields with its frames, for readers that offer nothing more.

    Args:
        corpus: The reader.
        subject: Subject key.
        places: Which of the subject's frames are of this recording, counted from 0, ascending.
    """

    def __init__(self, corpus: Corpus, subject: str, places: Sequence[int]) -> None:
        self.corpus, self.subject, self.places = corpus, subject, places

    @property
    def count(self) -> int:
        """How many pictures the reader yielded."""
        return len(self.places)

    def read(self, rows: Collection[int]) -> Iterator[tuple[int, ImageArray]]:
        """See `FrameSequence.read`; goes through the frames of the subject again."""
        wanted = {self.places[row]: row for row in sorted(set(rows))}
        for place, frame in enumerate(self.corpus.frames(self.subject)):
            if place in wanted:
                yield wanted.pop(place), frame.image
            if not wanted:
                return
