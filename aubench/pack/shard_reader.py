"""Memory-mapped, validated access to one shard; rows are read without copying them."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa

from aubench.errors import AubenchError
from aubench.frames import FloatArray, ImageArray
from aubench.pack.arrow_framing import is_plain
from aubench.pack.shard import Row, schema
from aubench.pack.shown import ShardView, damaged, matrix

_sealed: list[Path] = []


@contextmanager
def sealed(folders: Iterable[Path]) -> Iterator[None]:
    """Let nobody open a shard of the packs in ``folders``, in whichever thread.

    Pictures and landmarks of packs that are open already stay readable. This keeps a method from
    labels that it comes across; it does not keep it from files.
    """
    mine = [folder.resolve() for folder in folders]
    _sealed.extend(mine)
    try:
        yield
    finally:
        for folder in mine:
            _sealed.remove(folder)


@dataclass(frozen=True)
class MappedShard:
    """Access to one subject's frames.

    The table, with its labels, is not kept but read anew each time: while it is not asked for,
    nothing in memory leads to a label.

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

    @property
    def _later(self) -> tuple[str, ...]:
        """Columns that older shards do not have, which had no labels of occurrence either."""
        return ("check",) if self.occurrence else ("occurrence", "check")

    def table(self) -> pa.Table:
        """The columns of `aubench.pack.shard.schema`; a page is read when it is first used.

        Raises:
            AubenchError: If the file is missing, elsewhere, not whole, or not what it should be,
                or if the pack is sealed.
        """
        if self.folder.resolve() in _sealed:
            raise AubenchError(
                "labels are out of reach while a method learns and predicts",
                mend="let the method work with the frames that it is given",
                path=self.path,
            )
        if not self.path.is_file():
            raise self.damaged("shard is missing")
        if not self.path.resolve().is_relative_to(self.folder.resolve()):
            raise self.damaged("a link that leads out of the pack")
        try:
            with self.path.open("rb") as file:
                whole = pa.py_buffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
            if not is_plain(memoryview(whole)):
                raise self.damaged("compressed, which no shard is")
            table = pa.ipc.open_file(whole).read_all()
            table.validate()
        except (pa.ArrowException, OSError, ValueError, struct.error) as error:
            raise self.damaged(f"not a whole shard ({error})") from error
        for field in schema("", self.aus, self.occurrence):
            found = table.schema.get_all_field_indices(field.name)
            if not found and field.name in self._later:
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
        return damaged(self.path, what)

    def matrices(self, column: str) -> list[FloatArray]:
        """The chunks of a column of lists as views, (n, W) float32 each.

        Raises:
            AubenchError: If there are holes in the lists.
        """
        table = self.table()
        if column not in table.column_names:
            return [np.empty((self.rows, 0), dtype=np.float32)]
        try:
            return [matrix(chunk) for chunk in table[column].chunks]
        except pa.ArrowInvalid as error:
            raise self.damaged(f"holes in column {column}") from error

    def sessions(self, table: pa.Table) -> pa.ChunkedArray:
        """The column ``session`` of `table`, validated, so that its strings are safe to read.

        Raises:
            AubenchError: If the bytes are damaged.
        """
        column = table["session"]
        try:
            column.validate(full=True)
        except pa.ArrowInvalid as error:
            raise self.damaged(f"damaged names of sessions ({error})") from error
        return column

    @cached_property
    def view(self) -> ShardView:
        """The pictures and landmarks.

        Raises:
            AubenchError: As `table` does, or if there are holes in the landmarks.
        """
        try:
            return ShardView.of(self.path.name, self.table())
        except (pa.ArrowInvalid, ValueError) as error:
            raise self.damaged("holes in column landmarks") from error

    def jpeg(self, row: int) -> ImageArray:
        """The JPEG bytes of a picture, a view.

        Raises:
            AubenchError: If the shard points elsewhere than at its own bytes.
        """
        return self.view.jpeg(row)

    def read_rows(self) -> Iterator[Row]:
        """Every row, in order, as it was written; arrays are views of the file.

        Raises:
            AubenchError: At the first row that is damaged in a way that shows.
        """
        table = self.table()
        sessions, number = self.sessions(table).to_pylist(), 0
        for batch in table.to_batches():
            keys = [batch[name].to_pylist() for name in ("view", "frame", "logged", "tracked")]
            held, count = batch.schema.names, len(batch)
            labels, landmarks = matrix(batch["labels"]), matrix(batch["landmarks"])
            occurrence = (
                matrix(batch["occurrence"])
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
