"""Every written file is flushed before it replaces the old one, which an error leaves as it was."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from aubench.evaluation.challenge_csv import write_submission
from aubench.evaluation.predictions import Provenance, write_predictions
from aubench.registry import find
from support import small_corpus as small
from support.make_records import make_record


def predictions(folder: Path) -> None:
    provenance = Provenance("run", "small", "hash", "pack", True)
    write_predictions(folder / "predictions.parquet", small.table(), provenance)


def record(folder: Path) -> None:
    make_record(folder, find("protocols", "disfa3fold"))


def submission(folder: Path) -> None:
    write_submission(folder, small.table())


@pytest.mark.parametrize("write", [predictions, record, submission])
def test_a_disk_that_fails_before_the_flush_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[[Path], None]
) -> None:
    write(tmp_path)
    files = [path for path in sorted(tmp_path.rglob("*")) if path.is_file()]
    for path in files:
        path.write_text("old")

    def fail(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space left on device"):
        write(tmp_path)
    assert [path for path in sorted(tmp_path.rglob("*")) if path.is_file()] == files
    assert {path.read_text() for path in files} == {"old"}
