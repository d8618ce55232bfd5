"""Faults of paths, and pipes, sockets, devices and folders in place of files: one line, at once."""

from __future__ import annotations

import errno
import json
import os
import resource
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aubench.cli.faults import line_of
from aubench_protocols.disfa import disfa3fold
from hostile.test_terminal import printed
from support.command import Aubench
from support.make_records import make_record

RUN = "runs/disfa3fold/adapt-official"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a run, a picture and a table of predictions, in which commands are called."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AUBENCH_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setenv("AUBENCH_CACHE", str(tmp_path / "cache"))
    make_record(tmp_path / "runs", disfa3fold)
    Image.fromarray(np.zeros((64, 64, 3), np.uint8)).save("face.png")
    Path("aus.csv").write_text("subject,frame,AU01\nSN001,1,0\n")
    return tmp_path


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind(path.name)  # short, as its address must be
        Path(path.name).rename(path)


SPECIAL: dict[str, Callable[[Path], object]] = {
    "a pipe": os.mkfifo,
    "a socket": a_socket,
    "a device": lambda path: path.symlink_to("/dev/zero"),
}
PACK = ("--pack", "thing")
SCORE = ("--protocol", "disfa3fold")
GIVEN: dict[str, tuple[str, ...]] = {
    "a run to predict with": ("predict", "thing", "face.png", "--cropped"),
    "a picture": ("predict", RUN, "thing", "--cropped"),
    "landmarks": ("predict", RUN, "face.png", "--landmarks", "thing"),
    "an output": ("predict", RUN, "face.png", "--cropped", "--out", "thing"),
    "an overlay": ("predict", RUN, "face.png", "--cropped", "--overlay", "thing"),
    "a run to verify": ("verify", "thing"),
    "a pack to verify with": ("verify", RUN, *PACK),
    "a pack": ("pack", "info", "thing"),
    "a pack to merge": ("pack", "merge", "thing", "thing", "merged"),
    "results": ("table", "--results", "thing"),
    "a run to compare": ("compare", "thing", RUN),
    "predictions": ("score", "thing", *SCORE),
    "a pack to score on": ("score", "aus.csv", *SCORE, *PACK),
    "a source": ("prepare", "disfa", "thing", "pack"),
    "a destination": ("prepare", "disfa", "runs", "thing"),
    "a corpus": ("check-corpus", "thing"),
    "a run to study": ("study", "time", "thing"),
    "weights": ("measure", "fan", "thing", *PACK),
    "weights to write": ("pretrain", "fan", "--out", "thing"),
}


def one_line(command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> str:
    """The error that a command ends with: one line, or click's with how the command is used."""
    *usage, line = printed(command, False, monkeypatch).strip().splitlines()
    assert not usage or usage[0].startswith("Usage: "), usage
    assert line.casefold().startswith("error: ")
    return line


@pytest.mark.parametrize("make", SPECIAL.values(), ids=SPECIAL)
def test_what_is_no_file_is_refused_at_once(
    desk: Path, make: Callable[[Path], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    make(desk / "thing")
    for place, command in GIVEN.items():
        line = one_line(command, monkeypatch)
        assert "a pipe, a socket or a device" in line or "no such folder" in line, place


@pytest.mark.parametrize("make", SPECIAL.values(), ids=SPECIAL)
def test_what_is_no_file_inside_a_folder_is_refused_at_once(
    desk: Path, make: Callable[[Path], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    record = desk / RUN / "record.json"
    (desk / "pictures").mkdir()
    make(desk / "pictures/a.png")
    make(desk / "config.toml")
    make(desk / RUN / "predictions.parquet")
    (desk / "pack").mkdir()
    make(desk / "pack/manifest.json")
    verify = printed(("verify", RUN), False, monkeypatch)
    assert "no predictions beside the record" in verify
    assert "config.toml" in one_line(("score", "aus.csv", *SCORE), monkeypatch)
    assert "no pack" in one_line(("pack", "info", "pack"), monkeypatch)
    record.unlink()
    make(record)
    shown = printed(("table", "--results", "runs"), False, monkeypatch)
    assert "record.json: a pipe, a socket or a device" in shown
    assert "Published" in shown


def long_name(path: Path) -> Path:
    return path.with_name("x" * 300)


def a_loop(path: Path) -> Path:
    path.symlink_to(path)
    return path


def below_a_file(path: Path) -> Path:
    return Path("aus.csv") / "thing"


def missing(path: Path) -> Path:
    return path / "deeper"


def a_folder(path: Path) -> Path:
    path.mkdir()
    return path


def no_text(path: Path) -> Path:
    path.write_bytes(bytes(range(256)))
    return path


def nothing(path: Path) -> Path:
    path.write_bytes(b"")
    return path


PATHS = (long_name, a_loop, below_a_file, missing, a_folder, no_text, nothing)
"""What may be wrong with the path of something to read."""


@pytest.mark.parametrize("place", PATHS)
def test_every_path_at_fault_is_one_line(
    desk: Path, place: Callable[[Path], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(place(desk / "thing"))
    for what, command in GIVEN.items():
        if what in ("an output", "an overlay", "a destination", "weights to write", "predictions"):
            continue  # what is written is tried below; predictions are read after a twin is made
        shown = printed(tuple(path if w == "thing" else w for w in command), False, monkeypatch)
        if what == "results" and place is not no_text and place is not nothing:
            assert "Published" in shown or shown.startswith("error: ")
            continue
        lines = shown.strip().splitlines()
        assert lines[-1].casefold().startswith("error: "), (what, shown)
        assert len(lines) == 1 or lines[0].startswith("Usage: "), (what, shown)


@pytest.mark.parametrize("place", [long_name, below_a_file])
def test_every_path_that_cannot_be_written_is_one_line(
    desk: Path, place: Callable[[Path], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(place(desk / "thing"))
    for command in (
        ("check-corpus", "runs", "--html", path),
        ("synth", "sheet", path),
        ("synth", "alignment", path, "--count", "1", "--workers", "1"),
        ("pack", "merge", "runs", "runs", path),
        ("prepare", "disfa", "runs", path),
    ):
        one_line(command, monkeypatch)


@pytest.mark.parametrize("number", sorted(errno.errorcode))
def test_every_error_of_the_system_is_one_line(number: int) -> None:
    line = line_of(OSError(number, os.strerror(number), "a\x1b[2Jb\n[/]"))
    assert line is not None
    assert line.isprintable()
    assert os.strerror(number) in line
    assert "; " in line


@contextmanager
def few_files(most: int) -> Iterator[None]:
    old = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, old[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, old)


def test_too_many_open_files_is_one_line(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    printed(("verify", RUN), False, monkeypatch)  # everything is imported
    with few_files(3):
        shown = printed(("verify", RUN), False, monkeypatch)
    assert "Too many open files" in shown
    assert len(shown.splitlines()) == 1


# Names and notes


@pytest.mark.parametrize("name", ["..", ".", "", "x" * 300, "/", "a/b", "/etc/passwd", "../../x"])
def test_a_scored_result_stays_in_its_folder_or_is_refused(
    aubench: Aubench, tmp_path: Path, name: str
) -> None:
    from aubench.errors import AubenchError
    from aubench.importers.evaluate import Submission, evaluate
    from aubench.importers.tools import TOOLS
    from support import small_corpus as small

    small.table().to_parquet(tmp_path / "p.parquet")
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    with suppress(AubenchError):
        submission = Submission(tmp_path / "p.parquet", TOOLS["parquet"], name)
        _, folder = evaluate(submission, small.PROTOCOL, small.pack(), tmp_path / "runs")
        assert folder.parent.parent == tmp_path / "runs/small"
    made = {path for path in tmp_path.rglob("*") if path.is_file()} - before
    assert all(len(path.relative_to(tmp_path).parts) in (0, 5) for path in made)


def test_results_that_are_not_there_are_said(aubench: Aubench, tmp_path: Path) -> None:
    done = aubench("table", "--results", "rums")
    assert done.returncode == 0
    assert "rums: no such folder" in done.stderr
    assert "Published" in done.stdout


def test_a_thousand_notes_have_letters(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = desk / RUN / "record.json"
    data = json.loads(path.read_text())
    data["coverage"]["notes"] = [f"note {number}" for number in range(1000)]
    path.write_text(json.dumps(data))
    shown = printed(("table", "--results", "runs"), False, monkeypatch)
    assert "note 999" in shown
    shutil.rmtree(desk / "runs")
