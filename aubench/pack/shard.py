"""Shards: one Arrow IPC file per subject, pictures as JPEG bytes, written in a stream."""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import numpy as np
import pyarrow as pa

from aubench.frames import FloatArray, ImageArray
from aubench.io.atomic import flush, temporary_name
from aubench.pack.manifest import ShardInfo

BATCH_ROWS = 512
"""Rows per record batch: at 20 kB per picture, the 10 MB that a writer keeps in memory."""

CHECK_BYTES = 8
"""Bytes of a row's check."""


@dataclass(frozen=True, slots=True)
class Row:
    """One frame to write to a shard, or read from one.

    Attributes:
        session: See `aubench.frames.KEY`.
        view: See `aubench.frames.KEY`.
        frame: See `aubench.frames.KEY`.
        logged: In the corpus's error log.
        tracked: Has landmarks of its own.
        labels: (A,) float32, intensity 0–5; NaN = not coded.
        occurrence: (O,) float32, 0 or 1; NaN = not coded.
        landmarks: (68, 2) float32 in pixels of the crop; NaN where there are none.
        image: JPEG bytes of the crop, as such or (n,) uint8.
        check: What `RowHash.add` gave when the row was written; None until then, and in older
            packs.
    """

    session: str
    view: int
    frame: int
    logged: bool
    tracked: bool
    labels: FloatArray
    occurrence: FloatArray
    landmarks: FloatArray
    image: bytes | ImageArray
    check: bytes | None = None


def shard_name(subject: str) -> str:
    """The file name of a subject's shard: its id with anything odd percent-encoded."""
    return f"{quote(subject.partition('/')[2], safe='')}.arrow"


def info_path(shards: Path, subject: str) -> Path:
    """The file of a finished shard's `ShardInfo`: a repeated prepare leaves such a shard alone."""
    return (shards / shard_name(subject)).with_suffix(".json")


def schema(subject: str, aus: int, occurrence: int) -> pa.Schema:
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


class RowHash:
    """SHA-256 over rows in order: keys, flags, labels of both kinds, landmarks, JPEG bytes.

    Not over Arrow's framing, so that another version of Arrow gives the same.
    """

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, row: Row) -> bytes:
        """Add a row.

        Returns:
            The row's check, the first `CHECK_BYTES` bytes of the hash so far: the first row whose
            check differs is the first that was changed.
        """
        flags = f"{row.logged:d}{row.tracked:d}"
        key = f"{row.session}\0{row.view}\0{row.frame}\0{flags}\0{len(row.image)}\0"
        self._hash.update(key.encode())
        for values in (row.labels, row.occurrence, row.landmarks):
            self._hash.update(values.astype("<f4", copy=False).tobytes())
        self._hash.update(bytes(row.image))
        return self._hash.copy().digest()[:CHECK_BYTES]

    def hexdigest(self) -> str:
        """The hash of all rows so far."""
        return self._hash.hexdigest()


def file_crc(path: Path) -> int:
    """CRC-32 of a file: finds any flipped bit, also where no row is, such as in padding."""
    crc = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            crc = zlib.crc32(block, crc)
    return crc


class ShardWriter:
    """Writes a subject's shard under a partial name, and gives it its name when it is whole.

    Use as a context manager; leaving it by an exception removes the partial file.

    Args:
        path: Of the finished shard.
        subject: Subject key.
        aus: Number of intensity labels.
        occurrence: Number of occurrence labels.
    """

    def __init__(self, path: Path, subject: str, aus: int, occurrence: int) -> None:
        self.path = path
        # Not `aubench.io.atomic.atomic`, which gives its file's name to every OSError in its
        # block: there the corpus is read, whose errors must name the corpus's files.
        self.partial = temporary_name(path)
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
            with self.file:
                if kind is None:
                    self._flush()
                    self.writer.close()
                    self.file.flush()
                    os.fsync(self.file.fileno())
            if kind is None:
                self.crc = file_crc(self.partial)
                self.partial.replace(self.path)
                flush(self.path.parent)
        finally:
            self.partial.unlink(missing_ok=True)

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
