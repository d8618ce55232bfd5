"""``aubench prepare``: what it makes, repeats, resumes and refuses."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from aubench import cli
from aubench.corpora.alignment.w300 import Alignment
from aubench.corpora.disfa.reader import Disfa
from aubench.errors import AubenchError
from aubench.pack import write_shard
from aubench.pack.manifest import SCHEMA_VERSION
from aubench.pack.pack import Pack
from aubench.pack.prepare import prepare
from support.small_pack import rewrite
from support.trees.disfa_tree import brightness, points, write_alignment, write_disfa

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """``aubench prepare`` in this process: exit status, standard output, standard error."""

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["aubench", "prepare", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            cli.main()
        return int(left.value.code or 0), *capsys.readouterr()

    return call


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_disfa(tmp_path / "DISFA")


def stamps(pack: Path) -> dict[str, int]:
    """When each file of a pack was written."""
    return {p.name: p.stat().st_mtime_ns for p in pack.rglob("*") if p.is_file()}


def test_prepare_makes_a_pack_and_says_done_the_second_time(
    command: Command, tree: Path, tmp_path: Path
) -> None:
    status, out, _ = command("disfa", tree, tmp_path / "pack", "--size", 48, "--workers", 1)
    assert status == 0
    assert "written: 3 subjects, 17 frames, 48 pixels, tight, fingerprint" in out
    assert "24 of DISFA's 27 subjects are not there: SN003," in out
    manifest = Pack.open(tmp_path / "pack").manifest
    assert (manifest.corpus, manifest.synthetic, manifest.size) == ("disfa", False, 48)
    assert manifest.recipe.name == "tight"
    assert (manifest.settings["camera"], manifest.settings["landmarks"]) == ("left", "strict")
    before = stamps(tmp_path / "pack")
    status, out, _ = command("disfa", tree, tmp_path / "pack", "--size", 48)
    assert status == 0
    assert "done already: 3 subjects" in out
    assert stamps(tmp_path / "pack") == before


@pytest.mark.parametrize(
    ("option", "value", "what"),
    [
        ("--size", 64, "begun with size 48, not 64"),
        ("--recipe", "affine3", "begun with recipe tight with margin 0.2, not affine3"),
        ("--margin", 0.3, "begun with recipe tight with margin 0.2, not tight with margin 0.3"),
        ("--frames", "errlog", "begun with frames all, not errlog"),
        ("--sampling", "supersampling", "begun with sampling mipmap, not supersampling"),
        ("--quality", 80, "begun with quality 95, not 80"),
    ],
)
def test_other_options_need_another_folder(  # noqa: PLR0917  # fixtures and parameters
    command: Command, tree: Path, tmp_path: Path, option: str, value: object, what: str
) -> None:
    prepare(Disfa(tree), tmp_path / "pack", size=48, subjects=["disfa/SN001"])
    before = stamps(tmp_path / "pack")
    status, _, error = command(
        "disfa", tree, tmp_path / "pack", *({"--size": 48} | {option: value}).popitem(),
        *(() if option == "--size" else ("--size", 48)),
    )  # fmt: skip
    assert status == 2
    assert what in error
    assert stamps(tmp_path / "pack") == before


def test_the_fingerprint_depends_on_content_only(tree: Path, tmp_path: Path) -> None:
    def made(name: str, **options: object) -> Pack:
        source = options.pop("source", tree)
        return prepare(Disfa(source), tmp_path / name, **({"size": 48} | options))

    one = made("one")
    assert made("two", workers=2).manifest == one.manifest
    elsewhere = write_disfa(tmp_path / "elsewhere")
    assert made("moved", source=elsewhere).manifest.fingerprint == one.manifest.fingerprint
    parts = made("parts", subjects=["disfa/SN010"])
    assert list(parts.manifest.subjects) == ["disfa/SN010"]
    assert made("parts").manifest == one.manifest  # went on with the others

    label = elsewhere / "ActionUnit_Labels/SN002/SN002_au26.txt"
    label.write_text(label.read_text().replace("6,2", "6,3"))
    others = [
        made("smaller", size=47),
        made("affine", recipe="affine3"),
        made("wider", margin=0.3),
        made("fewer", subjects=["disfa/SN001", "disfa/SN002"]),
        made("coarser", quality=80),
        made("relabelled", source=elsewhere),
    ]
    prints = {pack.manifest.fingerprint for pack in (one, *others)}
    assert len(prints) == 1 + len(others)


def test_subjects_are_chosen_by_id(command: Command, tree: Path, tmp_path: Path) -> None:
    status, _, _ = command(
        "disfa", tree, tmp_path / "pack", "--subjects", "SN001, SN010", "--workers", 1
    )
    assert status == 0
    assert list(Pack.open(tmp_path / "pack").manifest.subjects) == ["disfa/SN001", "disfa/SN010"]


def test_errlog_leaves_the_logged_frames_out(tmp_path: Path) -> None:
    source = write_disfa(tmp_path / "DISFA", ("SN021",), frames=576)  # 574–576 are logged
    (source / "Landmark_Points/SN021/tmp_frame_lm/SN021_0574_lm.mat").unlink()
    every = prepare(Disfa(source), tmp_path / "all", size=32)
    assert len(every) == 576
    assert list(every.index["frame"][every.index["logged"]]) == [574, 575, 576]
    assert list(every.index["frame"][~every.index["tracked"]]) == [574, 575, 576]
    assert np.isnan(every.points.all()[573:]).all()
    assert np.isfinite(every.points.all()[:573]).all()
    # An untracked frame is cropped where the face was: on the grey of its own frame.
    assert abs(float(every.frames([574]).images().mean()) - brightness(575)) < 6
    assert any("3 frames have no landmarks" in note for note in every.manifest.notes)
    fewer = prepare(Disfa(source), tmp_path / "errlog", size=32, frames="errlog")
    assert list(fewer.index["frame"]) == list(range(1, 574))


def test_a_marked_tree_is_synthetic(tree: Path, tmp_path: Path) -> None:
    plain = prepare(Disfa(tree), tmp_path / "plain", size=32, subjects=["disfa/SN001"])
    (tree / "SYNTHETIC.json").write_text("{}")
    for source in (tree, tree.parent):  # the folder around it is no way past the mark
        dest = tmp_path / f"pack-{source.name}"
        made = prepare(Disfa(source), dest, size=32, subjects=["disfa/SN001"])
        assert made.manifest.synthetic
        assert made.manifest.corpus == "disfa"
        assert made.manifest.fingerprint != plain.manifest.fingerprint
    with pytest.raises(AubenchError, match="begun with synthetic False, not True"):
        prepare(Disfa(tree), tmp_path / "plain", size=32)


def test_alignment_pictures_become_a_pack_without_labels(command: Command, tmp_path: Path) -> None:
    write_alignment(tmp_path / "300W")
    status, out, _ = command("alignment", tmp_path / "300W", tmp_path / "pack", "--workers", 1)
    assert status == 0, out
    pack = Pack.open(tmp_path / "pack")
    assert pack.labels().shape == (3, 0)
    assert list(pack.index["subject"]) == ["alignment/afw"] * 2 + ["alignment/helen"]
    assert list(pack.index["session"]) == ["afw/1", "afw/2", "helen/train/1"]
    assert list(pack.index["frame"]) == [1, 1, 1]
    for row in range(3):
        face = points(row + 1)
        low, high = face.min(axis=0), face.max(axis=0)
        expected = (face - (low + high) / 2) * (256 / 1.4 / (high - low).max()) + 127.5
        np.testing.assert_allclose(pack.points.all()[row], expected, atol=2e-2)
        assert abs(float(pack.frames([row]).images()[0, 128, 128].mean()) - brightness(row + 1)) < 6


def test_odd_folder_names_stay_inside_the_pack(tmp_path: Path) -> None:
    names = ("..a/1", "b c%d/1", "ä/1", "1")
    write_alignment(tmp_path / "faces", names)
    pack = prepare(Alignment(tmp_path / "faces"), tmp_path / "pack", size=32)
    assert set(pack.index["subject"]) == {f"alignment/{n}" for n in ("..a", "b c%d", "ä", "root")}
    assert len(list((tmp_path / "pack/shards").glob("*.arrow"))) == 4
    assert prepare(Alignment(tmp_path / "faces"), pack.path, size=32).manifest == pack.manifest


@pytest.mark.parametrize(("workers", "kills"), [(1, (1, 2)), (2, (1,))])
def test_killed_prepares_go_on_to_the_same_pack(
    tmp_path: Path, workers: int, kills: tuple[int, ...]
) -> None:
    subjects = ("SN001", "SN002", "SN003", "SN004")
    source = write_disfa(tmp_path / "DISFA", subjects, frames=120)
    whole = prepare(Disfa(source), tmp_path / "whole", size=64)
    dest = tmp_path / "killed"
    arguments = ("prepare", "disfa", source, dest, "--size", 64, "--workers", workers)
    dest.mkdir()
    (dest / "options.json.1.partial").write_text("{")  # killed before it had begun
    for kept in kills:
        process = subprocess.Popen(
            [sys.executable, "-m", "aubench", *map(str, arguments)], start_new_session=True
        )
        while len(list(dest.glob("shards/*.json"))) < kept and process.poll() is None:
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)  # the parent alone: its workers must end by themselves
        process.wait()
        assert not (dest / "manifest.json").exists()
        deadline = time.monotonic() + 20
        while group_lives(process.pid):
            assert time.monotonic() < deadline, "a worker outlived its parent"
            time.sleep(0.01)
    with pytest.raises(AubenchError, match="not finished"):
        Pack.open(dest)
    before = {n: t for n, t in stamps(dest).items() if n.endswith(".json")}
    (dest / "shards/SN004.arrow.1.partial").write_bytes(b"left by a writer that was killed")
    pack = prepare(Disfa(source), dest, size=64)
    assert pack.manifest == whole.manifest
    assert before.items() <= stamps(dest).items()  # what was finished was not made again
    assert not list(dest.glob("shards/*.partial"))


def test_a_second_prepare_into_one_folder_is_told_who_is_at_it(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode = write_shard.encode
    monkeypatch.setattr("aubench.pack.prepare.expect", lambda *_: {})  # it encodes frames, too

    def joined(*arguments: object) -> bytes:
        monkeypatch.setattr(write_shard, "encode", encode)
        with pytest.raises(AubenchError, match=rf"process {os.getpid()} on .* is at it since 20"):
            prepare(Disfa(tree), tmp_path / "pack", size=48, subjects=["disfa/SN002"])
        return encode(*arguments)

    monkeypatch.setattr(write_shard, "encode", joined)
    prepare(Disfa(tree), tmp_path / "pack", size=48, subjects=["disfa/SN001"])
    assert len(Pack.open(tmp_path / "pack")) == 6
    assert sorted(p.name for p in (tmp_path / "pack").iterdir()) == [
        "manifest.json", "options.json", "shards",
    ]  # fmt: skip


def group_lives(group: int) -> bool:
    """True if a session has a process left that is not a zombie."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            return True
    return False


def test_a_full_disk_keeps_what_is_finished(
    command: Command, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really_open = Path.open

    def full(path: Path, mode: str = "r", *rest: object, **named: object) -> object:
        if path.name.startswith("SN010.arrow"):
            path = Path("/dev/full")
        return really_open(path, mode, *rest, **named)

    arguments = ("disfa", tree, tmp_path / "pack", "--size", 48, "--workers", 1)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", full)
        status, _, error = command(*arguments)
    assert status == 2
    assert error.count("\n") == 1
    assert "SN010.arrow: No space left on device; free some space and repeat" in error
    before = stamps(tmp_path / "pack")
    assert {"SN001.arrow", "SN001.json", "SN002.arrow", "SN002.json"} <= set(before)
    status, _, _ = command(*arguments)
    assert status == 0
    after = stamps(tmp_path / "pack")
    assert before.items() <= after.items()
    assert Pack.open(tmp_path / "pack").manifest == prepare(
        Disfa(tree), tmp_path / "other", size=48
    ).manifest  # fmt: skip


def test_a_foreign_folder_is_left_alone(command: Command, tree: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.tex").write_text("…")
    status, _, error = command("disfa", tree, tmp_path / "thesis")
    assert status == 2
    assert "is in use, and not by a pack; name a new folder" in error
    assert os.listdir(tmp_path / "thesis") == ["chapter1.tex"]  # noqa: PTH208  # names, not paths


def test_a_folder_below_a_file_is_refused(command: Command, tree: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    status, _, error = command("disfa", tree, tmp_path / "file" / "pack")
    assert status == 2
    assert "no folder can be made; name another" in error


def test_options_may_change_while_nothing_is_finished(
    command: Command, tree: Path, tmp_path: Path
) -> None:
    label = tree / "ActionUnit_Labels/SN001/SN001_au6.txt"
    good = label.read_text()
    label.write_text(good.replace("3,3", "3,7"))
    status, _, error = command("disfa", tree, tmp_path / "pack", "--size", 48)
    assert (status, "intensity 7" in error) == (2, True)
    label.write_text(good)
    status, _, _ = command("disfa", tree, tmp_path / "pack", "--size", 32, "--workers", 1)
    assert status == 0
    assert Pack.open(tmp_path / "pack").manifest.size == 32


def test_a_pack_begun_by_a_newer_version_is_refused(
    command: Command, tree: Path, tmp_path: Path
) -> None:
    prepare(Disfa(tree), tmp_path / "pack", size=48)
    newer = {"schema_version": SCHEMA_VERSION + 1}
    for name in ("options.json", "manifest.json"):
        rewrite(tmp_path / "pack" / name, lambda data: data.update(newer))
    status, _, error = command("disfa", tree, tmp_path / "pack", "--size", 48)
    assert status == 2
    assert "written by a newer aubench" in error
    assert "upgrade aubench" in error
