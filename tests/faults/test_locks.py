"""One process at a time at a folder; the other is told who is there, also without flock."""

import errno
import fcntl
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aubench.errors import AubenchError
from aubench.io import locks
from aubench.io.locks import hold
from aubench.io.notice import notice

HOLDER = """
import sys, time, pathlib
from aubench.io.locks import hold
with hold(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""

NO_FLOCK = """
import errno, fcntl, os
def flock(descriptor, operation):
    raise OSError(errno.{name}, os.strerror(errno.{name}))
fcntl.flock = flock
"""


@pytest.fixture(params=["flock", "ENOSYS", "ENOLCK", "EOPNOTSUPP"])
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """What locks this process and its children have; the text is what children run first."""
    notice.cache_clear()
    monkeypatch.setattr(locks, "_without_locks", set())
    if request.param == "flock":
        return ""

    def flock(descriptor: int, operation: int) -> None:
        raise OSError(getattr(errno, request.param), "no locks here")

    monkeypatch.setattr(fcntl, "flock", flock)
    return NO_FLOCK.format(name=request.param)


def holder(system: str, lock: Path, seconds: float) -> subprocess.Popen[str]:
    """A process that holds the lock already."""
    arguments = [sys.executable, "-c", system + HOLDER, str(lock), str(seconds)]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_the_other_is_told_who_is_at_it_and_since_when(system: str, tmp_path: Path) -> None:
    process = holder(system, tmp_path / "lock", 60)
    try:
        with pytest.raises(AubenchError) as told, hold(tmp_path / "lock"):
            pass
    finally:
        process.kill()
        process.wait()
    said = str(told.value)
    assert f"{tmp_path}: process {process.pid} on {platform.node()} is at it since 20" in said
    assert "wait for it or stop it" in said
    assert (f"remove {tmp_path / 'lock'}" in said) == bool(system)


def test_whoever_waits_says_so_once_and_goes_on(
    system: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    process = holder(system, tmp_path / "lock", 1.5)
    with hold(tmp_path / "lock", wait=True):
        assert process.wait() == 0
    (line,) = [record.message for record in caplog.records if "waiting" in record.message]
    assert f"process {process.pid} on {platform.node()}" in line
    assert not list(tmp_path.iterdir())


def test_a_lock_of_a_killed_process_is_taken_over(system: str, tmp_path: Path) -> None:
    process = holder(system, tmp_path / "lock", 60)
    process.kill()
    process.wait()
    assert (tmp_path / "lock").exists()
    with hold(tmp_path / "lock"):
        assert json.loads((tmp_path / "lock").read_text())["process"] == os.getpid()
    assert not list(tmp_path.iterdir())


def test_a_file_system_without_locks_is_said_once(
    system: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("a", "b", "a"):
        with hold(tmp_path / name):
            pass
    said = [record.message for record in caplog.records]
    assert (
        said
        == [f"{tmp_path}: no locks on this file system: a file keeps others out"][: bool(system)]
    )


@pytest.mark.parametrize("system", ["ENOSYS"], indirect=True)
def test_a_lock_of_another_machine_stays_and_its_file_is_named(system: str, tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.write_text(
        json.dumps(
            {"host": "elsewhere", "numbering": 1, "process": 1, "birth": "", "since": "yesterday"}
        )
    )
    with pytest.raises(AubenchError, match=rf"on elsewhere .* remove {lock}"), hold(lock):
        pass
    assert lock.exists()


@pytest.mark.parametrize("system", ["ENOSYS"], indirect=True)
def test_an_old_lock_file_that_names_nobody_keeps_nobody_out(system: str, tmp_path: Path) -> None:
    (tmp_path / "lock").touch()
    os.utime(tmp_path / "lock", (time.time() - 3600,) * 2)
    with hold(tmp_path / "lock"):
        pass


@pytest.mark.parametrize("system", ["flock", "ENOSYS"], indirect=True)
def test_six_at_once_never_meet(system: str, tmp_path: Path) -> None:
    script = (
        system
        + """
import os, sys, pathlib
from aubench.io.locks import hold
folder = pathlib.Path(sys.argv[1])
for _ in range(5):
    with hold(folder / "lock", wait=True):
        (folder / "here").mkdir()
        (folder / "here").rmdir()
"""
    ).replace(
        "import errno", "import aubench.io.locks; aubench.io.locks._POLL = 0.01; import errno"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stderr=subprocess.DEVNULL)
        for _ in range(6)
    ]
    assert [process.wait() for process in processes] == [0] * 6
    assert not list(tmp_path.iterdir())
