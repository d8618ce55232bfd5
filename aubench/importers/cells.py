"""Cells that are no numbers: all AUs of a face in one cell, and whether a face was found."""

from __future__ import annotations

import json
import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from aubench.evaluation.align import BatchSource
from aubench.frames import FloatArray
from aubench.importers.tool import Tool
from aubench.protocol import Coding, Protocol

_MOST = 1e9
"""A larger number is as wrong as infinity."""


def unpacked(column: pd.Series, tool: Tool, protocol: Protocol, source: BatchSource) -> FloatArray:
    """(N, A) predictions in the protocol's order, from cells that hold all AUs of a face.

    A cell is a list of the tool's ``listed`` AUs (``[0.1, …]``, or nested as a batch of one face,
    ``[[0.1, …]]``) or a mapping from its columns (``{'au_6_intensity': 1.5, …}``). An empty cell is
    NaN.
    """
    places = {au: place for place, au in enumerate(protocol.aus)}
    values = np.full((len(column), len(places)), np.nan, dtype=np.float32)
    for row, text in enumerate(column):
        if not isinstance(text, str) or not text.strip():
            continue
        found = _aus(text, tool, protocol.task)
        if found is None:
            form = f"list of {len(tool.listed)} numbers" if tool.listed else "mapping of AUs"
            raise source.error(f"not a {form}: {text[:40]}", "write the cell again", row)
        for au, value in found.items():
            if au in places:
                values[row, places[au]] = value if abs(value) < _MOST else np.inf
    return values


def _aus(text: str, tool: Tool, task: Coding) -> dict[int, float] | None:
    """AU → value; None if the cell is of another form."""
    try:
        cell = json.loads(text.replace("'", '"'))
    except (ValueError, RecursionError):
        return None
    if isinstance(cell, list) and len(cell) == 1 and isinstance(cell[0], list):
        cell = cell[0]
    if tool.listed and isinstance(cell, list) and len(cell) == len(tool.listed):
        found = dict(zip(tool.listed, cell, strict=True))
    elif not tool.listed and isinstance(cell, dict):
        names = {name: re.fullmatch(tool.pattern(task), name, re.IGNORECASE) for name in cell}
        found = {int(match[1]): cell[name] for name, match in names.items() if match}
    else:
        return None
    return found if all(type(value) in (int, float) for value in found.values()) else None


def failures(column: pd.Series, source: BatchSource) -> npt.NDArray[np.bool_]:
    """(N,) True where ``success`` is 0 or False."""
    codes, texts = pd.factorize(column, use_na_sentinel=False)
    failed = np.zeros(len(texts), dtype=np.bool_)
    for place, text in enumerate("" if pd.isna(text) else text.strip().lower() for text in texts):
        try:
            failed[place] = text == "false" or (text not in ("", "true") and float(text) == 0)
        except ValueError:
            row = int(np.flatnonzero(codes == place)[0])
            mend = "give 1 or 0, True or False"
            raise source.error(f"success {text[:40]}", mend, row) from None
    return failed[codes]
