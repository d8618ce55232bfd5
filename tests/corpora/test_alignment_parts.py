"""Face-alignment corpora as they are unpacked: unlabelled pictures, and folders of test faces."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from aubench.corpora.corpus import is_test_part
from aubench.pack.pack import Pack
from support.command import run_here
from support.trees.disfa_tree import write_alignment


def grey(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((40, 40, 3), 90, np.uint8))


@pytest.mark.parametrize(
    ("unlabelled", "note"),
    [
        (("afw/9.jpg",), "1 (afw/9.jpg)"),
        (("read-me.png",), "1 (read-me.png)"),
        (
            ("afw/9.jpg", "ibug/1.png", "ibug/2.png", "ibug/3.png"),
            "4 (afw/9.jpg, ibug/1.png, ibug/2.png, …)",
        ),
    ],
)
def test_unlabelled_pictures_are_left_out_with_a_note(
    tmp_path: Path, unlabelled: tuple[str, ...], note: str
) -> None:
    root = write_alignment(tmp_path / "300W")
    for name in unlabelled:
        grey(root / name)
    told = f"pictures without a .pts file, left out: {note}"
    pack = tmp_path / "pack"
    status, text = run_here("prepare", "alignment", root, pack, "--size", 32, "--workers", 1)
    assert status == 0, text
    assert f"note: {told}" in text
    assert list(Pack.open(pack).index["session"]) == ["afw/1", "afw/2", "helen/train/1"]
    status, text = run_here("check-corpus", "alignment", root)
    assert status == 1
    assert " ".join(text.split()).count(told) == 1


def test_points_without_their_picture_are_refused(tmp_path: Path) -> None:
    root = write_alignment(tmp_path / "300W")
    (root / "afw/2.jpg").unlink()
    status, text = run_here("prepare", "alignment", root, tmp_path / "pack")
    assert (status, "afw/2.pts: no picture beside it; put" in text) == (2, True)


@pytest.mark.parametrize(
    "name",
    ["test", "Testing", "testset", "TEST", "valid", "validation", "val", "300W-Testset-3D",
     "helen/testset", "test_images", "wflw-test"],
)  # fmt: skip
def test_folders_of_test_faces_are_known(name: str) -> None:
    assert is_test_part(name)


@pytest.mark.parametrize(
    "name",
    ["train", "trainset", "afw", "latest", "contest", "train_val", "testimony", "valentine", "1"],
)
def test_other_folders_are_learned_from(name: str) -> None:
    assert not is_test_part(name)


def pretrain(tmp_path: Path, names: tuple[str, ...]) -> list[str]:
    """``aubench pretrain fan`` on a tree of these pictures: the lines that it prints."""
    pack = tmp_path / "pack"
    root = write_alignment(tmp_path / "faces", names)
    assert run_here("prepare", "alignment", root, pack, "--size", 64, "--workers", 1)[0] == 0
    status, text = run_here(
        "pretrain", "fan", "--pack", pack, "--out", tmp_path / "fan.safetensors",
        "--device", "cpu", "--epochs", 1, "--set", "batch=4",
    )  # fmt: skip
    assert status == 0, text
    return text.splitlines()


TREES = {
    "300-W's own folders": (
        ("helen/trainset/1", "helen/trainset/2", "helen/testset/1", "lfpw/trainset/1",
         "lfpw/trainset/2", "lfpw/testset/1", "lfpw/testset/2"),
        ["alignment/helen/testset, 1 faces", "alignment/lfpw/testset, 2 faces"], "2 parts, 4",
    ),
    "train, validation, Testing": (
        ("train/a/1", "train/a/2", "train/b/3", "validation/a/1", "Testing/1", "Testing/2"),
        ["alignment/Testing, 2 faces", "alignment/validation, 1 faces"], "1 parts, 3",
    ),
    "no such folder: the last part": (
        ("afw/1", "afw/2", "afw/3", "helen/1"), ["alignment/helen, 1 faces"], "1 parts, 3",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("names", "held", "learned"), TREES.values(), ids=TREES)
def test_pretraining_says_first_what_it_holds_out(
    tmp_path: Path, names: tuple[str, ...], held: list[str], learned: str
) -> None:
    lines = pretrain(tmp_path, names)
    assert lines[: len(held)] == [f"held out: {part}" for part in held]
    assert lines[len(held)] == f"learned from: {learned} faces"
    assert lines[len(held) + 1].startswith("epoch 1")
    measured = [line.partition(":")[0] for line in lines if ": NME" in line]
    assert measured == [part.partition(",")[0] for part in held]
