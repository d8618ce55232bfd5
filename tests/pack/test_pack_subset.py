"""``aubench pack subset``: some frames of a pack, as they are."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from aubench.cli.corpora.pack import command
from aubench.errors import AubenchError
from aubench.pack.manifest import Manifest
from aubench.pack.merge import merge
from aubench.pack.pack import Pack
from aubench.pack.prepare import prepare
from aubench.pack.verify import verify_pack
from support.small_pack import FRAMES, SESSIONS, VIEWS, Small, line, make, pack_command


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("whole") / "pack").path


@pytest.mark.parametrize("people", [("small/B",), ("small/A", "small/D")])
def test_whole_subjects_are_what_prepare_makes_of_them(
    whole: Path, tmp_path: Path, people: tuple[str, ...]
) -> None:
    ids = ",".join(key.partition("/")[2] for key in people)
    pack_command("subset", whole, tmp_path / "part", "--subjects", ids)
    wanted = make(tmp_path / "wanted", people).manifest
    found = Pack.open(tmp_path / "part").manifest
    assert found.fingerprint == wanted.fingerprint
    assert found.subjects == wanted.subjects
    assert verify_pack(tmp_path / "part") == []


def test_subsets_merge_back_to_the_whole(whole: Path, tmp_path: Path) -> None:
    for person in "ABCD":
        pack_command("subset", whole, tmp_path / person, "--subjects", person)
    merged = merge([tmp_path / person for person in "DBAC"], tmp_path / "all")
    assert merged.manifest.fingerprint == Manifest.read(whole / "manifest.json").fingerprint


def test_a_subset_without_logged_frames_is_what_prepare_makes(whole: Path, tmp_path: Path) -> None:
    pack_command("subset", whole, tmp_path / "part", "--frames", "errlog")
    wanted = make(tmp_path / "wanted", frames="errlog").manifest
    assert Pack.open(tmp_path / "part").manifest.fingerprint == wanted.fingerprint


def test_a_subset_keeps_the_frames_asked_for_as_they_are(whole: Path, tmp_path: Path) -> None:
    pack_command(
        "subset", whole, tmp_path / "p", "--sessions", "T2", "--views", "6", "--every", "2"
    )
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
    assert (
        line(pack_command("info", tmp_path / "p"), "subset") == "sessions T2, views 6, 1 frame in 2"
    )


def test_nothing_is_added_to_recordings_that_were_cut_down(whole: Path, tmp_path: Path) -> None:
    pack_command("subset", whole, tmp_path / "p", "--subjects", "A", "--every", "2")
    with pytest.raises(AubenchError, match="begun with subset 1 frame in 2"):
        prepare(Small(tmp_path), tmp_path / "p", size=24)
    other = tmp_path / "q"
    pack_command("subset", whole, other, "--subjects", "B", "--every", "3")
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
