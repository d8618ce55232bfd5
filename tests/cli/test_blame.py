"""What fails in a plug-in is told in one line that names its place; our own faults are shown."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from aubench.cli.methods.blame import blames_the_method
from aubench.errors import AubenchError
from support import cheats
from support.command import Aubench, Done
from support.plugins import install

BROKEN = """

class NoFit(Honest):
    def fit(self, train, valid, run):
        return helper(train)

class NoSettings(Honest):
    def check(self, run):
        json.loads("{")

def helper(train):
    raise KeyError("nose")  # here
"""
TWIN = ("--protocol", "disfa3fold", "--twin-size", 64, "--twin-frames", 6, "--device", "cpu")


def planted(kind: str, site: Path, aubench: Aubench, *command: object, **more: str) -> Done:
    """A command on the method ``planted``, which the class ``kind`` is."""
    text = Path(cheats.__file__).read_text() + BROKEN
    install(site, "planted", f"[aubench.methods]\nplanted = planted:{kind}\n", {"planted": text})
    path = os.pathsep.join(filter(None, (str(site), os.environ.get("PYTHONPATH"))))
    return aubench(*command, PYTHONPATH=path, **more)


def line_with(text: str, site: Path) -> int:
    """The number of the line of the plug-in that holds ``text``."""
    lines = (site / "planted.py").read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def test_the_line_names_method_error_and_place(aubench: Aubench, tmp_path: Path) -> None:
    site = tmp_path / "site"
    done = planted("NoFit", site, aubench, "run", "--method", "planted", *TWIN)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    line = done.stderr.splitlines()[-1]
    where = f"{site / 'planted.py'}:{line_with('# here', site)}"
    assert line.startswith(f"error: {where}: method 'planted' failed: KeyError: 'nose'")
    assert line.endswith("; mend the method, AUBENCH_TRACEBACK=1 shows the traceback")


@pytest.mark.parametrize(
    ("kind", "place", "told"),
    [
        ("NoFit", "# here", "KeyError: 'nose'"),
        ("NoSettings", 'json.loads("{")', "JSONDecodeError: Expecting"),
    ],
)
def test_check_names_error_and_place_in_a_finding(
    kind: str, place: str, told: str, aubench: Aubench, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    done = planted(kind, site, aubench, "check", "planted")
    assert done.returncode == 1
    assert not done.stderr
    line = next(line for line in done.stdout.splitlines() if told in line)
    assert line.startswith("FAIL")
    assert line.endswith(f" ({site / 'planted.py'}:{line_with(place, site)})")


def test_the_traceback_is_shown_on_demand(aubench: Aubench, tmp_path: Path) -> None:
    site = tmp_path / "site"
    done = planted("NoFit", site, aubench, "check", "planted", AUBENCH_TRACEBACK="1")
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert f'planted.py", line {line_with("# here", site)}, in helper' in done.stderr


@pytest.mark.parametrize("method", ["mean", "timm/convnext_tiny", "nobody"])
def test_faults_of_aubench_stay_tracebacks(method: str) -> None:
    @blames_the_method
    def command(*, method: str) -> None:
        raise ZeroDivisionError(method)

    with pytest.raises(ZeroDivisionError):
        command(method=method)


def test_errors_of_the_user_stay_as_they_are() -> None:
    @blames_the_method
    def command(*, method: str) -> None:
        raise AubenchError(method, mend="type another")

    with pytest.raises(AubenchError, match=r"^planted; type another$"):
        command(method="planted")
