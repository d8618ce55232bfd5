"""Ctrl-C and its like: a command ends soon and by the signal, and says what is kept."""

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SYNTH = ("synth", "disfa", "tree", "--frames", "4845", "--width", "640", "--height", "480")
SOON = 20.0
"""Seconds: a subject alone takes minutes."""


def begin(folder: Path, cache: Path, *arguments: object, terminal: int | None = None) -> "Process":
    return subprocess.Popen(
        [sys.executable, "-m", "aubench", *map(str, arguments)],
        cwd=folder,
        env=os.environ | {"AUBENCH_CACHE": str(cache), "TERM": "xterm"},
        stdout=subprocess.PIPE if terminal is None else terminal,
        stderr=subprocess.PIPE if terminal is None else terminal,
        start_new_session=True,
    )


Process = subprocess.Popen[bytes]


def wait_for(folder: Path, pattern: str, count: int = 1) -> None:
    deadline = time.monotonic() + 400
    while len(list(folder.glob(pattern))) < count:
        assert time.monotonic() < deadline, f"no {pattern}"
        time.sleep(0.05)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "workers"), [(signal.SIGINT, 1), (signal.SIGINT, 2), (signal.SIGTERM, 2)]
)
def test_synth_ends_within_seconds_by_the_signal_and_says_how_to_go_on(
    tmp_path: Path, cache: Path, number: signal.Signals, workers: int
) -> None:
    process = begin(tmp_path, cache, *SYNTH, "--workers", workers)
    wait_for(tmp_path, "tree/.partial-*/*.avi", workers)
    start = time.monotonic()
    process.send_signal(number)  # to the parent alone, as 'kill' and Slurm do
    _, said = process.communicate(timeout=SOON)
    assert time.monotonic() - start < SOON
    assert process.returncode == -number
    (line,) = filter(None, said.decode().splitlines())
    assert line.startswith(f"stopped by {number.name}: what is finished is kept")
    assert line.endswith(f"aubench {' '.join(SYNTH)} --workers {workers}")
    assert [path.name for path in (tmp_path / "tree").iterdir()] == ["SYNTHETIC.json"]


@pytest.mark.slow
def test_ctrl_c_in_a_terminal_reaches_every_process_and_gives_the_cursor_back(
    tmp_path: Path, cache: Path
) -> None:
    main, terminal = pty.openpty()
    process = begin(tmp_path, cache, *SYNTH, "--workers", 2, terminal=terminal)
    os.close(terminal)
    wait_for(tmp_path, "tree/.partial-*/*.avi", 2)
    os.killpg(process.pid, signal.SIGINT)
    said = b""
    while True:
        try:
            said += (part := os.read(main, 65536))
        except OSError:  # the other end is closed
            break
        if not part:
            break
    assert process.wait(timeout=SOON) == -signal.SIGINT
    assert said.rindex(b"\x1b[?25h") > said.rindex(b"\x1b[?25l")
    assert b"Traceback" not in said
    assert b"leaked" not in said


@pytest.mark.slow
def test_a_stopped_run_says_what_is_kept_and_leaves_nothing_half_written(
    tmp_path: Path, cache: Path
) -> None:
    run = ("run", "--method", "scratch", "--protocol", "disfa3fold", "--epochs", 200,
           "--twin-size", 64, "--twin-frames", 6, "--device", "cpu", "--fold", 0)  # fmt: skip
    process = begin(tmp_path, cache, *run)
    wait_for(tmp_path, "runs/*/*/*/fold-0/checkpoints/checkpoint.safetensors")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=SOON)
    assert process.returncode == -signal.SIGINT
    assert b"stopped by SIGINT: what is finished is kept (subjects, folds, epochs)" in said
    assert b"Traceback" not in said
    left = {path.name for path in (tmp_path / "runs").rglob("*") if path.is_file()}
    assert not [name for name in left if name.endswith((".partial", "lock"))]


def test_a_signal_that_the_caller_ignores_stays_ignored(tmp_path: Path) -> None:
    script = """
import os, signal
signal.signal(signal.SIGHUP, signal.SIG_IGN)
from aubench.cli.signals import watch
watch()
os.kill(os.getpid(), signal.SIGHUP)
print("alive")
"""
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == "alive\n"
