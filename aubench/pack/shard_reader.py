"""A shard as it lies on disk: memory-mapped, distrusted, its rows read without copying them."""

from __future__ import annotations

import struct
from bisect import bisect_right
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
from aubench.pack.shard import schema

_LATER = ("occurrence", "check")
"""Columns that older shards do not have."""


@dataclass(frozen=True)
class MappedShard:
    """One subject's frames. Travels to other processes as a path; each maps the file for itself.

    Attributes:
        path: The file.
        folder: It must lie here once links are followed: a pack never leads elsewhere.
        rows: How many it must have.
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
        """The columns of `aubench.pack.shard.schema`; nothing is read until it is touched.

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
        """The chunks of a column of lists as views, (n, W) float32 each; none if it is not there.

        Raises:
            AubenchError: If there are holes in the lists.
        """
        if column not in self.table.column_names:
            return []
        chunks = self.table[column].chunks
        try:
            flat = [chunk.flatten().to_numpy(zero_copy_only=True) for chunk in chunks]
        except pa.ArrowInvalid as error:
            raise self.damaged(f"holes in column {column}") from error
        return [
            values.reshape(len(chunk), chunk.type.list_size)
            for values, chunk in zip(flat, chunks, strict=True)
        ]

    @cached_property
    def sessions(self) -> pa.ChunkedArray:
        """The column ``session``, its bytes checked: strings are safe to read."""
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
