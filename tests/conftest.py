"""Fixtures that many tests share."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from support.command import Aubench, Done

# A shell that starts the tests in the background has Ctrl-C ignored, and every command with them.
signal.signal(signal.SIGINT, signal.default_int_handler)

# pytest-xdist names a terminal of 80 columns; output in tests goes to pipes, which have no width.
os.environ.pop("COLUMNS", None)


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache of synthetic twins for all test processes of this session."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    return shared / "aubench-cache"


@pytest.fixture
def aubench(tmp_path: Path, cache: Path) -> Aubench:
    """The command line in a process of its own, in ``tmp_path``, with no user configuration."""

    def call(*arguments: object, **environment: str) -> Done:
        return subprocess.run(
            [sys.executable, "-m", "aubench", *map(str, arguments)],
            cwd=tmp_path,
            env=os.environ
            | {"AUBENCH_CACHE": str(cache), "AUBENCH_CONFIG": str(tmp_path / "none.toml")}
            | {"COLUMNS": "160"}
            | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return call
