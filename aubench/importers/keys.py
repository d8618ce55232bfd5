"""Which frame of which recording a row of another tool's file is about."""

from __future__ import annotations

from pathlib import Path, PurePath

import numpy as np
import numpy.typing as npt
import pandas as pd

from aubench.errors import AubenchError
from aubench.evaluation.align import BatchSource
from aubench.frames import IntArray
from aubench.importers.extents import Extents
from aubench.importers.pictures import is_picture, picture_number
from aubench.importers.tool import FileColumns, Tool
from aubench.importers.videos import Video, Videos, spelled

_LAST = 1e9
"""Frame numbers are below this."""


class RowKeys:
    """The keys of rows: from their columns, the names of videos or pictures, or the file's name.

    Args:
        tool: The tool that wrote the files.
        index: Every frame of the pack, with the columns of `aubench.frames.KEY`.
        first_frame: The number that the files give to a recording's first frame, if the user says.
    """

    def __init__(self, tool: Tool, index: pd.DataFrame, first_frame: int | None) -> None:
        self._tool, self._first_frame = tool, first_frame
        self.videos = Videos(index)
        self._base = 0 if (index["frame"] == 0).any() else 1
        self._guessed = False  # whether numbers were taken to count as the corpus does

    def __call__(
        self, batch: pd.DataFrame, layout: FileColumns, name: PurePath, source: BatchSource
    ) -> tuple[pd.DataFrame, bool]:
        """The key columns (and ``fold``) of a batch; True if pictures' names number its frames.

        Args:
            batch: N rows of a file.
            layout: Which of its columns is what.
            name: The file, from the folder that was given.
            source: Where the rows come from.
        """
        parts, pictured = layout.parts, False
        if "subject" in parts:
            keys = self._of_subjects(batch, layout)
        else:
            names, codes = [name], np.zeros(len(batch), dtype=np.int64)
            if "video" in parts:
                codes, texts = pd.factorize(batch[parts["video"]].fillna(""))
                names = [PurePath(str(text).strip().replace("\\", "/")) for text in texts]
                pictured = self._pictures(names, source)
            else:
                pictured = "frame" not in parts
            numbers: list[int] = []
            if pictured:
                names, numbers = self._numbered(names, layout, codes, source)
            found = {each: self.videos.named(each, source.path) for each in set(names)}
            keys = self._of_videos([found[each] for each in names], codes)
        if pictured:
            keys["frame"] = self._counted(np.array(numbers)[codes], None, source)
        else:
            keys["frame"] = self._frames(batch, layout, source)
        if "fold" in parts:
            keys["fold"] = batch[parts["fold"]].astype(str).to_numpy()
        return keys, pictured

    @staticmethod
    def _pictures(names: list[PurePath], source: BatchSource) -> bool:
        """True if all are names of pictures, False if none is."""
        kinds = set(map(is_picture, names))
        if len(kinds) > 1:
            raise AubenchError("pictures and videos", mend="give a file of each", path=source.path)
        return kinds == {True}

    def _numbered(
        self,
        names: list[PurePath],
        layout: FileColumns,
        codes: npt.NDArray[np.integer],
        source: BatchSource,
    ) -> tuple[list[PurePath], list[int]]:
        """The names of pictures without their numbers, and the numbers."""
        if "video" not in layout.parts and "score" not in layout.parts and len(codes) > 1:
            raise source.error(
                "several rows without a frame number",
                "name its column (--columns frame=NAME)",
                1,
            )
        try:
            found = [picture_number(name) for name in names]
        except AubenchError as error:
            raise AubenchError(error.what, mend=error.mend, path=source.path) from error
        return [name for name, _ in found], [number for _, number in found]

    def _frames(self, batch: pd.DataFrame, layout: FileColumns, source: BatchSource) -> IntArray:
        """(N,) frame numbers of the frame column, as the corpus counts them."""
        if "frame" not in layout.parts:
            raise source.error(
                f"no column {' or '.join(self._tool.frame)}",
                "name the column of the frame number: --columns frame=NAME",
                0,
            )
        column = batch[layout.parts["frame"]]
        numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64)
        wrong = np.flatnonzero(~(np.abs(numbers) < _LAST) | (numbers != np.round(numbers)))
        if wrong.size:
            row = int(wrong[0])
            raise source.error(
                f"frame number {column.iloc[row]}", "give whole numbers in that column", row
            )
        return self._counted(numbers.astype(np.int64), self._tool.first_frame, source)

    def _counted(self, numbers: IntArray, first: int | None, source: BatchSource) -> IntArray:
        """(N,) frame numbers as the corpus counts, from numbers that begin at ``first``.

        None means that nothing says where they begin: as the corpus, or as the user says.
        """
        who = "the corpus" if first is None else self._tool.title
        if self._first_frame is not None:
            first = self._first_frame
        elif (numbers == 0).any() and (self._base if first is None else first) == 1:
            raise self._shifted(0, who, source.path)
        self._guessed |= first is None
        return numbers if first is None else numbers + self._base - first

    @staticmethod
    def _shifted(first: int, who: str, path: Path | None) -> AubenchError:
        return AubenchError(
            f"frames numbered from {first}, where {who} counts from {1 - first}",
            mend=f"say --first-frame {first} to shift them, "
            f"or --first-frame {1 - first} if that is the first frame's number",
            path=path,
        )

    @staticmethod
    def _of_videos(videos: list[Video], codes: npt.NDArray[np.integer]) -> pd.DataFrame:
        columns = zip(("subject", "session", "view"), zip(*videos, strict=True), strict=True)
        return pd.DataFrame({name: np.array(values)[codes] for name, values in columns})

    def _of_subjects(self, batch: pd.DataFrame, layout: FileColumns) -> pd.DataFrame:
        """Subject, session and view from their columns, or from the corpus if it has one only."""
        parts, videos = layout.parts, self.videos.all
        named = batch[parts["subject"]].astype(str).str.strip()
        keys = pd.DataFrame(
            {"subject": named.map({name: self.videos.subject(name) for name in named.unique()})}
        )
        if "session" in parts:
            sessions = batch[parts["session"]].astype(str).str.strip()
            keys["session"] = sessions.map(spelled(sessions.unique(), [v[1] for v in videos]))
        else:
            keys["session"] = keys["subject"].map(self._only(1, "session"))
        if "view" in parts:
            keys["view"] = batch[parts["view"]].to_numpy()
        else:
            keys["view"] = keys["subject"].map(self._only(2, "view"))
        return keys

    def _only(self, place: int, part: str) -> dict[str, str | int]:
        """Subject → its only session or view; an error if it has several."""
        found: dict[str, str | int] = {}
        for video in self.videos.all:
            if found.setdefault(video[0], video[place]) != video[place]:
                raise AubenchError(
                    f"no column {part}, and {video[0]} has several", mend=f"add a column {part}"
                )
        return found

    def refuse_shifted(self, extents: Extents) -> None:
        """Raise if a recording begins at 1, as nobody said, in a corpus that counts from 0."""
        for found in extents.found.values():
            if self._guessed and self._base == 0 and found.first == 1:
                raise self._shifted(1, "the corpus", found.path)
