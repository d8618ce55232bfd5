"""Shards from strangers: whatever they hold, a one-line error and nothing worse."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pytest

from aubench.errors import AubenchError
from aubench.pack.pack import Pack
from aubench.pack.verify import verify_pack
from support.small_pack import make, refused


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("malice") / "pack", ["small/A", "small/B"]).path


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "copy"))


def test_a_shard_that_is_a_link_out_of_the_pack_is_refused(copy: Path, tmp_path: Path) -> None:
    shard = copy / "shards" / "A.arrow"
    shard.rename(tmp_path / "elsewhere.arrow")
    shard.symlink_to(tmp_path / "elsewhere.arrow")
    assert "a link that leads out of the pack" in refused(copy)
    (told,) = verify_pack(copy)
    assert "a link that leads out of the pack" in told


def test_a_folder_of_shards_that_is_a_link_is_refused(copy: Path, tmp_path: Path) -> None:
    (copy / "shards").rename(tmp_path / "elsewhere")
    (copy / "shards").symlink_to(tmp_path / "elsewhere")
    assert "a link that leads out of the pack" in refused(copy)


def test_a_pack_may_be_reached_by_a_link(copy: Path, tmp_path: Path) -> None:
    """Whoever opens it made that link; nobody sent it."""
    (tmp_path / "link").symlink_to(copy)
    assert len(Pack.open(tmp_path / "link")) == 40


def test_a_device_for_a_shard_is_refused(copy: Path) -> None:
    shard = copy / "shards" / "A.arrow"
    shard.unlink()
    shard.mkdir()
    assert "shard is missing" in refused(copy)


def forge(copy: Path, change: Callable[[pa.Table], pa.Table]) -> Pack:
    """The pack with its first shard changed, whatever the manifest says."""
    shard = copy / "shards" / "A.arrow"
    table = change(pa.ipc.open_file(shard.read_bytes()).read_all())
    with pa.ipc.new_file(shard, table.schema) as writer:
        writer.write_table(table)
    return Pack.open(copy)


def with_picture(table: pa.Table, jpeg: bytes) -> pa.Table:
    pictures = [jpeg, *table["image"].to_pylist()[1:]]
    place = table.schema.get_field_index("image")
    return table.set_column(place, "image", pa.array(pictures, pa.binary()))


def bomb() -> bytes:
    """A few hundred bytes that claim to be 65,500 × 65,500 pixels: 12.9 GB decoded."""
    jpeg = bytearray(cv2.imencode(".jpg", np.zeros((24, 24, 3), np.uint8))[1].tobytes())
    place = jpeg.index(b"\xff\xc0") + 5
    jpeg[place : place + 4] = (65_500).to_bytes(2, "big") * 2
    return bytes(jpeg)


def picture(size: int, kind: str = ".jpg") -> bytes:
    return bytes(cv2.imencode(kind, np.zeros((size, size, 3), np.uint8))[1])


@pytest.mark.parametrize(
    "jpeg",
    [
        bomb(),
        picture(23),
        picture(2000),
        picture(24, ".png"),
        b"",
        b"\xff\xd8",
        b"\xff\xd8\xff\xc0",
    ],
    ids=["bomb", "small", "large", "png", "empty", "cut", "cut in its header"],
)
def test_a_picture_that_is_not_what_it_should_be_is_refused(copy: Path, jpeg: bytes) -> None:
    pack = forge(copy, lambda table: with_picture(table, jpeg))
    with pytest.raises(AubenchError, match="the picture of row 0 is damaged or not of 24×24"):
        pack.frames([0]).images()
    assert pack.frames([1]).images().shape == (1, 24, 24, 3)
    (told,) = verify_pack(copy)
    assert told.endswith("A.arrow: row 0 is not what was written")


@pytest.mark.parametrize("offsets", [[0, 1 << 30], [-(1 << 30), 10], [5, 2]])
def test_offsets_that_point_outside_are_refused(copy: Path, offsets: list[int]) -> None:
    """The file is patched: Arrow's writer would not make it."""
    shard = copy / "shards" / "A.arrow"
    table = pa.ipc.open_file(shard.read_bytes()).read_all()
    places = np.frombuffer(table["image"].chunk(0).buffers()[1], np.int32)
    data = shard.read_bytes()
    assert data.count(places[:4].tobytes()) == 1
    forged = np.array([*offsets, *places[2:4]], np.int32).tobytes()
    shard.write_bytes(data.replace(places[:4].tobytes(), forged))
    with pytest.raises(AubenchError, match=r"outside the file|Negative offsets"):
        Pack.open(copy).frames([0]).images()
    (told,) = verify_pack(copy)
    assert told.startswith(f"{shard}: ")


def test_names_of_sessions_that_point_outside_are_refused(copy: Path) -> None:
    shard = copy / "shards" / "A.arrow"
    table = pa.ipc.open_file(shard.read_bytes()).read_all()
    places = table["session"].chunk(0).buffers()[1].to_pybytes()[: 4 * 21]
    data = shard.read_bytes()
    assert data.count(places) == 1
    forged = np.frombuffer(places, np.int32).copy()
    forged[10:] += 1 << 29
    shard.write_bytes(data.replace(places, forged.tobytes()))
    with pytest.raises(AubenchError):
        _ = Pack.open(copy).index


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda t: t.drop_columns("image"), "no column image of binary"),
        (lambda t: t.drop_columns("landmarks"), "no column landmarks"),
        (lambda t: t.set_column(1, "view", t["view"].cast(pa.int32())), "no column view of int64"),
        (lambda t: t.append_column("view", t["view"]), "no column view"),
        (
            lambda t: t.set_column(
                2, "frame", pa.array([None, *t["frame"].to_pylist()[1:]], pa.int64())
            ),
            "holes in column frame",
        ),
        (
            lambda t: t.set_column(
                t.schema.get_field_index("labels"),
                "labels",
                pa.array([[1.0, 2.0, 3.0]] * len(t), pa.list_(pa.float32(), 3)),
            ),
            "no column labels",
        ),
        (lambda t: t.slice(0, 5), "5 rows, but the manifest counts 20"),
    ],
)
def test_a_shard_of_other_columns_is_refused(
    copy: Path, change: Callable[[pa.Table], pa.Table], what: str
) -> None:
    with pytest.raises(AubenchError, match=what):
        forge(copy, change)


@pytest.mark.parametrize("codec", ["zstd", "lz4"])
def test_a_compressed_shard_is_refused_before_it_is_unpacked(copy: Path, codec: str) -> None:
    """Twenty rows of 5 MB of zeros, in a file of less than 2 MB."""
    shard = copy / "shards" / "A.arrow"
    table = pa.ipc.open_file(shard.read_bytes()).read_all()
    zeros = pa.array([bytes(5_000_000)] * len(table), pa.binary())
    bomb = table.set_column(table.schema.get_field_index("image"), "image", zeros)
    options = pa.ipc.IpcWriteOptions(compression=codec)
    with pa.ipc.new_file(shard, bomb.schema, options=options) as writer:
        writer.write_table(bomb)
    assert shard.stat().st_size < 2_000_000
    before = pa.total_allocated_bytes()
    assert "compressed, which no shard is" in refused(copy)
    assert pa.total_allocated_bytes() - before < 1_000_000


def test_holes_inside_of_landmarks_are_refused(copy: Path) -> None:
    def holed(table: pa.Table) -> pa.Table:
        points = table["landmarks"].to_pylist()
        points[3][7] = None
        place = table.schema.get_field_index("landmarks")
        kind = pa.list_(pa.float32(), 136)
        return table.set_column(place, "landmarks", pa.array(points, kind))

    with pytest.raises(AubenchError, match="holes in column landmarks"):
        forge(copy, holed)


def everything(pack: Path) -> None:
    """Open a pack and touch all that is in it."""
    opened = Pack.open(pack)
    frames = opened.labelled(range(len(opened.index)), opened.aus())
    frames.images(), frames.landmarks, opened.labels("occurrence")


@pytest.mark.parametrize("flips", [1, 30])
def test_a_damaged_shard_never_breaks_its_reader(copy: Path, flips: int) -> None:
    """Bits are flipped where Arrow keeps lengths, offsets and types, not only in pictures."""
    rng = random.Random(flips)
    shard = copy / "shards" / "A.arrow"
    sound = shard.read_bytes()
    for _ in range(100):
        data = bytearray(sound)
        for _ in range(flips):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        shard.write_bytes(data)
        try:
            everything(copy)
        except AubenchError as error:
            assert "\n" not in str(error)
