"""A shard row by row, as it was written."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from aubench.frames import FloatArray
from aubench.pack.row import Row
from aubench.pack.shard_reader import MappedShard


def rows(shard: MappedShard) -> Iterator[Row]:
    """Every row of ``shard``, in order; arrays are views of the file.

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
