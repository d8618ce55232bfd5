"""Train on one corpus, test on another: run, verified and shown through the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.command import Aubench


@pytest.mark.slow
@pytest.mark.parametrize("protocol", ["bp4d-to-disfa", "disfa-to-bp4d"])
def test_a_run_across_corpora_verifies(
    aubench: Aubench, tmp_path: Path, cache: Path, protocol: str
) -> None:
    tiny = ("--twin-size", 64, "--twin-frames", 6, "--device", "cpu")
    done = aubench("run", "--method", "mean", "--protocol", protocol, *tiny)
    assert done.returncode == 0, done.stderr
    (record,) = (tmp_path / "runs").rglob("record.json")

    packs = {pack["name"]: pack["fingerprint"] for pack in json.loads(record.read_text())["packs"]}
    assert packs.keys() == {"bp4d", "disfa"}

    done = aubench("verify", record.parent)
    assert done.returncode == 0, done.stdout
    assert "everything agrees, recomputed from moments and predictions" in done.stdout
    tested = protocol.rsplit("-", maxsplit=1)[-1]
    (pack,) = (cache / "twins").glob(f"{tested}-64px-6f-seed0-v[0-9]/pack")
    done = aubench("verify", record.parent, "--pack", pack)
    assert done.returncode == 0, done.stdout
    assert "predictions and labels" in done.stdout

    trained = protocol.split("-", maxsplit=1)[0]
    (other,) = (cache / "twins").glob(f"{trained}-64px-6f-seed0-v[0-9]/pack")
    done = aubench("verify", record.parent, "--pack", other)
    assert done.returncode != 0

    done = aubench("table")
    assert done.stderr == ""
    assert any(line.startswith("mean") for line in done.stdout.splitlines())
