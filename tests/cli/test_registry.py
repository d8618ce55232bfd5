"""Plug-ins of other distributions: listed, refused when broken, corrected when mistyped."""

from pathlib import Path

import pytest

from support.plugins import aubench, install

GOOD = """
from aubench.method import Method
class Mine(Method):
    summary = "a stranger's method"
    def fit(self, train, valid, run): ...
    def load(self, folder, run): ...
"""


def test_a_strangers_method_is_listed_with_its_origin(tmp_path: Path) -> None:
    install(tmp_path, "stranger", "[aubench.methods]\nmine = mine:Mine\n", {"mine": GOOD})
    done = aubench(tmp_path, "list", "methods")
    assert done.returncode == 0
    line = next(line for line in done.stdout.splitlines() if line.startswith("mine"))
    assert "a stranger's method" in line
    assert "stranger" in line


@pytest.mark.parametrize("module", ["import nonexistent_thing", "1 / 0", "Mine = ("])
def test_a_broken_plugin_is_shown_with_its_reason_and_harms_nothing(
    tmp_path: Path, module: str
) -> None:
    install(tmp_path, "stranger", "[aubench.methods]\nmine = mine:Mine\n", {"mine": module})
    done = aubench(tmp_path, "list", "methods")
    assert done.returncode == 0
    assert "broken" in next(line for line in done.stdout.splitlines() if line.startswith("mine"))
    assert any(line.startswith("adapt") for line in done.stdout.splitlines())

    done = aubench(tmp_path, "run", "--method", "mine", "--protocol", "disfa3fold")
    assert done.returncode == 2
    assert "cannot be loaded" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_two_plugins_with_one_name_are_refused_by_name(tmp_path: Path) -> None:
    for dist in ("first", "second"):
        install(tmp_path, dist, "[aubench.methods]\nmine = mine:Mine\n", {"mine": GOOD})
    done = aubench(tmp_path, "run", "--method", "mine", "--protocol", "disfa3fold")
    assert done.returncode == 2
    assert "claimed by first and second" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "broken" in aubench(tmp_path, "list", "methods").stdout


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("--method", "adpat", "--protocol", "disfa3fold"), "did you mean 'adapt'?"),
        (("--method", "mean", "--protocol", "disfa3fild"), "did you mean 'disfa3fold'?"),
        (("--method", "timm", "--protocol", "disfa3fold"), "timm/VARIANT"),
        (("--method", "mean/x", "--protocol", "disfa3fold"), "type 'mean' alone"),
        (
            ("--method", "scratch", "--protocol", "disfa3fold", "--set", "epoch=3"),
            "did you mean 'epochs'?",
        ),
        (("--method", "scratch", "--protocol", "disfa3fold", "--set", "lr=fast"), "type float"),
    ],
)
def test_a_wrong_word_gets_the_right_one(
    tmp_path: Path, arguments: tuple[str, ...], hint: str
) -> None:
    done = aubench(tmp_path, "run", *arguments)
    assert done.returncode == 2
    assert hint in done.stderr
    assert len(done.stderr.splitlines()) == 1
