"""Read a prediction file, or a folder of them, as predictions aligned to a protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath

import numpy as np
import pandas as pd

from aubench.errors import AubenchError
from aubench.evaluation.align import AlignedPredictions, BatchSource
from aubench.frames import FloatArray
from aubench.importers.cells import failures, unpacked
from aubench.importers.extents import Extents
from aubench.importers.files import tables_in
from aubench.importers.keys import RowKeys
from aubench.importers.tool import FileColumns, Tool, lay_out
from aubench.importers.videos import Video
from aubench.io.tables import read_batches, read_header
from aubench.protocol import Protocol


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
        first_frame: The number that the files give to a recording's first frame; None = as the
            tool counts, or else the corpus, and any sign of the opposite is an error.
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
        self._keys = RowKeys(self.tool, self.index, self.first_frame)
        self.extents = Extents(self.index, self.expected)

    def load(self, path: Path) -> AlignedPredictions:
        """The predictions in the file ``path``, or in every table of that folder.

        Raises:
            AubenchError: On anything that would make the score another test's; see
                `AlignedPredictions.add`, `Videos.named`, `Extents` and `read_batches`.
        """
        files = tables_in(path)
        layouts = [self._layout(file) for file in files]
        by_fold = not self.tool.lenient and all("fold" in layout.parts for layout in layouts)
        aligned = AlignedPredictions(self.expected, self.protocol.aus, by_fold, self.tool.lenient)
        for file, layout in zip(files, layouts, strict=True):
            name = file.relative_to(path) if path.is_dir() else PurePath(file.name)
            self._fill(aligned, file, name, layout)
        self.extents.refuse_strange()
        if self.first_frame is None:
            self.extents.refuse_shifted()
            self._keys.refuse_shifted(self.extents)
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
        videos, pictured = set[Video](), False
        for batch, lines in read_batches(file, layout.types):
            source = BatchSource(file, lines)
            keys, pictured = self._keys(batch, layout, name, source)
            values = self._values(batch, layout, source)
            score = layout.parts.get("score")
            rank = np.zeros(len(batch)) if score is None else batch[score].to_numpy(np.float64)
            rank = np.where(np.isnan(values).all(axis=1), -np.inf, rank)  # faces that were found
            aligned.add(keys, values, source, rank)
            whole = "subject" not in layout.parts and not pictured
            videos |= self.extents.add(keys, file, whole)
        if not pictured:
            self._refuse_other(videos, name, file)

    def _refuse_other(self, videos: set[Video], name: PurePath, file: Path) -> None:
        """Raise if a file is named after a recording, and all its rows are of others."""
        named = self._keys.videos.fitting(name.stem)
        if len(named) == 1 and videos and videos.isdisjoint(named):
            subject, session, _ = min(videos)
            raise AubenchError(
                f"named after {named[0][0]} {named[0][1]}, and its rows are of {subject} {session}",
                mend="rename it after the recording that it is about",
                path=file,
            )

    def _values(self, batch: pd.DataFrame, layout: FileColumns, source: BatchSource) -> FloatArray:
        """(N, A) predictions in the protocol's order; NaN where the tool has none."""
        aus = self.protocol.aus
        values = np.full((len(batch), len(aus)), np.nan, dtype=np.float32)
        if "packed" in layout.parts:
            values = unpacked(batch[layout.parts["packed"]], self.tool, self.protocol, source)
        with np.errstate(over="ignore"):  # beyond float32 is infinite, which is refused later
            for au, name in layout.aus.items():
                values[:, aus.index(au)] = batch[name].to_numpy(dtype=np.float64, na_value=np.nan)
        if "success" in layout.parts:
            failed = failures(batch[layout.parts["success"]], source)
            values[failed] = np.nan
            self.failed += int(failed.sum())
        return values
