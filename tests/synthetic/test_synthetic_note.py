"""A synthetic tree says so in its pictures, videos and landmarks, not only in its marker file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from aubench.corpora.synthetic_mark import SYNTHETIC_NOTE
from aubench.registry import find
from aubench.settings import resolve_settings
from support.trees.synthetic_trees import synth

SMALL = {
    "disfa": ("--frames", 3, "--width", 128, "--height", 96, "--subjects", "SN001"),
    "bp4d": ("--scale", 0.003, "--height", 64, "--subjects", "F001"),
    "fera2017": ("--scale", 0.003, "--size", 64, "--subjects", "TR/F001"),
    "alignment": ("--count", 3, "--size", 64),
}


@pytest.fixture(scope="module", params=SMALL)
def tree(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A synthetic tree without its marker file; its folder has the name of the corpus."""
    dest = tmp_path_factory.mktemp("noted") / request.param
    synth(request.param, dest, *SMALL[request.param], "--workers", 1)
    (dest / "SYNTHETIC.json").unlink()
    return dest


def synthetic(tree: Path, corpus: str) -> bool:
    reader = find("corpora", corpus)
    settings = find("twins", corpus).reader_settings
    return bool(reader(tree, resolve_settings(reader.Settings, settings)).synthetic)


def test_a_tree_without_its_marker_is_still_synthetic(tree: Path) -> None:
    assert synthetic(tree, tree.name)


def test_one_kind_of_file_is_enough(tree: Path, tmp_path: Path) -> None:
    for kind in (".avi", ".mp4", ".jpg", ".mat"):
        for number, path in enumerate(sorted(tree.rglob(f"*{kind}"))[:3]):
            only = tmp_path / f"{kind[1:]}{number}"
            only.mkdir()
            shutil.copy(path, only)
            assert synthetic(only, tree.name)


def test_without_any_note_it_is_not(tree: Path, tmp_path: Path) -> None:
    shutil.copytree(tree, tmp_path / "t")
    for path in (tmp_path / "t").rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes().replace(SYNTHETIC_NOTE, SYNTHETIC_NOTE[::-1]))
    assert not synthetic(tmp_path / "t", tree.name)
