"""Predictions as CSV, row by row."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import TextIO

from aubench.action_units import column
from aubench.frames import FloatArray
from aubench.io.text import inert
from aubench.predict.inputs import InputFrame


class CsvWriter:
    """Writes ``frame,AU01,…``, or as OpenFace 2 names it: ``frame, success, AU01_r, …``.

    A frame without a face has empty cells, never zeros. Names of files are kept from being formulas
    (`aubench.io.text.inert`).

    Args:
        file: Where rows are written.
        aus: Action Units of the columns.
        openface: True to name columns as OpenFace 2 does.
        named: True to write the name of each picture's file, too.
    """

    def __init__(self, file: TextIO, aus: Sequence[int], openface: bool, named: bool) -> None:
        self.file, self.aus, self.openface, self.named = file, aus, openface, named
        units = [f"{column(au)}_r" if openface else column(au) for au in aus]
        head = ["frame", *(["file"] if named else []), *(["success"] if openface else []), *units]
        self._write(head)

    def add(self, frame: InputFrame, values: FloatArray | None) -> None:
        """Write the row of ``frame``: (A,) values, or None without a face."""
        names = [inert(frame.file)] if self.named else []
        success = [str(int(values is not None))] if self.openface else []
        cells = [""] * len(self.aus) if values is None else [f"{v:z.4f}" for v in values]
        self._write([str(frame.number), *names, *success, *cells])

    def _write(self, cells: list[str]) -> None:
        """Write one line; as in OpenFace, with a space after each comma if so named."""
        if self.openface and not self.named:
            self.file.write(", ".join(cells) + "\n")
        else:
            csv.writer(self.file, lineterminator="\n").writerow(cells)
