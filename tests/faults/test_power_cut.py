"""What says "finished" reaches the disk after all that it speaks of, names in folders too."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from aubench.cli import cli

RUN = ["run", "--method", "mean", "--protocol", "disfa3fold", "--twin-size", "64",
       "--twin-frames", "6", "--device", "cpu", "--results", "runs", "--fold", "0",
       "--partial"]  # fmt: skip


def test_predictions_and_their_names_are_on_the_disk_before_fold_and_record_say_so(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every flush and every change of a name is noted, in order."""
    events: list[tuple[str, str]] = []
    fsync, replace = os.fsync, Path.replace

    def noted_fsync(descriptor: int) -> None:
        fsync(descriptor)
        events.append(("flushed", str(Path(f"/proc/self/fd/{descriptor}").readlink())))

    def noted_replace(path: Path, target: Path) -> Path:
        events.append(("named", str(Path(target).absolute())))
        return replace(path, target)

    monkeypatch.setenv("AUBENCH_CACHE", str(cache))
    monkeypatch.setenv("AUBENCH_CONFIG", str(tmp_path / "none.toml"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(Path, "replace", noted_replace)
    done = CliRunner().invoke(cli, RUN)
    assert done.exit_code == 0, done.output
    (run,) = (tmp_path / "runs/disfa3fold/mean").iterdir()

    fold = run / "fold-0"
    for last, spoken_of in ((fold / "fold.json", fold), (run / "record.json", run)):
        end = events.index(("named", str(last)))
        for path in (path for path in spoken_of.rglob("*") if path.is_file() and path != last):
            known = [place for place, event in enumerate(events[:end]) if event[1] == str(path)]
            assert known, f"{path} is not flushed before {last}"
            assert events[known[-1]][0] == "flushed"
            assert ("flushed", str(path.parent)) in events[known[0] : end]
        assert ("flushed", str(last.parent)) in events[end:]
    for folder in (run, fold, *run.parents[:3]):  # whose names are new themselves
        assert ("flushed", str(folder.parent)) in events
