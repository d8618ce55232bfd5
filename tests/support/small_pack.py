"""A small corpus with everything that a pack can hold, and packs of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from aubench.cli.corpora.pack import command
from aubench.corpora.corpus import Corpus, RawFrame
from aubench.errors import AubenchError
from aubench.media.image import Still
from aubench.pack.pack import Pack
from aubench.pack.prepare import prepare
from support.drawn import face_points

PEOPLE = ("small/A", "small/B", "small/C", "small/D")
SESSIONS, VIEWS, FRAMES = ("T1", "T2"), (1, 6), 5
SIZE = 24


class Small(Corpus):
    """Four people, two sessions, two views of five frames: 20 frames each.

    Frame 2 of T1 is in the error log; frame 4 of T2 has no landmarks of its own; AU 12 is not coded
    in frame 1, occurrence of AU 24 in frame 3.
    """

    name = "small"
    aus = (6, 12)
    occurrence = (6, 24)
    synthetic = True

    def subjects(self) -> tuple[str, ...]:
        return PEOPLE

    def examine(self, subject: str) -> int:
        return len(SESSIONS) * len(VIEWS) * FRAMES

    def frames(self, subject: str) -> Iterator[RawFrame]:
        for session in SESSIONS:
            for view in VIEWS:
                for frame in range(1, FRAMES + 1):
                    yield self.one(subject, session, view, frame)

    def one(self, subject: str, session: str, view: int, frame: int) -> RawFrame:
        rng = np.random.default_rng([ord(subject[-1]), ord(session[-1]), view, frame])
        face = face_points(40) + rng.normal(0, 0.5, (68, 2)) + 10
        return RawFrame(
            session=session,
            view=view,
            frame=frame,
            picture=Still(rng.integers(0, 255, (60, 60, 3), dtype=np.uint8)),
            landmarks=face.astype(np.float32),
            labels=np.array([frame, np.nan if frame == 1 else 0], np.float32),
            occurrence=np.array([1, np.nan if frame == 3 else 0], np.float32),
            logged=(session, frame) == ("T1", 2),
            tracked=(session, frame) != ("T2", 4),
        )


def make(dest: Path, subjects: Collection[str] | None = None, **options: object) -> Pack:
    """The pack of ``subjects``, all if None; ``options`` are those of `prepare`."""
    return prepare(Small(dest.parent), dest, size=SIZE, subjects=subjects, **options)  # type: ignore[arg-type]  # any of prepare's


def pack_command(*arguments: object) -> str:
    """The output of ``aubench pack`` with these arguments, run in this process."""
    done = CliRunner().invoke(command, [str(a) for a in arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def line(output: str, name: str) -> str:
    """The text beside ``name`` in the output of ``aubench pack info``."""
    found = re.search(rf"^  {name} +(.*(?:\n {{18}}.*)*)", output, re.MULTILINE)
    assert found, output
    return found[1]


def flip(path: Path, place: int, bit: int) -> None:
    """Flip one bit of a file."""
    with path.open("r+b") as file:
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ 1 << bit]))


def rewrite(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Apply ``change`` to the object that a JSON file holds."""
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))


def refused(pack: Path) -> str:
    """The one-line error that opening a pack ends with."""
    with pytest.raises(AubenchError) as caught:
        Pack.open(pack)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 1000
    return str(caught.value)
