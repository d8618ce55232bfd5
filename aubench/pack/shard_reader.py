"""Memory-mapped, validated access to one shard; rows are read without copying them."""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from aubench.errors import AubenchError
from aubench.frames import FloatArray, ImageArray
from aubench.pack.arrow_framing import is_plain
from aubench.pack.shard import Row, schema

_LATER = ("occurrence", "check")
"""Columns that older shards do not have."""


@dataclass(frozen=True)
class MappedShard:
    """Access to one subject's frames.

    A shard is pickled as its path: each process maps the file for itself.

    Attributes:
        path: The file.
        folder: The file must lie here once links are followed: a pack never leads elsewhere.
        rows: How many rows the file must have.
        aus: Number of intensity labels.
        occurrence: Number of occurrence labels.
    """

    path: Path
    folder: Path
    rows: int
    aus: int
    occurrence: int

    def __getstate__(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @cached_property
    def table(self) -> pa.Table:
        """The columns of `aubench.pack.shard.schema`; a page is read when it is first used.

        Raises:
            AubenchError: If the file is missing, elsewhere, not whole, or not what it should be.
        """
        if not self.path.is_file():
            raise self.damaged("shard is missing")
        if not self.path.resolve().is_relative_to(self.folder.resolve()):
            raise self.damaged("a link that leads out of the pack")
        try:
            with pa.memory_map(str(self.path)) as file:
                whole = file.read_buffer()
            if not is_plain(memoryview(whole)):
                raise self.damaged("compressed, which no shard is")
            table = pa.ipc.open_file(whole).read_all()
            table.validate()
        except (pa.ArrowException, OSError, struct.error) as error:
            raise self.damaged(f"not a whole shard ({error})") from error
        for field in schema("", self.aus, self.occurrence):
            found = table.schema.get_all_field_indices(field.name)
            if not found and field.name in _LATER:
                continue
            if len(found) != 1 or table.schema.field(found[0]).type != field.type:
                raise self.damaged(f"no column {field.name} of {field.type}")
            if table[field.name].null_count:
                raise self.damaged(f"holes in column {field.name}")
        if len(table) != self.rows:
            raise self.damaged(f"{len(table)} rows, but the manifest counts {self.rows}")
        return table

    def damaged(self, what: str) -> AubenchError:
        """An error about this file."""
        mend = "remove the shard and its .json, then repeat the aubench prepare that made the pack"
        return AubenchError(what, mend=mend, path=self.path)

    def matrices(self, column: str) -> list[FloatArray]:
        """The chunks of a column of lists as views, (n, W) float32 each; none without the column.

        Raises:
            AubenchError: If there are holes in the lists.
        """
        if column not in self.table.column_names:
            return []
        try:
            return [_matrix(chunk) for chunk in self.table[column].chunks]
        except pa.ArrowInvalid as error:
            raise self.damaged(f"holes in column {column}") from error

    @cached_property
    def sessions(self) -> pa.ChunkedArray:
        """The column ``session``, its bytes validated, so that its strings are safe to read.

        Raises:
            AubenchError: If the bytes are damaged.
        """
        column = self.table["session"]
        try:
            column.validate(full=True)
        except pa.ArrowInvalid as error:
            raise self.damaged(f"damaged names of sessions ({error})") from error
        return column

    @cached_property
    def _images(self) -> tuple[list[int], list[tuple[npt.NDArray[np.int32], ImageArray]]]:
        """First row of each chunk; its offsets, (n + 1,), and the bytes that they point into."""
        views, starts = [], [0]
        for chunk in self.table["image"].chunks:
            _, offsets, data = chunk.buffers()
            places = np.frombuffer(offsets, np.int32) if offsets else np.zeros(1, np.int32)
            places = places[chunk.offset : chunk.offset + len(chunk) + 1]
            views.append((places, np.frombuffer(data or b"", np.uint8)))
            starts.append(starts[-1] + len(chunk))
        return starts, views

    def jpeg(self, row: int) -> ImageArray:
        """The JPEG bytes of a picture, a view.

        Raises:
            AubenchError: If the shard points elsewhere than at its own bytes.
        """
        starts, views = self._images
        chunk = bisect_right(starts, row) - 1
        offsets, data = views[chunk]
        begin, end = offsets[row - starts[chunk] :][:2].tolist()
        if not 0 <= begin <= end <= len(data):
            raise self.damaged(f"the picture of row {row} lies outside the file")
        return data[begin:end]

    def read_rows(self) -> Iterator[Row]:
        """Every row, in order, as it was written; arrays are views of the file.

        Raises:
            AubenchError: At the first row that is damaged in a way that shows.
        """
        sessions, number = self.sessions.to_pylist(), 0
        for batch in self.table.to_batches():
            keys = [batch[name].to_pylist() for name in ("view", "frame", "logged", "tracked")]
            held, count = batch.schema.names, len(batch)
            labels, landmarks = _matrix(batch["labels"]), _matrix(batch["landmarks"])
            occurrence = (
                _matrix(batch["occurrence"])
                if "occurrence" in held
                else np.empty((count, 0), np.float32)
            )
            checks = batch["check"].to_pylist() if "check" in held else [None] * count
            for place, (view, frame, logged, tracked) in enumerate(zip(*keys, strict=True)):
                yield Row(
                    session=sessions[number],
                    view=view,
                    frame=frame,
                    logged=logged,
                    tracked=tracked,
                    labels=labels[place],
                    occurrence=occurrence[place],
                    landmarks=landmarks[place].reshape(68, 2),
                    image=self.jpeg(number),
                    check=checks[place],
                )
                number += 1


def _matrix(lists: pa.FixedSizeListArray) -> FloatArray:
    """A view of a column of lists, (n, W) float32."""
    values: FloatArray = lists.flatten().to_numpy(zero_copy_only=True)
    return values.reshape(len(lists), lists.type.list_size)
