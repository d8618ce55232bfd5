"""Shards: one Arrow IPC file a subject, pictures as JPEG bytes, written in a stream."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import numpy as np
import pyarrow as pa

from aubench.errors import AubenchError
from aubench.pack.digests import CHECK_BYTES, RowHash, file_crc
from aubench.pack.manifest import ShardInfo
from aubench.pack.row import Row

BATCH_ROWS = 512
"""Rows a record batch: at 20 kB a picture, the 10 MB that a writer keeps in memory."""


def shard_name(subject: str) -> str:
    """The file name of a subject's shard: its id with anything odd percent-encoded."""
    return f"{quote(subject.partition('/')[2], safe='')}.arrow"


def schema(subject: str, aus: int, occurrence: int = 0) -> pa.Schema:
    """The columns of a shard.

    Args:
        subject: Subject key.
        aus: Number of Action Units with intensity labels.
        occurrence: Number of Action Units with occurrence labels.
    """
    return pa.schema(
        {
            "session": pa.string(),
            "view": pa.int64(),
            "frame": pa.int64(),
            "logged": pa.bool_(),
            "tracked": pa.bool_(),
            "labels": pa.list_(pa.float32(), aus),
            "occurrence": pa.list_(pa.float32(), occurrence),
            "landmarks": pa.list_(pa.float32(), 136),
            "check": pa.binary(CHECK_BYTES),
            "image": pa.binary(),
        },
        metadata={"subject": subject},
    )


class ShardWriter:
    """Writes a subject's shard under a partial name, and gives it its name when it is whole.

    Use as a context manager; leaving it by an exception removes the partial file.

    Args:
        path: Of the finished shard.
        subject: Subject key.
        aus: Number of intensity labels.
        partial: The name until then; unique among writers.
        occurrence: Number of occurrence labels.
    """

    def __init__(
        self, path: Path, subject: str, aus: int, partial: Path, occurrence: int = 0
    ) -> None:
        self.path, self.partial = path, partial
        self.schema = schema(subject, aus, occurrence)
        self.rows: list[tuple[Any, ...]] = []
        self.count = self.untracked = self.crc = 0
        self.hash = RowHash()

    def __enter__(self) -> Self:
        self.file = self.partial.open("wb")
        self.writer = pa.ipc.new_file(self.file, self.schema)
        return self

    def add(self, row: Row) -> None:
        """Add one frame; its ``check`` is made here."""
        numbers = (row.labels, row.occurrence, row.landmarks.ravel())
        key = (row.session, row.view, row.frame, row.logged, row.tracked)
        self.rows.append((*key, *numbers, self.hash.add(row), bytes(row.image)))
        self.count += 1
        self.untracked += not row.tracked
        if len(self.rows) == BATCH_ROWS:
            self._flush()

    def _flush(self) -> None:
        if self.rows:
            values = zip(*self.rows, strict=True)
            columns = [_column(v, kind) for v, kind in zip(values, self.schema.types, strict=True)]
            self.writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=self.schema))
            self.rows = []

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        try:
            if kind is None:
                self._flush()
                self.writer.close()
                self.file.flush()
                os.fsync(self.file.fileno())
            self.file.close()
            if kind is None:
                self._name()
        finally:
            self.file.close()
            self.partial.unlink(missing_ok=True)

    def _name(self) -> None:
        """Give the whole shard its name."""
        try:
            self.crc = file_crc(self.partial)
            self.partial.replace(self.path)
        except FileNotFoundError as error:
            raise AubenchError(
                "another prepare has begun this shard anew",
                mend="let one finish, then repeat the command",
                path=self.path,
            ) from error

    @property
    def info(self) -> ShardInfo:
        """The shard's line in the manifest, once it is whole."""
        return ShardInfo(
            file=self.path.name,
            rows=self.count,
            untracked=self.untracked,
            sha256=self.hash.hexdigest(),
            crc32=self.crc,
        )


def _column(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """A column of a record batch; lists of numbers in one piece, not number by number."""
    if pa.types.is_fixed_size_list(kind) and kind.list_size:
        numbers = pa.array(np.concatenate(values).astype(np.float32, copy=False))
        return pa.FixedSizeListArray.from_arrays(numbers, type=kind)
    return pa.array(values, kind)
