"""``aubench pack verify``: any change is found, and named with its shard and row."""

import json
import random
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner

from aubench.cli.corpora.pack import command
from aubench.pack.pack import Pack
from aubench.pack.verify import verify_pack
from support.command import Aubench
from support.small_pack import flip, make, rewrite


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("whole") / "pack").path


@pytest.fixture
def copy(whole: Path, tmp_path: Path) -> Path:
    """A pack to spoil."""
    return Path(shutil.copytree(whole, tmp_path / "copy"))


def test_an_untouched_pack_verifies(whole: Path, aubench: Aubench) -> None:
    done = aubench("pack", "verify", whole)
    assert done.returncode == 0
    assert "80 frames" in done.stdout
    assert "as they were written" in done.stdout


def test_any_flipped_bit_is_found_and_its_shard_named(copy: Path) -> None:
    rng = random.Random(0)
    shard = copy / "shards" / "C.arrow"
    for _ in range(150):
        place, bit = rng.randrange(shard.stat().st_size), rng.randrange(8)
        flip(shard, place, bit)
        found = verify_pack(copy)
        assert len(found) == 1, (place, bit)
        assert found[0].startswith(f"{shard}: ")
        flip(shard, place, bit)
    assert verify_pack(copy) == []


def test_a_flipped_bit_of_a_picture_is_named_with_its_row(copy: Path) -> None:
    shard = copy / "shards" / "B.arrow"
    data = shard.read_bytes()
    jpeg = Pack.open(copy).shards[1].jpeg(7).tobytes()
    flip(shard, data.index(jpeg) + len(jpeg) // 2, 3)
    done = CliRunner().invoke(command, ["verify", str(copy)])
    assert done.exit_code == 1
    assert done.output == f"damaged: {shard}: row 7 is not what was written\n"


def test_a_flipped_bit_of_landmarks_is_named_with_its_row(copy: Path) -> None:
    shard = copy / "shards" / "A.arrow"
    data = shard.read_bytes()
    points = Pack.open(copy).points.all()[12].tobytes()
    flip(shard, data.index(points) + 8, 0)
    assert verify_pack(copy) == [f"{shard}: row 12 is not what was written"]


def test_a_byte_outside_of_all_rows_is_found(copy: Path) -> None:
    shard = copy / "shards" / "A.arrow"
    with shard.open("ab") as file:
        file.write(b"ARROW1")
    (told,) = verify_pack(copy)
    assert told.startswith(f"{shard}: ")


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("quality",), 90),
        (("synthetic",), False),
        (("frames",), "errlog"),
        (("notes",), ["all is well"]),
        (("recipe", "name"), "affine3"),
        (("subjects", "small/A", "untracked"), 0),
        (("subjects", "small/A", "sha256"), "0" * 64),
        (("fingerprint",), "0123456789abcdef"),
        (("checksum",), "0123456789abcdef"),
    ],
)
def test_a_changed_manifest_is_found(copy: Path, where: tuple[str, ...], value: object) -> None:
    manifest = copy / "manifest.json"

    def change(data: dict[str, Any]) -> None:
        for name in where[:-1]:
            data = data[name]
        assert data[where[-1]] != value
        data[where[-1]] = value

    rewrite(manifest, change)
    found = verify_pack(copy)
    assert f"{manifest}: changed since it was written" in found


def test_a_subject_taken_out_of_the_manifest_is_found(copy: Path) -> None:
    manifest = copy / "manifest.json"
    rewrite(manifest, lambda data: (data.pop("checksum"), data["subjects"].pop("small/B")))
    (told,) = verify_pack(copy)
    assert "fingerprint" in told


def test_shards_that_changed_places_are_found(copy: Path) -> None:
    """Each is whole, and as long as the other."""
    a, b, other = (copy / "shards" / name for name in ("A.arrow", "B.arrow", "C.tmp"))
    a.rename(other)
    b.rename(a)
    other.rename(b)
    assert [told.partition(": ")[0] for told in verify_pack(copy)] == [str(a), str(b)]


def test_a_missing_shard_is_one_finding_among_others(copy: Path) -> None:
    (copy / "shards" / "A.arrow").unlink()
    flip(copy / "shards" / "D.arrow", 5000, 1)
    found = verify_pack(copy)
    assert len(found) == 2
    assert found[0].endswith("A.arrow: shard is missing")


def test_an_older_pack_without_checks_is_verified_by_shard(copy: Path) -> None:
    """Its rows have no check, its shards no CRC, its manifest no checksum."""
    manifest = copy / "manifest.json"
    data = json.loads(manifest.read_text())
    del data["checksum"]
    for info in data["subjects"].values():
        del info["crc32"]
        path = copy / "shards" / info["file"]
        table = pa.ipc.open_file(path.read_bytes()).read_all().drop_columns("check")
        with pa.ipc.new_file(path, table.schema) as writer:
            writer.write_table(table)
    manifest.write_text(json.dumps(data))
    assert verify_pack(copy) == []
    shard = copy / "shards" / "B.arrow"
    jpeg = Pack.open(copy).shards[1].jpeg(7).tobytes()
    flip(shard, shard.read_bytes().index(jpeg) + len(jpeg) // 2, 3)
    assert verify_pack(copy) == [f"{shard}: its rows are not those of the manifest"]


def test_what_is_no_pack_cannot_be_verified(tmp_path: Path, aubench: Aubench) -> None:
    done = aubench("pack", "verify", tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {tmp_path}: no pack: an empty folder; ")
