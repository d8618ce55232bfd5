"""A stranger's package, installed by pip: listed, checked, run; and the page that builds it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from aubench.training.torch_method import TorchMethod
from support.command import Aubench

ROOT = Path(__file__).parents[2]
PLUGIN = ROOT / "tests" / "plugin"
PAGE = ROOT / "docs" / "add-a-method.md"
TWIN = ("--twin-size", 64, "--twin-frames", 6, "--device", "cpu")


def test_the_page_shows_the_files_as_they_are() -> None:
    shown = dict(re.findall(r"^`([\w./]+)`\n\n```\w+\n(.*?)```$", PAGE.read_text(), re.M | re.S))
    files = {path.name: path.read_text() for path in PLUGIN.iterdir() if path.is_file()}
    assert shown == files
    lines = [line for text in shown.values() for line in text.splitlines() if line.strip()]
    assert len(lines) < 60


def test_the_page_names_hooks_that_exist() -> None:
    named = re.findall(r"`([a-z_]+)`", PAGE.read_text())
    hooks = {"build", "targets", "loss", "decode", "initialise", "augment", "optimizer"}
    hooks |= {"begin_epoch", "score", "prepare", "deploy", "skip"}
    assert hooks <= set(named)
    assert all(hasattr(TorchMethod, hook) for hook in hooks)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that pip installed the plug-in into, without a network."""
    base = tmp_path_factory.mktemp("plugin")
    shutil.copytree(PLUGIN, base / "source")  # setuptools writes beside what it builds
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    command += ["--no-build-isolation", "--disable-pip-version-check"]
    done = subprocess.run(
        [*command, "--target", str(base / "site"), str(base / "source")],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PIP_CONFIG_FILE": os.devnull},
    )
    assert done.returncode == 0, done.stderr
    return base / "site"


def test_both_are_listed_with_their_origin(aubench: Aubench, site: Path) -> None:
    done = aubench("list", PYTHONPATH=str(site))
    lines = [line.strip() for line in done.stdout.splitlines() if "aubench-thumbnail" in line]
    assert [line.split()[0] for line in lines] == ["thumbnail", "disfa-halves"]
    assert all("broken" not in line for line in lines)


def test_the_method_conforms(aubench: Aubench, site: Path) -> None:
    done = aubench("check", "thumbnail", PYTHONPATH=str(site), OMP_NUM_THREADS="1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "thumbnail: conforms" in done.stdout


def test_the_method_runs_under_the_protocol(aubench: Aubench, site: Path) -> None:
    run = ("run", "--method", "thumbnail", "--protocol", "disfa-halves", "--epochs", 1, *TWIN)
    done = aubench(*run, "--set", "side=8", PYTHONPATH=str(site), OMP_NUM_THREADS="1")
    assert done.returncode == 0, done.stderr
    table = aubench("table", "--protocol", "disfa-halves", PYTHONPATH=str(site))
    assert "thumbnail" in table.stdout, table.stderr

    without = aubench("table", "--protocol", "disfa-halves")
    assert without.returncode == 2
    assert len(without.stderr.splitlines()) == 1
