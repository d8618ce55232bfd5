"""``aubench pack merge``: parts become the pack that they are parts of."""

import itertools
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aubench.errors import AubenchError
from aubench.pack.manifest import Manifest, finish
from aubench.pack.merge import merge
from aubench.pack.pack import Pack
from aubench.pack.verify import verify_pack
from support.small_pack import PEOPLE, make, pack_command


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("whole") / "pack").path


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A pack of each person alone, as if each was prepared on another machine."""
    folder = tmp_path_factory.mktemp("parts")
    return {key: make(folder / key[-1], [key]).path for key in PEOPLE}


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
    told = pack_command("merge", *reversed(parts.values()), tmp_path / "all")
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
