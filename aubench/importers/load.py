"""Read a prediction file, or a folder of them, as predictions aligned to a protocol."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath

import numpy as np
import numpy.typing as npt
import pandas as pd

from aubench.errors import AubenchError
from aubench.evaluation.align import AlignedPredictions, BatchSource
from aubench.frames import FloatArray, IntArray
from aubench.importers.tool import FileColumns, Tool, lay_out
from aubench.importers.videos import Video, Videos, spelled
from aubench.io.tables import read_batches, read_header
from aubench.protocol import Protocol

SUFFIXES = (".csv", ".tsv", ".txt", ".parquet")
_LAST = 1e9
"""Frame numbers are below this."""

PICTURES = (".jpg", ".jpeg", ".png", ".bmp")


@dataclass
class Importer:
    """Reads the prediction files of one tool for one protocol.

    Attributes:
        tool: The tool that wrote the files.
        protocol: Names the task and the AUs.
        index: Every frame of the pack, with the columns of `aubench.frames.KEY`.
        expected: The frames that the protocol tests, as `expected_frames` of
            `aubench.evaluation.expected` gives them.
        columns: ``--columns``, an AU or a part → its column.
        first_frame: The number that the files give to a video's first frame; None = as the
            corpus, and any sign of the opposite is an error.
        failed: Rows so far in which the tool says that it found no face.
    """

    tool: Tool
    protocol: Protocol
    index: pd.DataFrame
    expected: pd.DataFrame
    columns: Mapping[str, str] = field(default_factory=dict)
    first_frame: int | None = None
    failed: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._videos = Videos(self.index)
        self._base = 0 if (self.index["frame"] == 0).any() else 1
        self._files: dict[Video, Path] = {}

    def load(self, path: Path) -> AlignedPredictions:
        """The predictions in the file ``path``, or in every table of that folder.

        Raises:
            AubenchError: On anything that would make the score another test's; see
                `AlignedPredictions.add`, `Videos.named` and `read_batches`.
        """
        files = _tables(path)
        layouts = [self._layout(file) for file in files]
        by_fold = not self.tool.lenient and all("fold" in layout.parts for layout in layouts)
        aligned = AlignedPredictions(self.expected, self.protocol.aus, by_fold, self.tool.lenient)
        for file, layout in zip(files, layouts, strict=True):
            name = file.relative_to(path) if path.is_dir() else PurePath(file.name)
            self._fill(aligned, file, name, layout)
        return aligned

    def _layout(self, file: Path) -> FileColumns:
        header = read_header(file)
        try:
            return lay_out(self.tool, header, self.protocol.task, self.protocol.aus, self.columns)
        except AubenchError as error:
            raise AubenchError(error.what, mend=error.mend, path=file) from error

    def _fill(
        self, aligned: AlignedPredictions, file: Path, name: PurePath, layout: FileColumns
    ) -> None:
        whole = "subject" not in layout.parts and "video" not in layout.parts
        video = self._claim(name, file) if whole else None
        before, rows, lowest = int(aligned.seen.sum()), 0, np.inf
        for batch, lines in read_batches(file, layout.types):
            source = BatchSource(file, lines)
            frames = self._frames(batch[layout.parts["frame"]], source)
            lowest, rows = min(lowest, frames.min()), rows + len(frames)
            keys = self._keys(batch, layout, video, frames)
            score = layout.parts.get("score")
            rank = None if score is None else batch[score].to_numpy(dtype=np.float64)
            aligned.add(keys, self._values(batch, layout, source), source, rank)
        if self._base == 0 and lowest == 1 and self.first_frame is None:
            raise self._shifted(1, file)
        if video is not None and int(aligned.seen.sum()) == before:
            self._refuse_strange(video, rows, file)

    def _claim(self, name: PurePath, file: Path) -> Video:
        """The recording that a file is about; an error if another file is about it too."""
        video = self._videos.named(name, file)
        if video in self._files:
            raise AubenchError(
                f"about the same recording as {self._files[video]}", mend="keep one", path=file
            )
        self._files[video] = file
        return video

    def _frames(self, column: pd.Series, source: BatchSource) -> IntArray:
        """(N,) frame numbers as the corpus counts them."""
        numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64)
        wrong = np.flatnonzero(~(np.abs(numbers) < _LAST) | (numbers != np.round(numbers)))
        if wrong.size:
            row = int(wrong[0])
            raise source.error(
                f"frame number {column.iloc[row]}", "give whole numbers in that column", row
            )
        if self.first_frame is not None:
            return numbers.astype(np.int64) + self._base - self.first_frame
        if self._base == 1 and (numbers == 0).any():
            raise self._shifted(0, source.path)
        return numbers.astype(np.int64)

    def _shifted(self, first: int, path: Path | None) -> AubenchError:
        return AubenchError(
            f"frames numbered from {first}, where the corpus counts from {self._base}",
            mend=f"say --first-frame {first} to shift them, "
            f"or --first-frame {self._base} if the numbers are the corpus's",
            path=path,
        )

    def _keys(
        self, batch: pd.DataFrame, layout: FileColumns, video: Video | None, frames: IntArray
    ) -> pd.DataFrame:
        """The key columns (and ``fold``) of a batch."""
        parts = layout.parts
        if video is not None:
            keys = self._of_videos([video], np.zeros(len(batch), dtype=np.int64))
        elif "subject" in parts:
            keys = self._of_subjects(batch, layout)
        else:
            codes, names = pd.factorize(batch[parts["video"]])
            paths = [PurePath(str(name).replace("\\", "/")) for name in names]
            keys = self._of_videos([self._videos.named(path) for path in paths], codes)
            numbered = [_picture_number(path) for path in paths]
            if all(number is not None for number in numbered):
                frames = np.array(numbered, dtype=np.int64)[codes]
        keys["frame"] = frames
        if "fold" in parts:
            keys["fold"] = batch[parts["fold"]].astype(str).to_numpy()
        return keys

    @staticmethod
    def _of_videos(videos: list[Video], codes: npt.NDArray[np.integer]) -> pd.DataFrame:
        columns = zip(("subject", "session", "view"), zip(*videos, strict=True), strict=True)
        return pd.DataFrame({name: np.array(values)[codes] for name, values in columns})

    def _of_subjects(self, batch: pd.DataFrame, layout: FileColumns) -> pd.DataFrame:
        """Subject, session and view from their columns, or from the corpus if it has one only."""
        parts, videos = layout.parts, self._videos.all
        named = batch[parts["subject"]].astype(str).str.strip()
        keys = pd.DataFrame(
            {"subject": named.map({name: self._videos.subject(name) for name in named.unique()})}
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
        for video in self._videos.all:
            if found.setdefault(video[0], video[place]) != video[place]:
                raise AubenchError(
                    f"no column {part}, and {video[0]} has several", mend=f"add a column {part}"
                )
        return found

    def _values(self, batch: pd.DataFrame, layout: FileColumns, source: BatchSource) -> FloatArray:
        """(N, A) predictions in the protocol's order; NaN where the tool has none."""
        aus = self.protocol.aus
        values = np.full((len(batch), len(aus)), np.nan, dtype=np.float32)
        with np.errstate(over="ignore"):  # beyond float32 is infinite, which is refused later
            for au, name in layout.aus.items():
                values[:, aus.index(au)] = batch[name].to_numpy(dtype=np.float64, na_value=np.nan)
        if "list" in layout.parts:
            lists = _lists(batch[layout.parts["list"]], len(self.tool.listed), source)
            for place, au in enumerate(self.tool.listed):
                if au in aus:
                    values[:, aus.index(au)] = lists[:, place]
        if "success" in layout.parts:
            failed = (batch[layout.parts["success"]] == 0).to_numpy()
            values[failed] = np.nan
            self.failed += int(failed.sum())
        return values

    def _refuse_strange(self, video: Video, rows: int, file: Path) -> None:
        """Raise if the protocol tests a recording, and the file has none of its frames."""
        subject, session, view = video
        wanted = self.expected.loc[
            (self.expected["subject"] == subject)
            & (self.expected["session"] == session)
            & (self.expected["view"] == view),
            "frame",
        ]
        if len(wanted):
            raise AubenchError(
                f"none of its {rows:,} rows is one of the tested frames {wanted.min()}–"
                f"{wanted.max()} of {subject} {session}",
                mend="number the frames as the corpus does",
                path=file,
            )


def _tables(path: Path) -> list[Path]:
    """The file itself, or every table below the folder, in path order."""
    if not path.exists():
        raise AubenchError("no such file or folder", mend="check the path", path=path)
    if path.is_file():
        return [path]
    files = [file for file in sorted(path.rglob("*")) if file.suffix.lower() in SUFFIXES]
    if not files:
        raise AubenchError(f"no {', '.join(SUFFIXES)} in it", mend="check the folder", path=path)
    return files


def _picture_number(path: PurePath) -> int | None:
    """The frame that a picture is named after; None for a video."""
    found = re.fullmatch("[0-9]{1,9}", path.stem) if path.suffix.lower() in PICTURES else None
    return int(found[0]) if found else None


def _lists(column: pd.Series, length: int, source: BatchSource) -> FloatArray:
    """(N, length) numbers from a column of lists as text; an empty cell is NaN."""
    values = np.full((len(column), length), np.nan, dtype=np.float32)
    for row, text in enumerate(column):
        if not isinstance(text, str) or not text.strip():
            continue
        try:
            numbers = json.loads(text)
        except (ValueError, RecursionError):
            numbers = None
        given = numbers if isinstance(numbers, list) else []
        if len(given) != length or not all(type(n) in (int, float) for n in given):
            raise source.error(
                f"not a list of {length} numbers: {text[:40]}", "write the list again", row
            )
        values[row] = [float(n) if abs(n) < _LAST else np.inf for n in given]
    return values
