"""Plug-ins that do anything at import: a line in ``list``, and no harm to other commands."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from support.plugins import install

METHOD = "from aubench.method import Method\n"

STRANGE = {
    "exits": ("import sys\nsys.exit(3)", "SystemExit: 3"),
    "exits with success": ("raise SystemExit", "SystemExit"),
    "raises a BaseException": ("raise BaseException('odd')", "BaseException: odd"),
    "says that it was interrupted": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "raises what cannot be told": (
        "class E(Exception):\n    def __str__(self): raise RuntimeError\nraise E",
        "E",
    ),
    "raises what exits when it is told": (
        "class E(Exception):\n    def __str__(self): raise SystemExit(0)\nraise E",
        "E",
    ),
    "raises many lines": ("raise ValueError('one\\ntwo')", "ValueError: one"),
    "is no Python": ("Mine = (", "SyntaxError"),
    "is no text": ("# \x00", ""),
    "recurses": ("def f(): f()\nf()", "RecursionError"),
    "has no such name": ("x = 1", "AttributeError"),
    "is a number": ("Mine = 3", "no subclass of aubench.method.Method"),
    "is a class of its own": ("class Mine: summary = 'x'", "no subclass of aubench.method.Method"),
    "is a function": ("def Mine(): ...", "no subclass of aubench.method.Method"),
    "is an instance": (
        METHOD + "class M(Method):\n    fit = load = 0\nMine = object.__new__(M)", "no subclass"),
    "is a protocol": ("from aubench_protocols.disfa import disfa3fold as Mine", "no subclass"),
    "raises when asked": (
        METHOD + "class T(type(Method)):\n  @property\n  def summary(cls): raise OSError('x')\n"
        "class Mine(Method, metaclass=T): ...", "OSError: x"),
}  # fmt: skip


def call(site: Path, *arguments: str, seconds: float = 30) -> subprocess.CompletedProcess[str]:
    """The command line with ``site`` on the path, and a time limit for imports."""
    code = (
        "import sys, aubench.registry as registry; from aubench.cli import main; "
        f"registry.SECONDS = {seconds}; sys.argv[0] = 'aubench'; main()"
    )
    path = os.pathsep.join(filter(None, (str(site), os.environ.get("PYTHONPATH"))))
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def broken_line(done: subprocess.CompletedProcess[str], name: str) -> str:
    """The one line about a broken plug-in of a list that is whole besides."""
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert any(line.startswith("adapt ") for line in lines)
    (line,) = (line for line in lines if line.startswith(f"{name} "))
    assert "broken" in line
    return line


def test_every_strange_import_is_one_line_in_list(tmp_path: Path) -> None:
    modules = {f"strange{place}": text for place, (text, _) in enumerate(STRANGE.values())}
    entries = "".join(f"{name} = {name}:Mine\n" for name in modules)
    install(tmp_path, "stranger", f"[aubench.methods]\n{entries}", modules)
    done = call(tmp_path, "list", "methods")
    for name, (_, reason) in zip(modules, STRANGE.values(), strict=True):
        assert reason in broken_line(done, name)


def test_a_strange_method_is_one_line_when_it_is_named_and_harms_no_other_command(
    tmp_path: Path,
) -> None:
    entries = "".join(
        f"[aubench.{kind}]\nmine = mine:Mine\n" for kind in ("methods", "papers", "protocols")
    )
    install(tmp_path, "stranger", entries, {"mine": "import sys\nsys.exit(0)"})
    done = call(tmp_path, "run", "--method", "mine", "--protocol", "disfa3fold")
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "method 'mine' (mine:Mine, from stranger) cannot be loaded: SystemExit: 0" in line
    done = call(tmp_path, "table", "--results", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "disfa3fold" in done.stdout


HANGS = {
    "sleeps": "import time\ntime.sleep(600)",
    "loops": "while True: pass",
    "loops and catches everything once": (
        "import time\ntry:\n    time.sleep(600)\nexcept BaseException:\n    time.sleep(600)"
    ),
}


def test_an_import_that_does_not_end_is_given_up(tmp_path: Path) -> None:
    modules = {f"hang{place}": text for place, text in enumerate(HANGS.values())}
    entries = "".join(f"{name} = {name}:Mine\n" for name in modules)
    install(tmp_path, "stranger", f"[aubench.methods]\n{entries}", modules)
    begun = time.monotonic()
    done = call(tmp_path, "list", "methods", seconds=1)
    assert time.monotonic() - begun < 60
    for name in modules:
        assert "its import stands still for 1 seconds" in broken_line(done, name)


@pytest.mark.parametrize("text", [b"\xff\xfe", b"[aubench.methods]\nmine\n", b"[[[\nmine = :::"])
def test_damaged_metadata_of_another_package_harm_nothing(tmp_path: Path, text: bytes) -> None:
    install(tmp_path, "stranger", "", {})
    (tmp_path / "stranger-1.0.dist-info" / "entry_points.txt").write_bytes(text)
    done = call(tmp_path, "list", "methods")
    assert done.returncode == 0, done.stderr
    assert any(line.startswith("adapt ") for line in done.stdout.splitlines())
