"""A shard row by row, as it was written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from aubench.corpora.mapped import MappedShard
from aubench.frames import FloatArray, ImageArray


@dataclass(frozen=True, slots=True)
class Row:
    """One frame of a shard; arrays are views of the file.

    Attributes:
        session: See `aubench.frames.KEY`.
        view: See `aubench.frames.KEY`.
        frame: See `aubench.frames.KEY`.
        logged: In the corpus's error log.
        tracked: Has landmarks of its own.
        labels: (A,) float32, intensity.
        occurrence: (O,) float32.
        landmarks: (68, 2) float32.
        image: (n,) uint8, JPEG bytes.
        check: What `aubench.corpora.digests.RowHash.add` gave; None in older packs.
    """

    session: str
    view: int
    frame: int
    logged: bool
    tracked: bool
    labels: FloatArray
    occurrence: FloatArray
    landmarks: FloatArray
    image: ImageArray
    check: bytes | None


def rows(shard: MappedShard) -> Iterator[Row]:
    """Every row of ``shard``, in order.

    Raises:
        AubenchError: At the first that is damaged in a way that shows.
    """
    names, number = shard.sessions.to_pylist(), 0
    for batch in shard.table.to_batches():
        keys = [batch[name].to_pylist() for name in ("view", "frame", "logged", "tracked")]
        count = len(batch)
        labels, occurrence, points = (
            _lists(batch, name) for name in ("labels", "occurrence", "landmarks")
        )
        checks = _checks(batch)
        for place, (view, frame, logged, tracked) in enumerate(zip(*keys, strict=True)):
            yield Row(
                session=names[number + place],
                view=view,
                frame=frame,
                logged=logged,
                tracked=tracked,
                labels=labels[place],
                occurrence=occurrence[place],
                landmarks=points[place].reshape(68, 2),
                image=shard.jpeg(number + place),
                check=None if checks is None else checks[place],
            )
        number += count


def _lists(batch: pa.RecordBatch, name: str) -> FloatArray:
    """(n, W) views; W is 0 where there is no such column."""
    if name not in batch.schema.names:
        return np.empty((len(batch), 0), np.float32)
    column = batch[name]
    values: FloatArray = column.flatten().to_numpy()
    return values.reshape(len(batch), column.type.list_size)


def _checks(batch: pa.RecordBatch) -> list[bytes] | None:
    if "check" not in batch.schema.names:
        return None
    checks: list[bytes] = batch["check"].to_pylist()
    return checks
