"""The pack: a corpus prepared once, for random access."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from aubench.corpora.manifest import Manifest
from aubench.corpora.pictures import ShardPictures
from aubench.corpora.shards import open_shard
from aubench.errors import AubenchError
from aubench.frames import KEY, FloatArray, Frames, IntArray, LabelledFrames
from aubench.protocol import Coding

MANIFEST = "manifest.json"
"""Written last: a folder without it is no pack, or not yet."""

SHARDS = "shards"
"""The folder of Arrow files in a pack."""


class Pack:
    """Cropped faces, labels and landmarks, one row a frame.

    Rows are ordered by subject key, then as the corpus's reader gave them. Files are
    memory-mapped, so that opening is quick and pages are shared between processes.

    Args:
        path: The folder.
        manifest: What is in it.
        tables: The shards in the order of ``manifest.subjects``.
    """

    def __init__(self, path: Path, manifest: Manifest, tables: Sequence[pa.Table]) -> None:
        self.path, self.manifest, self._tables = path, manifest, tuple(tables)
        self._labels: dict[Coding, FloatArray] = {}

    @classmethod
    def open(cls, path: Path | str) -> Pack:
        """Open the pack in the folder ``path``.

        Raises:
            AubenchError: If it is no pack, not finished, damaged, or of a newer version.
        """
        path = Path(path)
        if not (path / MANIFEST).is_file():
            begun = (path / SHARDS).is_dir()
            raise AubenchError(
                "a pack that is not finished" if begun else "no pack",
                mend="repeat the aubench prepare that began it"
                if begun
                else "make one with 'aubench prepare CORPUS SOURCE DEST'",
                path=path,
            )
        manifest = Manifest.read(path / MANIFEST)
        tables = []
        for shard in manifest.subjects.values():
            file = path / SHARDS / shard.file
            table = open_shard(file)
            if len(table) != shard.rows:
                raise AubenchError(
                    f"{len(table)} rows, but the manifest counts {shard.rows}",
                    mend="prepare the pack again in a new folder",
                    path=file,
                )
            tables.append(table)
        return cls(path, manifest, tables)

    def __reduce__(self) -> tuple[object, ...]:
        """Travel as a path, not as its contents."""
        return (Pack.open, (self.path,))

    def __len__(self) -> int:
        return sum(map(len, self._tables))

    def aus(self, coding: Coding = "intensity") -> tuple[int, ...]:
        """Action Units of the label columns."""
        return self.manifest.aus if coding == "intensity" else self.manifest.occurrence

    @cached_property
    def index(self) -> pd.DataFrame:
        """One row a frame: subject, session, view, frame, logged (bool), tracked (bool)."""
        columns = [*KEY[1:], "logged", "tracked"]
        parts = [table.select(columns).to_pandas() for table in self._tables]
        for subject, part in zip(self.manifest.subjects, parts, strict=True):
            part.insert(0, KEY[0], subject)
        empty = pd.DataFrame(columns=[KEY[0], *columns])
        return pd.concat(parts, ignore_index=True) if parts else empty

    def labels(self, coding: Coding = "intensity") -> FloatArray:
        """(N, A) float32, intensity 0–5 or occurrence 0/1; NaN = not coded. Kept once read."""
        if coding not in self._labels:
            column = "labels" if coding == "intensity" else "occurrence"
            self._labels[coding] = self._matrix(column, len(self.aus(coding)))
        return self._labels[coding]

    @cached_property
    def landmarks(self) -> FloatArray:
        """(N, 68, 2) float32, x and y in pixels of the crop; NaN where there are none."""
        return self._matrix("landmarks", 136).reshape(-1, 68, 2)

    def _matrix(self, column: str, width: int) -> FloatArray:
        filled = np.empty((len(self), width), dtype=np.float32)
        if not width:  # packs of schema 1 have no occurrence column
            return filled
        row = 0
        for chunk in (chunk for table in self._tables for chunk in table[column].chunks):
            flat = chunk.flatten().to_numpy(zero_copy_only=False)
            filled[row : row + len(chunk)] = flat.reshape(len(chunk), width)
            row += len(chunk)
        return filled

    @cached_property
    def pictures(self) -> ShardPictures:
        """The pictures, by row."""
        shards = self.manifest.subjects.values()
        starts = np.cumsum([0, *(shard.rows for shard in shards)], dtype=np.int64)
        files = [self.path / SHARDS / shard.file for shard in shards]
        return ShardPictures(files, starts, self.manifest.size)

    def frames(self, rows: Sequence[int] | IntArray) -> Frames:
        """The frames at ``rows`` of the index, without labels."""
        rows = np.asarray(rows, dtype=np.int64)
        keys = self.index.iloc[rows][list(KEY)].reset_index(drop=True)
        return Frames(keys, self.landmarks[rows], self.pictures, rows)

    def labelled(
        self,
        rows: Sequence[int] | IntArray,
        aus: Sequence[int],
        coding: Coding = "intensity",
    ) -> LabelledFrames:
        """The frames at ``rows`` of the index, with labels of ``aus`` in that order.

        Raises:
            AubenchError: If the pack has no such labels for one of ``aus``.
        """
        columns = self.aus(coding)
        for au in aus:
            if au not in columns:
                held = ", ".join(map(str, columns)) or "none"
                raise AubenchError(
                    f"no {coding} labels for AU{au}",
                    mend=f"choose among AUs {held}",
                    path=self.path,
                )
        bare = self.frames(rows)
        labels = self.labels(coding)[bare.rows][:, [columns.index(au) for au in aus]]
        return LabelledFrames(
            bare.keys, bare.landmarks, bare.pictures, bare.rows, labels=labels, aus=tuple(aus)
        )
