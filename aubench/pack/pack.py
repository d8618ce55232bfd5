"""Open a pack: random access to its frames, labels and landmarks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from aubench.errors import AubenchError
from aubench.frames import KEY, FloatArray, Frames, IntArray, LabelledFrames, Pictures
from aubench.pack.columns import Column
from aubench.pack.manifest import Manifest
from aubench.pack.shard_reader import MappedShard
from aubench.pack.shown import ShardPictures
from aubench.protocol import Coding

MANIFEST = "manifest.json"
"""Written last: a folder without it is no pack, or not yet."""

SHARDS = "shards"
"""The folder of Arrow files in a pack."""

LABELS: dict[Coding, str] = {"intensity": "labels", "occurrence": "occurrence"}
"""Coding → the column of a shard that holds it."""


class Pack:
    """Cropped faces, labels and landmarks, one row per frame.

    Rows are ordered by subject key, then as the corpus's reader gave them. Files are
    memory-mapped, so that opening is quick and pages are shared between processes. Labels are read
    when they are asked for, and not kept: nothing that a set of frames holds leads to them.

    Args:
        path: The folder.
        manifest: Its manifest.

    Attributes:
        points: The landmarks by row, (68, 2) float32, x and y in pixels of the crop; NaN where
            there are none.
    """

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.path, self.manifest = path, manifest
        self.shards = tuple(map_shards(path, manifest).values())
        landmarks = [part for shard in self.shards for part in shard.view.landmarks]
        self.points = Column(landmarks, (68, 2))

    @classmethod
    def open(cls, path: Path | str) -> Pack:
        """Open the pack in the folder ``path``.

        Raises:
            AubenchError: If the folder is no pack, or one that is not finished, damaged, or of a
                newer version.
        """
        path = Path(path)
        return cls(path, read_manifest(path))

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle path and name, not the contents."""
        return (_reopen, (self.path, self.manifest.corpus))

    def __len__(self) -> int:
        return len(self.points)

    def named(self, corpus: str) -> Pack:
        """The same pack as one of ``corpus``: its subjects are keyed ``corpus/…``."""
        own = self.manifest.corpus
        subjects = {
            corpus + key.removeprefix(own): shard for key, shard in self.manifest.subjects.items()
        }
        renamed = self.manifest.model_copy(update={"corpus": corpus, "subjects": subjects})
        return Pack(self.path, renamed)

    def aus(self, coding: Coding = "intensity") -> tuple[int, ...]:
        """Action Units of the label columns."""
        return self.manifest.aus if coding == "intensity" else self.manifest.occurrence

    @cached_property
    def index(self) -> pd.DataFrame:
        """One row per frame: subject, session, view, frame, logged (bool), tracked (bool).

        ``subject`` and ``session`` are categories, in alphabetical order, each of them in use.
        """
        held = {key: shard.rows for key, shard in self.manifest.subjects.items() if shard.rows}
        codes = np.repeat(np.arange(len(held)), list(held.values()))
        tables = [shard.table() for shard in self.shards]
        sessions = [shard.sessions(table) for shard, table in zip(self.shards, tables, strict=True)]
        columns: dict[str, object] = {
            KEY[0]: pd.Categorical.from_codes(codes, categories=pd.Index(list(held), dtype=str)),
            KEY[1]: _categories(sessions),
        }
        for name, kind in (
            ("view", np.int64),
            ("frame", np.int64),
            ("logged", np.bool_),
            ("tracked", np.bool_),
        ):
            parts = [table[name].to_numpy() for table in tables]
            columns[name] = np.concatenate([np.empty(0, kind), *parts])
        return pd.DataFrame(columns)

    def labels(self, coding: Coding = "intensity") -> FloatArray:
        """A copy of all labels: (N, A) float32, intensity 0–5 or occurrence 0/1; NaN: not coded."""
        return self._label_column(coding).all()

    def _label_column(self, coding: Coding) -> Column:
        """The labels by row, (A,) float32, in the file."""
        chunks = [view for shard in self.shards for view in shard.matrices(LABELS[coding])]
        return Column(chunks, (len(self.aus(coding)),))

    @cached_property
    def pictures(self) -> Pictures:
        """The pictures by row."""
        return ShardPictures([shard.view for shard in self.shards], self.manifest.size)

    def frames(self, rows: Sequence[int] | IntArray) -> Frames:
        """The frames at ``rows`` of the index, without labels."""
        rows = np.asarray(rows, dtype=np.int64)
        keys = self.index[list(KEY)].iloc[rows].reset_index(drop=True)
        return Frames(keys, self.points, self.pictures, rows)

    def labelled(
        self,
        rows: Sequence[int] | IntArray,
        aus: Sequence[int],
        coding: Coding = "intensity",
    ) -> LabelledFrames:
        """The frames at ``rows`` of the index, with the labels of ``aus`` in that order.

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
        labels = self._label_column(coding)[bare.rows][:, [columns.index(au) for au in aus]]
        return LabelledFrames(
            bare.keys, bare.points, bare.pictures, bare.rows, labels=labels, aus=tuple(aus)
        )


def _reopen(path: Path, corpus: str) -> Pack:
    return Pack.open(path).named(corpus)


def read_manifest(path: Path) -> Manifest:
    """The manifest of the pack in the folder ``path``.

    Raises:
        AubenchError: If the folder is no pack, or one that is not finished, damaged, or of a newer
            version.
    """
    if not (path / MANIFEST).is_file():
        raise not_a_pack(path)
    return Manifest.read(path / MANIFEST)


def not_a_pack(path: Path) -> AubenchError:
    """The error that says what is at ``path`` instead of a pack, and which path was meant."""
    make = "make one with 'aubench prepare CORPUS SOURCE DEST'"
    if (path / SHARDS).is_dir():
        what, mend = "a pack that is not finished", "repeat the aubench prepare that began it"
    elif path.name == MANIFEST and path.is_file():
        what, mend = "no pack, but a file of one", f"name its folder: {path.parent}"
    elif (path.parent / MANIFEST).is_file() and path.exists():
        what, mend = "no pack, but a part of one", f"name {path.parent}"
    elif path.is_file():
        what, mend = "no pack: a pack is a folder, and this is a file", make
    elif not path.exists():
        what, mend = "no pack: no such folder", f"check the path, or {make}"
    elif (path / "record.json").is_file():
        what, mend = "no pack, but the folder of a run", "name the pack that it ran on"
    elif found := sorted(each.parent for each in path.glob(f"*/{MANIFEST}")):
        what, mend = "no pack", f"did you mean {' or '.join(map(str, found[:3]))}?"
    else:
        empty = not any(path.iterdir())
        what, mend = "no pack" + (": an empty folder" if empty else ""), make
    return AubenchError(what, mend=mend, path=path)


def map_shards(path: Path, manifest: Manifest) -> dict[str, MappedShard]:
    """Subject key → its shard in the pack at ``path``, not yet opened."""
    widths = len(manifest.aus), len(manifest.occurrence)
    return {
        key: MappedShard(path / SHARDS / info.file, path, info.rows, *widths)
        for key, info in manifest.subjects.items()
    }


def _categories(parts: Sequence[pa.ChunkedArray]) -> pd.Categorical:
    """Strings as categories in alphabetical order."""
    chunks = [chunk for part in parts for chunk in part.chunks]
    encoded = pa.chunked_array(chunks, pa.string()).dictionary_encode().combine_chunks()
    whole = encoded.chunk(0) if isinstance(encoded, pa.ChunkedArray) else encoded
    names = whole.dictionary.to_pylist()
    order = sorted(range(len(names)), key=names.__getitem__)
    places = np.argsort(order)[whole.indices.to_numpy()] if names else np.empty(0, np.int64)
    return pd.Categorical.from_codes(
        places, categories=pd.Index([names[i] for i in order], dtype=str)
    )
