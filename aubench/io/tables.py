"""Reading tables in batches: text as people's programs write it, and Parquet."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from aubench.errors import AubenchError
from aubench.frames import IntArray
from aubench.io.special import ordinary

ColumnTypes = Mapping[str, Literal["number", "text"]]
"""Column → how to read it."""

_BLOCK = 1 << 22
"""Bytes of text in a batch."""

_ROWS = 1 << 18
"""Rows of Parquet in a batch."""

_MISSING = [
    *arrow_csv.ConvertOptions().null_values,  # NA, N/A, nan, null, 1.#QNAN, -1.#IND and the like
    *("nan(ind)", "-nan(ind)", "nan(snan)", "-nan(snan)"),  # Microsoft's C since 2015
    *("1.#QNAN0", "1.#IND00", "-1.#IND00"),  # and before, padded to six digits
    " ",
]
"""Cells that hold no number, as programs write them."""

_LONGEST = 1 << 12
"""Bytes of the longest name, or list of numbers, in a cell of Parquet."""


def read_header(path: Path) -> list[str]:
    """Return the names of the columns of a table.

    Raises:
        AubenchError: If the file is empty or not a table.
    """
    if ordinary(path).stat().st_size == 0:
        raise AubenchError("an empty file", mend="predict again, or remove it", path=path)
    if path.suffix.lower() != ".parquet":
        return _dialect(path)[0]
    try:
        with path.open("rb") as file:
            return list(pq.read_schema(file).names)
    except (OSError, KeyError, ValueError, pa.ArrowException) as error:
        raise _no_parquet(error, path) from error


def read_batches(
    path: Path, columns: ColumnTypes
) -> Iterator[tuple[pd.DataFrame, IntArray | None]]:
    """Yield columns of a table in batches, with the line of each row in a text file.

    Text may be separated by commas, semicolons or tabs, have decimal commas (where these do not
    separate), a byte-order mark, and spaces around names and values. Memory does not grow with
    the file.

    Raises:
        AubenchError: If there is no row, or one that does not fit.
    """
    rows, header = 0, read_header(path)
    for name in columns:
        if header.count(name) > 1:
            raise AubenchError(f"two columns {name!r}", mend="rename one", path=path, line=1)
    batches = _parquet if path.suffix.lower() == ".parquet" else _text
    for batch, lines in batches(path, columns):
        rows += len(batch)
        yield batch, lines
    if rows == 0:
        raise AubenchError("no row below the header", mend="predict again", path=path)


def _text(path: Path, columns: ColumnTypes) -> Iterator[tuple[pd.DataFrame, IntArray]]:
    header, separator, decimal = _dialect(path)
    types = {
        name: pa.float64() if kind == "number" else pa.string() for name, kind in columns.items()
    }
    line = 2
    try:
        # Arrow takes names in UTF-8 only; whoever gives it an open file may have others
        reader = arrow_csv.open_csv(
            path.open("rb"),
            read_options=arrow_csv.ReadOptions(
                use_threads=False, block_size=_BLOCK, skip_rows=1, column_names=header
            ),
            parse_options=arrow_csv.ParseOptions(delimiter=separator),
            convert_options=arrow_csv.ConvertOptions(
                column_types=types,
                include_columns=list(columns),
                decimal_point=decimal,
                null_values=[space + text for text in _MISSING for space in ("", " ")],
            ),
        )
        for batch in reader:
            yield batch.to_pandas(), np.arange(line, line + len(batch))
            line += len(batch)
    except pa.ArrowInvalid as error:
        raise _explained(error, path) from error
    with path.open("rb") as file:
        rows = sum(1 for text in file if text.strip(b"\r\n")) - 1
    if line - 2 != rows:  # an open quotation mark takes all that follows into its cell
        what = f"{line - 2:,} rows in {rows:,} lines below the header"
        raise AubenchError(what, mend="keep a row on a line, and close every quote", path=path)


def _dialect(path: Path) -> tuple[list[str], str, str]:
    """Return the names of the columns, the separator, and the decimal point."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first, second = file.readline(_BLOCK), file.readline(_BLOCK)
    except UnicodeDecodeError as error:
        raise AubenchError("not UTF-8 text", mend="save it as UTF-8", path=path) from error
    if not first.strip():
        raise AubenchError("an empty first line", mend="begin with the header", path=path, line=1)
    separator = max("\t;,", key=first.count)
    try:
        names = [name.strip() for name in next(csv.reader([first], delimiter=separator))]
    except csv.Error as error:
        what = f"not a header ({error})"
        raise AubenchError(what, mend="begin with the header", path=path, line=1) from error
    decimal = "," if separator != "," and re.search(r"\d,\d", second) else "."
    return names, separator, decimal


def _parquet(path: Path, columns: ColumnTypes) -> Iterator[tuple[pd.DataFrame, None]]:
    types = {"number": pa.float64(), "text": pa.string()}
    wanted = pa.schema([(name, types[kind]) for name, kind in columns.items()])
    texts = [name for name, kind in columns.items() if kind == "text"]
    try:
        with path.open("rb") as opened:
            file = pq.ParquetFile(opened, read_dictionary=texts)  # not yet a copy a row
            for batch in file.iter_batches(batch_size=_ROWS, columns=list(columns)):
                batch.validate(full=True)
                for name in texts:
                    _check_short(batch[name], name)
                yield batch.select(list(columns)).cast(wanted).to_pandas(), None
    except (OSError, KeyError, ValueError, pa.ArrowException) as error:
        raise _no_parquet(error, path) from error


def _check_short(column: pa.Array, name: str) -> None:
    """Raise a ValueError if a text is long: a page of a few bytes may hold it a million times."""
    held = column.dictionary if pa.types.is_dictionary(column.type) else column
    if pa.types.is_string(held.type):
        longest = pc.max(pc.binary_length(held)).as_py() or 0
        if longest > _LONGEST:
            raise ValueError(f"a text of {longest:,} bytes in column {name}")


def _no_parquet(error: Exception, path: Path) -> AubenchError:
    what = f"not readable as Parquet ({str(error).splitlines()[0][:120]})"
    return AubenchError(what, mend="write it again", path=path)


def _explained(error: Exception, path: Path) -> AubenchError:
    """Return Arrow's error about a row in plain words."""
    text = str(error).split("\n")[0]
    line = re.search(r"Row #(\d+)", text)
    reason = re.sub(r"^.*Row #\d+: (CSV conversion error to \w+: )?", "", text)
    return AubenchError(
        f"not a table of numbers here: {reason[:120]}",
        mend="mend that line",
        path=path,
        line=int(line[1]) if line else None,
    )
