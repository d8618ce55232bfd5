"""The first and last frame of every recording: what the corpus has, and what files give."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from aubench.errors import AubenchError
from aubench.evaluation.align import counted
from aubench.importers.videos import Video

_VIDEO = ["subject", "session", "view"]


@dataclass
class Extent:
    """The frames of a recording that a file covers.

    Attributes:
        path: The file, or the first of several.
        first: Its lowest frame, as the corpus counts.
        last: Its highest frame.
        rows: Its number of rows.
    """

    path: Path
    first: int
    last: int
    rows: int


class Extents:
    """The frames of every recording that was read.

    Args:
        index: Every frame of the pack, with the columns of `aubench.frames.KEY`.
        expected: The frames that the protocol tests.
    """

    def __init__(self, index: pd.DataFrame, expected: pd.DataFrame) -> None:
        self._corpus, self._tested = _spans(index), _spans(expected)
        self.found: dict[Video, Extent] = {}

    def add(self, keys: pd.DataFrame, path: Path, whole: bool) -> set[Video]:
        """Note the frames of a batch of rows, and return their recordings.

        Args:
            keys: N rows with the columns of `aubench.frames.KEY`.
            path: Their file.
            whole: True if a file holds all that there is of a recording.

        Raises:
            AubenchError: If another such file is about one of these recordings.
        """
        spans = _spans(keys)
        for video, (first, last, rows) in spans.items():
            known = self.found.setdefault(video, Extent(path, first, last, 0))
            if whole and known.path != path:
                raise AubenchError(
                    f"about the same recording as {known.path}", mend="keep one", path=path
                )
            known.first, known.last = min(first, known.first), max(last, known.last)
            known.rows += rows
        return set(spans)

    def refuse_strange(self) -> None:
        """Raise if a recording is tested, and what was read lies outside of its tested frames."""
        for video, found in self.found.items():
            first, last, _ = self._tested.get(video, (found.first, found.last, 0))
            if found.last < first or found.first > last:
                raise AubenchError(
                    f"none of its {found.rows:,} rows is one of the tested frames {first}–{last} "
                    f"of {video[0]} {video[1]}",
                    mend="number the frames as the corpus does",
                    path=found.path,
                )

    def refuse_shifted(self) -> None:
        """Raise if a recording begins and ends one frame beside where the corpus has it."""
        for video, found in self.found.items():
            if self._beside(video) in ((1, 1), (-1, -1)):
                first, last, _ = self._corpus[video]
                raise AubenchError(
                    f"frames {found.first}–{found.last} of {video[0]} {video[1]}, which has "
                    f"{first}–{last}: one frame off",
                    mend="say with --first-frame whether the file counts from 0 or 1",
                    path=found.path,
                )

    def remarks(self) -> list[str]:
        """A line about recordings that may be one frame off."""
        lines = []
        beside = [v for v in self.found if self._beside(v) in ((1, 1), (-1, -1))]
        uneven = [v for v in self.found if sum(map(abs, self._beside(v))) == 1]
        if beside:
            lines.append(f"{self._named(beside)}: ONE FRAME OFF?")
        if uneven:
            lines.append(f"{self._named(uneven)}: one frame more or fewer, so perhaps one off")
        return lines

    def _beside(self, video: Video) -> tuple[int, int]:
        """Frames between the first of the file and of the corpus, and between their last ones."""
        if video not in self._corpus:
            return 0, 0
        found, (first, last, _) = self.found[video], self._corpus[video]
        return found.first - first, found.last - last

    def _named(self, videos: list[Video]) -> str:
        """``3 recordings (disfa/SN001 left has 1–31, the corpus 1–30; …)``."""
        video, found = videos[0], self.found[videos[0]]
        first, last, _ = self._corpus[video]
        more = "; …" if len(videos) > 1 else ""
        return (
            f"{counted(len(videos), 'recording')} ({video[0]} {video[1]} has "
            f"{found.first}–{found.last}, the corpus {first}–{last}{more})"
        )


def _spans(frames: pd.DataFrame) -> dict[Video, tuple[int, int, int]]:
    """Recording → its first frame, its last frame and its number of rows."""
    groups = frames.groupby(_VIDEO, observed=True, sort=False)["frame"]
    spans = groups.agg(["min", "max", "size"])
    return {
        (subject, session, view): (int(first), int(last), int(rows))
        for (subject, session, view), first, last, rows in spans.itertuples()
    }
