"""Prediction files (``predictions.parquet``): one row per test frame, and where they come from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter

from aubench.action_units import column
from aubench.errors import AubenchError, DamagedError
from aubench.frames import KEY, FloatArray
from aubench.io.atomic import atomic
from aubench.io.special import ordinary

_NAMES = ("subject", "session", "fold")


@dataclass(frozen=True)
class Provenance:
    """Where predictions come from, as the metadata of their file says.

    Attributes:
        run_id: The run that wrote it.
        protocol: Name of the protocol.
        protocol_hash: Its hash.
        pack: Fingerprint of the pack that was predicted on.
        synthetic: True if a twin stands for a corpus that the protocol means as real.
    """

    run_id: str
    protocol: str
    protocol_hash: str
    pack: str
    synthetic: bool


def prediction_table(
    keys: pd.DataFrame, values: FloatArray, aus: Sequence[int], fold: str | None = None
) -> pd.DataFrame:
    """Predictions as a table.

    Args:
        keys: N rows with the columns of `aubench.frames.KEY`.
        values: (N, A), in the order of ``keys``.
        aus: The A Action Units.
        fold: Name of the fold that tests these frames.

    Returns:
        The key columns, ``fold`` if there is one, and one float32 column per AU (``AU06``).
    """
    table = keys.loc[:, list(KEY)].reset_index(drop=True)
    if fold is not None:
        table["fold"] = fold
    for place, au in enumerate(aus):
        table[column(au)] = values[:, place].astype("float32")
    return table


def write_predictions(path: Path, table: pd.DataFrame, provenance: Provenance) -> None:
    """Write a table of `prediction_table`'s form as Parquet, whole or not at all."""
    arrow = pa.Table.from_pandas(table, preserve_index=False)
    arrow = arrow.replace_schema_metadata({"aubench": json.dumps(asdict(provenance))})
    with atomic(path) as temporary:
        pq.write_table(arrow, temporary, compression="zstd")


def read_predictions(path: Path) -> pd.DataFrame:
    """The table in ``path``; subjects, sessions and folds come as categories.

    Raises:
        AubenchError: If it cannot be read, or lacks a key column.
    """
    try:
        with ordinary(path).open("rb") as file:
            arrow = pq.ParquetFile(file, read_dictionary=list(_NAMES)).read()
        arrow.validate(full=True)
    except (OSError, KeyError, ValueError, pa.ArrowException) as error:
        reason = str(error).split("\n")[0][:120]
        raise DamagedError(
            f"not readable as Parquet ({reason})", mend="predict again", path=path
        ) from error
    lacking = [name for name in KEY if name not in arrow.column_names]
    if lacking:
        raise AubenchError(
            f"no column {', '.join(lacking)}",
            mend=f"a prediction file has the columns {', '.join(KEY)} and AU01, AU02, …",
            path=path,
        )
    table: pd.DataFrame = arrow.to_pandas()
    return table


def read_provenance(path: Path) -> Provenance | None:
    """Where the predictions in a file come from; None if no aubench wrote the file.

    Raises:
        AubenchError: If it is no Parquet file, or its metadata are not those of `Provenance`.
    """
    try:
        with ordinary(path).open("rb") as file:
            said = (pq.read_schema(file).metadata or {}).get(b"aubench")
        return None if said is None else TypeAdapter(Provenance).validate_json(said, strict=True)
    except (OSError, ValueError, pa.ArrowException) as error:
        reason = str(error).replace("\n", " ")[:120]
        raise AubenchError(
            f"not a prediction file ({reason})", mend="predict again", path=path
        ) from error
