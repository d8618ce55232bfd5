"""``aubench prepare`` repeated: as it was told to after a refusal, after labels were mended, with
landmarks that lie elsewhere; and what a pack keeps of the machine that it was made on.
"""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from aubench.corpora.bp4d.reader import Bp4d
from aubench.corpora.corpus import Corpus
from aubench.corpora.disfa.reader import Disfa
from aubench.corpora.fera2017.reader import Fera2017
from aubench.landmarks import to_49
from aubench.pack.manifest import Manifest
from aubench.pack.pack import Pack
from aubench.pack.verify import verify_pack
from support.command import run_here
from support.small_pack import rewrite
from support.trees.disfa_tree import points as disfa_points
from support.trees.disfa_tree import write_disfa, write_mat
from support.trees.recorded_trees import (
    FRAMES,
    Bp4dLayout,
    nested_pts,
    points,
    write_bp4d,
    write_csv,
    write_fera2017,
    write_fit,
)

COMMON = ("--size", 32, "--workers", 1)


def prepare(corpus: str, source: Path, pack: Path, *options: object) -> tuple[int, str]:
    return run_here("prepare", corpus, source, pack, *COMMON, *options)


def stamps(pack: Path) -> dict[str, int]:
    """When each shard of a pack was written."""
    return {path.name: path.stat().st_mtime_ns for path in (pack / "shards").glob("*.arrow")}


# --- "repeat with --landmarks interpolate" ----------------------------------------------------


def bp4d(root: Path) -> None:
    write_bp4d(root)
    numbers = (997, *FRAMES, 1004)
    rows = [None if number == 1000 else to_49(points(number)) for number in numbers]
    write_fit(root / "BP4D-fpoints/M002_T1.mat", rows)


def fera2017(root: Path) -> None:
    write_fera2017(root)
    path = root / "Landmarks/FERA17_VA_F001_T1_6.csv"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:5]))


def disfa(root: Path) -> None:
    """A landmark that is NaN: found when the video is gone through, SN001 is finished by then."""
    write_disfa(root, ("SN001", "SN002"))
    face = disfa_points(3)
    face[30] = np.nan
    write_mat(root / "Landmark_Points/SN002/tmp_frame_lm/SN002_0002_lm.mat", face)


LOST = {
    "bp4d": (bp4d, "F001"),
    "fera2017": (fera2017, "TR/F001"),
    "disfa": (disfa, "SN001"),
}


@pytest.mark.parametrize("corpus", LOST)
def test_a_strict_pack_goes_on_as_interpolate(tmp_path: Path, corpus: str) -> None:
    write, first = LOST[corpus]
    write(tmp_path / "tree")
    pack = tmp_path / "pack"
    status, text = prepare(corpus, tmp_path / "tree", pack, "--subjects", first)
    assert status == 0, text
    before = stamps(pack)
    assert len(before) == 1
    status, text = prepare(corpus, tmp_path / "tree", pack)
    assert status == 2
    told = re.search(r"repeat with (--landmarks interpolate)", text)
    assert told, text
    status, text = prepare(corpus, tmp_path / "tree", pack, *told[1].split())
    assert status == 0, text
    assert before.items() <= stamps(pack).items()  # nothing computed was lost
    assert verify_pack(pack) == []
    made = Pack.open(pack)
    assert made.manifest.settings["landmarks"] == "interpolate"
    assert int((~made.index["tracked"]).sum()) == 1
    whole = tmp_path / "whole"
    prepare(corpus, tmp_path / "tree", whole, "--landmarks", "interpolate")
    assert Manifest.read(whole / "manifest.json") == made.manifest
    status, text = prepare(corpus, tmp_path / "tree", pack, "--landmarks", "interpolate")
    assert (status, "done already" in text) == (0, True)


def test_an_interpolated_pack_does_not_go_on_as_strict(tmp_path: Path) -> None:
    disfa(tmp_path / "tree")
    pack = tmp_path / "pack"
    assert prepare("disfa", tmp_path / "tree", pack, "--landmarks", "interpolate")[0] == 0
    status, text = prepare("disfa", tmp_path / "tree", pack)
    assert status == 2
    assert "begun with landmarks interpolate, not strict; name another folder, or repeat" in text


def test_another_camera_is_another_pack_whatever_else_is_loosened(tmp_path: Path) -> None:
    root = write_disfa(tmp_path / "tree", ("SN001",))
    assert prepare("disfa", root, tmp_path / "pack")[0] == 0
    manifest = tmp_path / "pack/options.json"
    rewrite(manifest, lambda data: data["settings"].update(camera="right"))
    status, text = prepare("disfa", root, tmp_path / "pack", "--landmarks", "interpolate")
    assert (status, "begun with camera right, not left" in text) == (2, True)


def test_a_pack_of_an_older_version_goes_on(tmp_path: Path) -> None:
    """It names fewer settings, holds a path, and no digests."""
    root = write_bp4d(tmp_path / "tree", Bp4dLayout(landmarks=nested_pts))
    options = ("--landmark-source", root / "Landmarks")
    pack = tmp_path / "pack"
    assert prepare("bp4d", root, pack, *options, "--subjects", "F001")[0] == 0

    def older(data: dict[str, object]) -> None:
        data["settings"] = {
            "landmark_source": str(root / "Landmarks"), "landmarks": "strict", "picture_offset": 0,
        }  # fmt: skip
        for shard in [data, *dict(data.get("subjects", {})).values()]:
            shard.pop("inputs", None)
        data.pop("checksum", None)

    for name in ("options.json", "manifest.json", "shards/F001.json"):
        rewrite(pack / name, older if name != "shards/F001.json" else lambda d: d.pop("inputs"))
    assert len(Pack.open(pack)) == 12
    before = stamps(pack)
    status, text = prepare("bp4d", root, pack, *options)
    assert status == 0, text
    assert before.items() <= stamps(pack).items()
    assert str(tmp_path) not in (pack / "manifest.json").read_text()


def without(*names: str) -> Callable[[dict[str, dict[str, object]]], None]:
    """Make a pack's options those of a version that did not have these settings."""

    def older(data: dict[str, dict[str, object]]) -> None:
        for name in names:
            del data["settings"][name]

    return older


def test_an_older_pack_of_disfa_goes_on_as_it_was_made(tmp_path: Path) -> None:
    """It names no ``logged_landmarks``; at that time they were DISFA's own wherever plausible."""
    root, pack = write_disfa(tmp_path / "tree", ("SN001", "SN002")), tmp_path / "pack"
    as_then = ("--set", "logged_landmarks=corpus")
    assert prepare("disfa", root, pack, *as_then, "--subjects", "SN001")[0] == 0
    options = pack / "options.json"
    rewrite(options, without("logged_landmarks", "pictures", "no_landmarks", "moved_landmarks"))
    before = stamps(pack)
    status, text = prepare("disfa", root, pack)
    assert (status, "begun with logged_landmarks corpus, not lost" in text) == (2, True)
    status, text = prepare("disfa", root, pack, *as_then)
    assert status == 0, text
    assert before.items() <= stamps(pack).items()


def test_an_older_pack_of_disfa_with_landmarks_of_a_folder_goes_on(tmp_path: Path) -> None:
    root, pack = write_disfa(tmp_path / "tree", ("SN001", "SN002")), tmp_path / "pack"
    for subject in ("SN001", "SN002"):
        write_csv(tmp_path / f"own/{subject}.csv", {n: disfa_points(n) for n in range(1, 99)})
    options = ("--landmark-source", tmp_path / "own")
    status, text = prepare("disfa", root, pack, *options, "--subjects", "SN001")
    assert status == 0, text
    rewrite(pack / "options.json", without("logged_landmarks", "pictures", "no_landmarks"))
    status, text = prepare("disfa", root, pack, *options)
    assert status == 0, text
    changed = {n: disfa_points(n) + 1 for n in range(1, 99)}
    write_csv(tmp_path / "own/SN002.csv", changed)
    status, text = prepare("disfa", root, pack, *options)
    assert (status, "is stale: the landmarks of disfa/SN002 are" in text) == (2, True)


def test_answers_to_what_was_refused_go_on_and_notes_may_change(tmp_path: Path) -> None:
    root, pack = write_bp4d(tmp_path / "tree"), tmp_path / "pack"
    (root / "BP4D-fpoints/M002_T1.mat").unlink()
    status, text = prepare("bp4d", root, pack)
    assert (status, "no frame of M002_T1 has usable landmarks" in text) == (2, True)
    assert prepare("bp4d", root, pack, "--subjects", "F001")[0] == 0
    before = stamps(pack)
    options = ("--set", "no_landmarks=centre", "--set", "moved_landmarks=keep")
    status, text = prepare("bp4d", root, pack, *options)
    assert status == 0, text
    assert before.items() <= stamps(pack).items()
    status, text = prepare("bp4d", root, pack, *options, "--set", "max_gap=9")
    assert (status, "done already" in text) == (0, True)
    status, text = prepare("bp4d", root, pack, *options[:2], "--set", "moved_landmarks=shift")
    assert (status, "begun with moved_landmarks keep, not shift" in text) == (2, True)


# --- labels that were mended ------------------------------------------------------------------


def relabel_disfa(root: Path) -> None:
    path = root / "ActionUnit_Labels/SN002/SN002_au26.txt"
    path.write_text(path.read_text().replace("6,2", "6,3"))


def relabel_bp4d(root: Path) -> None:
    path = root / "AUCoding/AU_OCC/M002_T1.csv"
    path.write_text(path.read_text().replace("\n999,1,9", "\n999,0,9"))


def one_row_fewer(root: Path) -> None:
    path = root / "AUCoding/AU_INT/AU06/M002_T1_AU06.csv"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))


def relabel_fera2017(root: Path) -> None:
    path = root / "Valid_Int/FERA17_VA_F001_T1_AU17_Int.csv"
    path.write_text(re.sub("^3,.", "3,5", path.read_text(), flags=re.MULTILINE))


MENDED: dict[str, tuple[type[Corpus], Callable[[Path], object], Callable[[Path], None], str]] = {
    "disfa": (Disfa, lambda r: write_disfa(r, ("SN001", "SN002")), relabel_disfa, "SN002"),
    "bp4d": (Bp4d, write_bp4d, relabel_bp4d, "M002"),
    "bp4d, a row taken out": (Bp4d, write_bp4d, one_row_fewer, "M002"),
    "fera2017": (Fera2017, write_fera2017, relabel_fera2017, "VA/F001"),
}


@pytest.mark.parametrize("case", MENDED)
def test_labels_mended_after_the_end_are_noticed(tmp_path: Path, case: str) -> None:
    kind, write, mend, subject = MENDED[case]
    root, pack = tmp_path / "tree", tmp_path / "pack"
    write(root)
    assert prepare(kind.name, root, pack)[0] == 0
    before, old = stamps(pack), Pack.open(pack).manifest
    mend(root)
    status, text = prepare(kind.name, root, pack)
    assert status == 2
    key = f"{kind.name}/{subject}"
    assert f"pack: is stale: the labels of {key} are no longer those that it was prepared" in text
    assert stamps(pack) == before
    told = re.search(r"remove (\S+\.json) in (\S+) and repeat", text)
    assert told, text
    (Path(told[2]) / told[1]).unlink()
    status, text = prepare(kind.name, root, pack)
    assert status == 0, text
    assert len([name for name, time in stamps(pack).items() if before.get(name) != time]) == 1
    made = Pack.open(pack).manifest
    assert made.fingerprint != old.fingerprint
    assert prepare(kind.name, root, tmp_path / "again")[0] == 0
    assert Manifest.read(tmp_path / "again/manifest.json") == made


def test_what_is_the_same_in_other_words_is_not_stale(tmp_path: Path) -> None:
    """Rows in another order, line ends of Windows: the labels are what they were."""
    root = write_bp4d(tmp_path / "tree")
    assert prepare("bp4d", root, tmp_path / "pack")[0] == 0
    path = root / "AUCoding/AU_INT/AU06/M002_T1_AU06.csv"
    path.write_bytes(b"\r\n".join(path.read_bytes().split()[::-1]))
    moved = tmp_path / "elsewhere"
    shutil.move(root, moved)
    status, text = prepare("bp4d", moved, tmp_path / "pack")
    assert (status, "done already" in text) == (0, True)


def test_landmarks_of_another_folder_are_noticed(tmp_path: Path) -> None:
    root = write_bp4d(tmp_path / "tree", Bp4dLayout(landmarks=nested_pts))
    shutil.copytree(root / "Landmarks", tmp_path / "copy")
    other = tmp_path / "other"
    for stem in ("F001_T1", "F001_T2", "M002_T1"):
        write_csv(other / f"{stem}.csv", {n: points(n) + 1 for n in FRAMES})
    pack = tmp_path / "pack"
    assert prepare("bp4d", root, pack, "--landmark-source", root / "Landmarks")[0] == 0
    status, text = prepare("bp4d", root, pack, "--landmark-source", tmp_path / "copy")
    assert (status, "done already" in text) == (0, True)
    status, text = prepare("bp4d", root, pack, "--landmark-source", other)
    assert status == 2
    assert "is stale: the landmarks of bp4d/F001, bp4d/M002 are no longer those" in text


# --- no path in a pack ------------------------------------------------------------------------


def test_packs_keep_no_path_and_those_of_two_machines_merge(tmp_path: Path) -> None:
    """Two machines, each with its own folder of landmarks, one of them strict."""
    root = write_bp4d(tmp_path / "one/tree", Bp4dLayout(landmarks=nested_pts))
    shutil.copytree(root, tmp_path / "two/tree")
    shutil.copytree(root / "Landmarks", tmp_path / "two/points")
    options = {
        "one": ("--landmark-source", root / "Landmarks", "--subjects", "F001"),
        "two": ("--landmark-source", tmp_path / "two/points", "--subjects", "M002"),
    }
    for name, landmarks in {"one": "strict", "two": "interpolate"}.items():
        status, text = prepare(
            "bp4d", tmp_path / name / "tree", tmp_path / f"{name}.pack",
            "--landmarks", landmarks, *options[name],
        )  # fmt: skip
        assert status == 0, text
        for path in (tmp_path / f"{name}.pack").rglob("*.json"):
            assert str(tmp_path) not in path.read_text(), path
    status, text = run_here(
        "pack", "merge", tmp_path / "one.pack", tmp_path / "two.pack", tmp_path / "all.pack"
    )
    assert status == 0, text
    merged = Pack.open(tmp_path / "all.pack").manifest
    assert merged.settings["landmark_source"] == "folder"
    assert merged.settings["landmarks"] == "interpolate"
    prepare("bp4d", root, tmp_path / "whole.pack", "--landmark-source", root / "Landmarks")
    assert merged.fingerprint == Pack.open(tmp_path / "whole.pack").manifest.fingerprint
    assert all(shard.inputs.keys() == {"labels", "landmarks"} for shard in merged.subjects.values())


def test_packs_of_an_older_version_merge_in_spite_of_their_paths(tmp_path: Path) -> None:
    root = write_bp4d(tmp_path / "tree", Bp4dLayout(landmarks=nested_pts))
    for subject in ("F001", "M002"):
        pack = tmp_path / f"{subject}.pack"
        options = ("--landmark-source", root / "Landmarks", "--subjects", subject)
        assert prepare("bp4d", root, pack, *options)[0] == 0
        rewrite(
            pack / "manifest.json",
            lambda data, s=subject: (
                data["settings"].update(landmark_source=f"/home/{s}/points"),
                data.pop("checksum"),
            ),
        )
    status, text = run_here(
        "pack", "merge", tmp_path / "F001.pack", tmp_path / "M002.pack", tmp_path / "all.pack"
    )
    assert status == 0, text
    assert "/home/" not in (tmp_path / "all.pack/manifest.json").read_text()
    status, text = run_here("pack", "subset", tmp_path / "F001.pack", tmp_path / "part.pack")
    assert status == 0, text
    assert "/home/" not in json.dumps(Pack.open(tmp_path / "part.pack").manifest.settings)


# --- what it says -----------------------------------------------------------------------------


def test_without_a_terminal_it_says_what_is_ahead_and_how_far_it_is(tmp_path: Path) -> None:
    root = write_disfa(tmp_path / "tree", ("SN001", "SN002"), frames=400)
    status, text = prepare("disfa", root, tmp_path / "pack")
    assert status == 0, text
    lines = text.splitlines()
    assert lines[0] == "checking the files of 2 subjects"
    assert re.fullmatch(
        r"2 subjects, 800 frames to prepare, about [\d.]+ [kM]B, [\d.]+ [GT]B are free, "
        r"about \d+ (s|min)",
        lines[1],
    )
    said = [re.match(r" *(\d+) %: ([\d,]+) of 800 frames in .*", line) for line in lines]
    percents = [int(line[1]) for line in said if line]
    assert percents == sorted(set(percents))
    assert all(percent % 5 == 0 for percent in percents)
    assert percents[-1] == 100
    assert len(percents) >= 15  # a report comes every 32 frames
    estimated = float(re.search(r"about ([\d.]+) ([kM])B", lines[1])[1])  # type: ignore[index]
    taken = sum(path.stat().st_size for path in (tmp_path / "pack/shards").glob("*.arrow"))
    unit = 1e6 if "MB, " in lines[1] else 1e3
    assert 0.3 < estimated * unit / taken < 3
    status, text = prepare("disfa", root, tmp_path / "pack")
    assert "to prepare" not in text
    assert "%" not in text


def test_all_subjects_are_checked_before_the_first_is_begun(tmp_path: Path) -> None:
    root = write_bp4d(tmp_path / "tree")
    for person in ("F001", "M002"):
        (root / person / "T1/1000.jpg").unlink()
    status, text = prepare("bp4d", root, tmp_path / "pack")
    assert status == 2
    assert "no picture 1000 of frame 1000" in text
    assert "1 more subjects are refused: 'aubench check-corpus' lists why" in text
    assert not stamps(tmp_path / "pack")
