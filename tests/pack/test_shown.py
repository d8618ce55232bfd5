"""What a set of frames leads to: pictures and landmarks, never a label."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from aubench.errors import AubenchError
from aubench.frames import Frames
from aubench.pack.pack import Pack
from aubench.pack.shard_reader import sealed
from support.small_pack import PEOPLE, make


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("shown") / "pack", PEOPLE).path


def is_column(thing: Any) -> bool:
    """True for Arrow's columns and tables; pandas keeps names as Arrow's strings."""
    kind = type(thing)  # isinstance would ask the object, and torch's answer with a warning
    if issubclass(kind, pa.Array | pa.ChunkedArray):
        return not (pa.types.is_string(thing.type) or pa.types.is_large_string(thing.type))
    return issubclass(kind, pa.Table | pa.RecordBatch)


def reached(start: object) -> Iterator[object]:
    """Everything that attributes, items, owners of memory and the garbage collector lead to."""
    seen: set[int] = set()
    kept, todo = [], [start]
    while todo:
        thing = todo.pop()
        if id(thing) in seen or isinstance(thing, type | str | bytes | int | float):
            continue
        seen.add(id(thing))
        kept.append(thing)  # so that its id is not given to another
        yield thing
        if hasattr(thing, "__dict__") and not callable(thing):
            todo += vars(thing).values()
        if isinstance(thing, np.ndarray):
            todo.append(thing.base)
        if isinstance(thing, memoryview):
            todo.append(thing.obj)
        if isinstance(thing, pa.Buffer):
            todo.append(thing.parent)
        if not isinstance(thing, pd.DataFrame) and not callable(thing):
            todo += [t for t in gc.get_referents(thing) if type(t).__name__ != "module"]


def test_from_frames_nothing_leads_to_a_label_or_to_the_file(made: Path) -> None:
    pack = Pack.open(made)
    labels = pack.labels()[:20].tobytes()  # of the first subject, as they lie in its file
    assert labels in (made / "shards" / "A.arrow").read_bytes()
    frames = pack.labelled([3, 25], (6, 12)).unlabelled()
    assert frames.images().shape == (2, 24, 24, 3)
    buffers = 0
    for thing in reached(frames):
        assert not is_column(thing)
        assert not isinstance(thing, Pack | Path)
        if isinstance(thing, np.ndarray):
            assert labels not in thing.tobytes()
        if isinstance(thing, pa.Buffer):
            buffers += 1
            assert labels not in thing.to_pybytes()
    assert buffers == 3 * len(PEOPLE)  # landmarks, places and pictures of each


def test_from_training_frames_only_their_own_labels_are_reached(made: Path) -> None:
    frames = Pack.open(made).labelled([3, 25], (6, 12))
    labels = [t for t in reached(frames) if isinstance(t, np.ndarray) and t.shape[1:] == (2,)]
    labels = [array for array in labels if array.dtype == np.float32]
    assert labels
    assert all(len(array) == 2 for array in labels)


def test_an_open_pack_keeps_no_column_in_memory(made: Path) -> None:
    pack = Pack.open(made)
    kept = (pack, pack.index, pack.frames([0]).images(), pack.labelled([0], (6,)), pack.labels())
    gc.collect()
    assert not [thing for thing in gc.get_objects() if is_column(thing)], kept


def test_the_file_stays_mapped_while_frames_are_held(made: Path) -> None:
    frames = Pack.open(made).frames(range(80))
    first = frames.images()
    gc.collect()
    np.testing.assert_array_equal(frames.images(), first)
    np.testing.assert_array_equal(frames.landmarks, Pack.open(made).points.all())


def test_a_sealed_pack_gives_pictures_and_no_label_to_anybody(made: Path, tmp_path: Path) -> None:
    pack, other = Pack.open(made), make(tmp_path / "other", PEOPLE[:1])
    frames: Frames = pack.frames([0, 1])
    (tmp_path / "link").symlink_to(made)
    with sealed([pack.path]):
        assert frames.images().shape == (2, 24, 24, 3)
        for ask in (
            pack.labels,
            lambda: pack.labelled([0], (6,)),
            lambda: Pack.open(made),
            lambda: Pack.open(tmp_path / "link"),
        ):
            with pytest.raises(AubenchError, match="labels are out of reach"):
                ask()
        assert other.labels().shape == (20, 2)
    assert pack.labels().shape == (80, 2)
