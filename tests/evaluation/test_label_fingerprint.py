"""Label fingerprints through the command line: the twin's is pinned, no real run may have it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from aubench.cli import cli
from aubench.evaluation.checks.label_fingerprint import DEMO_TWIN, PUBLISHED
from aubench.registry import find
from support.command import Aubench

RESULTS = Path(__file__).parents[2] / "results"
OFFICIAL = ("disfa3fold", "disfa-arl")


def output(*arguments: object) -> tuple[str, str, int]:
    """What a command prints, what it says on stderr, and its exit status."""
    done = CliRunner().invoke(cli, [*map(str, arguments)])
    return done.stdout, done.stderr, done.exit_code


def copied(folder: Path, **changes: Any) -> Path:
    """A copy of a kept run of the demo twin, with other things said in its record."""
    (kept,) = (RESULTS / "disfa3fold" / "mean").iterdir()
    shutil.copytree(kept, folder)
    path = folder / "record.json"
    data = json.loads(path.read_text())
    for name, change in changes.items():
        data[name] = change(data[name])
    path.write_text(json.dumps(data))
    return folder


def swap_people(moments: dict[str, Any]) -> dict[str, Any]:
    """Give the first two people each other's moments, so each other's labels."""
    for table in moments.values():
        table["groups"][:2] = table["groups"][1::-1]
    return moments


def test_every_pin_is_of_an_installed_protocol() -> None:
    known = {find("protocols", name).hash for name in OFFICIAL}
    assert known == DEMO_TWIN.keys()
    assert known >= PUBLISHED.keys()


@pytest.mark.parametrize("protocol", OFFICIAL)
def test_verify_knows_the_demo_twins_labels(protocol: str) -> None:
    (run,) = (RESULTS / protocol / "mean").iterdir()
    pinned = DEMO_TWIN[find("protocols", protocol).hash]
    assert f"label fingerprint {pinned} (that of the demo twin)" in output("verify", run)[0]


def test_other_labels_do_not_match_the_pinned_ones(tmp_path: Path) -> None:
    told = output("verify", copied(tmp_path / "swapped", moments=swap_people))[0]
    (line,) = (line for line in told.splitlines() if line.startswith("label fingerprint"))
    assert line.endswith("(of a synthetic twin)")
    assert DEMO_TWIN[find("protocols", "disfa3fold").hash] not in line


def test_a_real_run_with_the_twins_labels_is_left_out(tmp_path: Path) -> None:
    real = {
        "corpus": lambda corpus: {**corpus, "synthetic": False},
        "packs": lambda packs: [{**pack, "synthetic": False} for pack in packs],
        "status": lambda _: "partial",
    }
    copied(tmp_path / "real", **real)
    stdout, stderr, _ = output("table", "--protocol", "disfa3fold", "--results", tmp_path)
    assert "the labels are those of the synthetic twin of disfa" in stderr
    assert "Incomplete" not in stdout
    assert not any(line.startswith("mean ") for line in stdout.splitlines())


@pytest.mark.slow
def test_info_and_verify_tell_the_same_fingerprint(
    aubench: Aubench, tmp_path: Path, cache: Path
) -> None:
    tiny = ("--twin-size", 64, "--twin-frames", 6, "--device", "cpu")
    done = aubench("run", "--method", "mean", "--protocol", "disfa3fold", *tiny)
    assert done.returncode == 0, done.stderr
    (record,) = (tmp_path / "runs").rglob("record.json")
    (pack,) = (cache / "twins").glob("disfa-64px-6f-seed0-v[0-9]/pack")
    verified = aubench("verify", record.parent).stdout.splitlines()
    shown = aubench("info", "disfa3fold", "--pack", pack).stdout.splitlines()
    assert shown[-1].startswith("label fingerprint ")
    assert shown[-1] in verified
