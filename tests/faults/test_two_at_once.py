"""A second command into one target is told who is at it, and leaves it alone."""

import os
import platform
from pathlib import Path

import pytest
from click.testing import CliRunner

from aubench.cli import cli
from aubench.io.locks import hold
from aubench.synthetic.corpora.disfa_tree import DisfaTree


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    DisfaTree(0, 2, 128, 96).write(folder, ["SN001", "SN002"])
    return folder


@pytest.fixture(scope="module")
def packs(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    folder = tmp_path_factory.mktemp("packs")
    made = (str(folder / "one"), str(folder / "two"))
    for place, subject in zip(made, ("SN001", "SN002"), strict=True):
        arguments = ["prepare", "disfa", str(tree), place, "--size", "32", "--subjects", subject]
        assert CliRunner().invoke(cli, arguments).exit_code == 0
    return made


@pytest.mark.parametrize("command", ["prepare", "subset", "merge", "synth", "pretrain"])
def test_the_second_is_told_who_is_at_it_and_writes_nothing(
    command: str, tree: Path, packs: tuple[str, str], tmp_path: Path
) -> None:
    dest = tmp_path / "dest"
    arguments, lock = {
        "prepare": (["prepare", "disfa", str(tree), str(dest), "--size", "32"], dest / "lock"),
        "subset": (
            ["pack", "subset", packs[0], str(dest), "--every", "2"],
            tmp_path / ".dest.lock",
        ),
        "merge": (["pack", "merge", *packs, str(dest)], dest / "lock"),
        "synth": (
            ["synth", "disfa", str(dest), "--frames", "1", "--width", "64", "--height", "64"],
            dest / ".lock",
        ),
        "pretrain": (
            ["pretrain", "fan", "--pack", packs[0], "--out", str(dest), "--device", "cpu"],
            tmp_path / ".dest.lock",
        ),
    }[command]
    lock.parent.mkdir(exist_ok=True)
    with hold(lock):
        done = CliRunner().invoke(cli, arguments)
    said = str(done.exception)
    assert f"process {os.getpid()} on {platform.node()} is at it since 20" in said
    assert "wait for it or stop it" in said
    left = {path.name for path in tmp_path.rglob("*")} - {"dest", "SYNTHETIC.json"}
    assert not left
