"""``aubench pack``: info, verify, merge, subset."""

import itertools
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aubench.cli.corpora.pack import command
from aubench.errors import AubenchError
from aubench.pack.manifest import Manifest, finish
from aubench.pack.merge import merge
from aubench.pack.pack import Pack
from aubench.pack.prepare import prepare
from aubench.pack.verify import verify_pack
from support.small_pack import FRAMES, PEOPLE, SESSIONS, VIEWS, Small, make


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("whole") / "pack").path


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A pack of each person alone, as if each was prepared on another machine."""
    folder = tmp_path_factory.mktemp("parts")
    return {key: make(folder / key[-1], [key]).path for key in PEOPLE}


@pytest.fixture
def copy(whole: Path, tmp_path: Path) -> Path:
    """A pack to spoil."""
    return Path(shutil.copytree(whole, tmp_path / "copy"))


def pack(*arguments: object) -> str:
    """What the command prints."""
    done = CliRunner().invoke(command, [str(a) for a in arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def line(output: str, name: str) -> str:
    """The text behind a name of ``info``."""
    found = re.search(rf"^  {name} +(.*(?:\n {{18}}.*)*)", output, re.MULTILINE)
    assert found, output
    return found[1]


def test_info_says_what_a_pack_holds(whole: Path) -> None:
    output = pack("info", whole)
    assert max(map(len, output.splitlines()[1:])) <= 80
    assert line(output, "corpus") == "small, SYNTHETIC faces"
    assert line(output, "subjects") == "4: A B C D"
    assert line(output, "frames") == "80"
    assert line(output, "  in error log") == "8"  # one a view of T1
    assert line(output, "  no landmarks") == "8"
    assert (line(output, "sessions"), line(output, "views")) == ("T1 T2", "1 6")
    assert (line(output, "intensity"), line(output, "occurrence")) == ("AU 6 12", "AU 6 24")
    missing = re.findall(r"not coded +(.*)", output)
    assert missing == ["AU12 16", "AU24 16"]
    manifest = Manifest.read(whole / "manifest.json")
    assert line(output, "crop") == f"tight, recipe {manifest.recipe.hash}"
    assert line(output, "  margin") == "0.2"
    assert line(output, "fingerprint") == manifest.fingerprint
    size = sum(path.stat().st_size for path in (whole / "shards").glob("*.arrow"))
    assert line(output, "on disk").startswith(f"{size / 1000:.1f} kB in 4 shards")


def test_an_untouched_pack_verifies(whole: Path, aubench: Callable[..., object]) -> None:
    done = aubench("pack", "verify", whole)
    assert done.returncode == 0  # type: ignore[attr-defined]
    assert "80 frames" in done.stdout  # type: ignore[attr-defined]
    assert "as they were written" in done.stdout  # type: ignore[attr-defined]


def flip(path: Path, place: int, bit: int) -> None:
    with path.open("r+b") as file:
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ 1 << bit]))


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


def edited(manifest: Path, *where: str) -> Callable[[object], None]:
    def put(value: object) -> None:
        data = json.loads(manifest.read_text())
        place = data
        for name in where[:-1]:
            place = place[name]
        assert place[where[-1]] != value
        place[where[-1]] = value
        manifest.write_text(json.dumps(data))

    return put


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
    edited(manifest, *where)(value)
    found = verify_pack(copy)
    assert f"{manifest}: changed since it was written" in found


def test_a_subject_taken_out_of_the_manifest_is_found(copy: Path) -> None:
    manifest = copy / "manifest.json"
    data = json.loads(manifest.read_text())
    del data["subjects"]["small/B"], data["checksum"]
    manifest.write_text(json.dumps(data))
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


def test_what_is_no_pack_cannot_be_verified(tmp_path: Path, aubench: Callable[..., object]) -> None:
    done = aubench("pack", "verify", tmp_path)
    assert done.returncode == 2  # type: ignore[attr-defined]
    assert done.stderr.startswith(f"error: {tmp_path}: no pack; ")  # type: ignore[attr-defined]


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(order=st.permutations(PEOPLE), cuts=st.sets(st.integers(1, 3)))
def test_merging_gives_the_whole_whatever_the_order(
    whole: Path,
    parts: dict[str, Path],
    tmp_path_factory: pytest.TempPathFactory,
    order: Sequence[str],
    cuts: set[int],
) -> None:
    """Packs of one person each are merged in groups, and the groups merged."""
    folder = tmp_path_factory.mktemp("merged")
    groups = [list(order[a:b]) for a, b in itertools.pairwise([0, *sorted(cuts), len(order)])]
    made = [
        merge([parts[key] for key in group], folder / str(n)).path for n, group in enumerate(groups)
    ]
    again = merge(made, folder / "all")
    assert again.manifest.fingerprint == Manifest.read(whole / "manifest.json").fingerprint
    assert verify_pack(again.path) == []
    shutil.rmtree(folder)


@given(order=st.permutations(PEOPLE))
def test_the_order_in_which_shards_were_finished_does_not_matter(
    whole: Path, order: Sequence[str]
) -> None:
    manifest = Manifest.read(whole / "manifest.json")
    again = finish(manifest, {key: manifest.subjects[key] for key in order}, manifest.notes)
    assert again == manifest


def test_a_merged_pack_is_the_whole_row_by_row(
    whole: Path, parts: dict[str, Path], tmp_path: Path
) -> None:
    told = pack("merge", *reversed(parts.values()), tmp_path / "all")
    merged, wanted = Pack.open(tmp_path / "all"), Pack.open(whole)
    assert wanted.manifest.fingerprint in told
    assert merged.index.equals(wanted.index)
    np.testing.assert_array_equal(
        merged.frames(range(80)).images(), wanted.frames(range(80)).images()
    )
    linked = (tmp_path / "all" / "shards" / "A.arrow").stat()
    assert linked.st_ino == (parts["small/A"] / "shards" / "A.arrow").stat().st_ino


def test_merging_across_disks_copies(
    parts: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def other_disk(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", other_disk)
    merge(list(parts.values()), tmp_path / "all")
    assert verify_pack(tmp_path / "all") == []


def test_a_merge_goes_on_where_it_was_killed(parts: dict[str, Path], tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from aubench.pack.merge import merge\n"
        "class Killer:\n"
        "    def report(self, event, **_):\n"
        "        if event == 'subject': os.kill(os.getpid(), 9)\n"
        "merge([Path(p) for p in sys.argv[2:]], Path(sys.argv[1]), Killer())"
    )
    dest = tmp_path / "all"
    command = [sys.executable, "-c", code, dest, *parts.values()]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    with pytest.raises(AubenchError, match="not finished"):
        Pack.open(dest)
    assert len(merge(list(parts.values()), dest)) == 80
    before = (dest / "manifest.json").stat().st_mtime_ns
    assert len(merge(list(parts.values()), dest)) == 80  # done already
    assert (dest / "manifest.json").stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"quality": 80}, "quality is 80, but 95 in "),
        ({"frames": "errlog"}, "frames is errlog, but all in "),
        ({"recipe": "affine3"}, "recipe is affine3, but tight with margin 0.2 in "),
    ],
)
def test_packs_of_other_options_are_not_merged(
    parts: dict[str, Path], tmp_path: Path, options: dict[str, object], what: str
) -> None:
    other = make(tmp_path / "other", [PEOPLE[1]], **options).path
    with pytest.raises(AubenchError, match=what) as caught:
        merge([parts[PEOPLE[0]], other], tmp_path / "all")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "all").exists()


def test_packs_that_share_a_subject_are_not_merged(whole: Path, parts: dict[str, Path]) -> None:
    with pytest.raises(AubenchError, match=r"small/A is in .*, too"):
        merge([whole, parts["small/A"]], whole.parent / "never")


def test_a_folder_of_another_pack_is_left_alone(parts: dict[str, Path], tmp_path: Path) -> None:
    there = make(tmp_path / "there", ["small/D"]).path
    with pytest.raises(AubenchError, match="already holds another D"):
        merge([parts["small/A"], parts["small/B"]], there)
    assert verify_pack(there) == []


@pytest.mark.parametrize("people", [("small/B",), ("small/A", "small/D")])
def test_whole_subjects_are_what_prepare_makes_of_them(
    whole: Path, tmp_path: Path, people: tuple[str, ...]
) -> None:
    ids = ",".join(key.partition("/")[2] for key in people)
    pack("subset", whole, tmp_path / "part", "--subjects", ids)
    wanted = make(tmp_path / "wanted", people).manifest
    found = Pack.open(tmp_path / "part").manifest
    assert found.fingerprint == wanted.fingerprint
    assert found.subjects == wanted.subjects
    assert verify_pack(tmp_path / "part") == []


def test_subsets_merge_back_to_the_whole(whole: Path, tmp_path: Path) -> None:
    for person in "ABCD":
        pack("subset", whole, tmp_path / person, "--subjects", person)
    merged = merge([tmp_path / person for person in "DBAC"], tmp_path / "all")
    assert merged.manifest.fingerprint == Manifest.read(whole / "manifest.json").fingerprint


def test_a_subset_without_logged_frames_is_what_prepare_makes(whole: Path, tmp_path: Path) -> None:
    pack("subset", whole, tmp_path / "part", "--frames", "errlog")
    wanted = make(tmp_path / "wanted", frames="errlog").manifest
    assert Pack.open(tmp_path / "part").manifest.fingerprint == wanted.fingerprint


def test_a_subset_keeps_the_frames_asked_for_as_they_are(whole: Path, tmp_path: Path) -> None:
    pack("subset", whole, tmp_path / "p", "--sessions", "T2", "--views", "6", "--every", "2")
    part, every = Pack.open(tmp_path / "p"), Pack.open(whole)
    index = every.index
    rows = np.flatnonzero(
        (index["session"] == "T2") & (index["view"] == 6) & index["frame"].isin([1, 3, 5])
    )
    assert len(part) == len(rows) == 12
    for name in index.columns:
        assert list(part.index[name]) == list(index[name].iloc[rows])
    np.testing.assert_array_equal(part.points.all(), every.points.all()[rows])
    np.testing.assert_array_equal(part.labels("occurrence"), every.labels("occurrence")[rows])
    for row, place in enumerate(rows):
        whole_shard, within = divmod(int(place), len(SESSIONS) * len(VIEWS) * FRAMES)
        shard, inner = divmod(row, 3)
        assert (
            part.shards[shard].jpeg(inner).tobytes()
            == every.shards[whole_shard].jpeg(within).tobytes()
        )
    assert line(pack("info", tmp_path / "p"), "subset") == "sessions T2, views 6, 1 frame in 2"


def test_nothing_is_added_to_recordings_that_were_cut_down(whole: Path, tmp_path: Path) -> None:
    pack("subset", whole, tmp_path / "p", "--subjects", "A", "--every", "2")
    with pytest.raises(AubenchError, match="begun with subset 1 frame in 2"):
        prepare(Small(tmp_path), tmp_path / "p", size=24)
    other = tmp_path / "q"
    pack("subset", whole, other, "--subjects", "B", "--every", "3")
    with pytest.raises(AubenchError, match="subset is 1 frame in 3, but 1 frame in 2"):
        merge([tmp_path / "p", other], tmp_path / "all")


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("--subjects", "Z"), "no subject small/Z; choose among small/A, small/B"),
        (("--sessions", "T9"), "no session T9; choose among T1, T2"),
        (("--views", "2"), "no view 2; choose among 1, 6"),
        (("--views", "six"), "--views six; give numbers"),
    ],
)
def test_a_subset_of_what_is_not_there_is_refused(
    whole: Path,
    tmp_path: Path,
    aubench: Callable[..., object],
    arguments: tuple[str, ...],
    what: str,
) -> None:
    runner = CliRunner()
    done = runner.invoke(command, ["subset", str(whole), str(tmp_path / "p"), *arguments])
    assert isinstance(done.exception, AubenchError)
    assert what in str(done.exception)
    assert not list(tmp_path.iterdir())


def test_a_folder_in_use_is_not_written_to(whole: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    done = CliRunner().invoke(command, ["subset", str(whole), str(tmp_path)])
    assert "is in use" in str(done.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
