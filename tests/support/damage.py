"""Damage to files, by accident, by other programs or on purpose, and how readers meet it."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aubench.errors import AubenchError

EXAMPLES = int(os.environ.get("AUBENCH_FUZZ", "150"))
"""Number of inputs per reader, the same in every run; AUBENCH_FUZZ=10000 draws new ones."""

TOKENS = (
    "0", "1", "9", "6", "-1", "-0", "+3", "007", "1.5", "1,5", "1,000", "1e3", "1e39", "1e400",
    "1e-400", "nan", "NaN", "inf", "-Infinity", "NA", "null", "", " ", "\t", "1_0", "0x1p3", "1.",
    ".5", "1e", ".", "9" * 25, "true", '"1"', '"', "'", ";", ",", ":", "#", "//", "{", "}", "[",
    "\r", "\n", "\r\n", "\0", "\v", "\f", "\x1a", "\x1c", "\x85", "\xa0", "\u2028", "\ufeff",
    "\u0663", "\u00b2", "\uff11", "\u2212" "1", "%s", "../..", "a" * 3000,
)  # fmt: skip
"""Cells that other programs write, or that Python and people read differently."""


def damage(sound: bytes, rng: random.Random) -> bytes:
    """``sound`` after none to three accidents."""
    data = sound
    for _ in range(rng.choice((0, 1, 1, 1, 2, 3))):
        data = rng.choice(ACCIDENTS)(data, rng)
    return data


def _flip(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 4))):
        if changed:
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _cut(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _span(data: bytes, rng: random.Random) -> bytes:
    """Drop or repeat some bytes."""
    begin = rng.randrange(len(data) + 1)
    end = begin + rng.randrange(40)
    return data[:begin] + data[begin:end] * rng.choice((0, 2)) + data[end:]


def _lines(data: bytes, rng: random.Random) -> bytes:
    lines = data.split(b"\n")
    a, b = rng.randrange(len(lines)), rng.randrange(len(lines))
    kind = rng.randrange(4)
    if kind == 0:
        del lines[a]
    elif kind == 1:
        lines.insert(b, lines[a])
    elif kind == 2:
        lines[a], lines[b] = lines[b], lines[a]
    else:
        lines.insert(a, b"")
    return b"\n".join(lines)


def _cell(data: bytes, rng: random.Random) -> bytes:
    """Change one cell of a table, or the text beside it."""
    token = rng.choice(TOKENS).encode()
    lines = data.split(b"\n")
    row = rng.randrange(len(lines))
    mark = b"," if b"," in lines[row] else b" "
    cells = lines[row].split(mark)
    place = rng.randrange(len(cells))
    cells[place] = rng.choice((token, token + cells[place], cells[place] + token))
    lines[row] = mark.join(cells)
    return b"\n".join(lines)


def _insert(data: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(len(data) + 1)
    return data[:place] + rng.choice(TOKENS).encode() + data[place:]


def _recode(data: bytes, rng: random.Random) -> bytes:
    text = data.decode("utf-8", "replace")
    return rng.choice(
        (
            b"\xef\xbb\xbf" + data,
            text.encode("utf-16"),
            text.encode("utf-16-le"),
            data.replace(b"\n", b"\r\n"),
            data.replace(b"\n", b"\r"),
            data.replace(b",", b";"),
            data.replace(b",", b"\t"),
            data.replace(b",", b", "),
            data.replace(b",", b";").replace(b".", b","),
            data.replace(b"\n", b",\n"),
        )
    )


def _noise(data: bytes, rng: random.Random) -> bytes:
    return rng.randbytes(rng.randrange(200))


ACCIDENTS = (
    _flip,
    _flip,
    _cut,
    _span,
    _lines,
    _lines,
    _cell,
    _cell,
    _cell,
    _insert,
    _recode,
    _noise,
)


def hold(
    path: Path,
    sound: tuple[bytes, ...],
    read: Callable[[Path], Any],
    oracle: Callable[[bytes], Any],
    examples: int = EXAMPLES,
) -> None:
    """Check that ``read`` agrees with ``oracle`` on damaged files, or raises a one-line error.

    Args:
        path: The file that is written and read.
        sound: Contents without damage; each is read as it is first.
        read: The reader.
        oracle: The content that a file's bytes mean; raises ValueError if that is not clear.
        examples: Number of damaged files.
    """
    for data in sound:
        path.write_bytes(data)
        same(read(path), oracle(data))

    @settings(
        max_examples=examples,
        derandomize="AUBENCH_FUZZ" not in os.environ,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.sampled_from(sound), st.integers(0, 2**64))
    def check(data: bytes, seed: int) -> None:
        data = damage(data, random.Random(seed))
        path.write_bytes(data)
        try:
            found = read(path)
        except AubenchError as error:
            assert str(path) in str(error)
            assert len(str(error).splitlines()) == 1
            assert str(error).isprintable()
            return
        same(found, oracle(data))

    check()


def same(found: Any, wanted: Any) -> None:
    """Assert that two contents, possibly nested, are equal."""
    if isinstance(wanted, tuple | list):
        assert len(found) == len(wanted)
        for a, b in zip(found, wanted, strict=True):
            same(a, b)
    elif isinstance(wanted, np.ndarray):
        np.testing.assert_array_equal(found, wanted)
    else:
        assert found == wanted
