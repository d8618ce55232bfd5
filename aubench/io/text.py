"""Strict reading of lines and numbers from text that may be malicious, and names made harmless."""

from __future__ import annotations

import re
from pathlib import Path

from aubench.errors import AubenchError, printable
from aubench.io.special import ordinary

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def to_number(text: str) -> float:
    """Return the decimal number that ``text`` is; infinite if it is too large for a double.

    `float` takes more: ``1_0`` (10), digits of other scripts, ``nan``.

    Raises:
        ValueError: If it is anything else.
    """
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is not a number")
    return float(text)


def in_utf8(text: str) -> str:
    """The text as UTF-8 can hold it: bytes of a name that is not UTF-8 are spelled in ASCII."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def inert(text: str) -> str:
    """The text as a cell of a CSV file that no spreadsheet takes for a formula, in one line.

    A cell that begins with ``=``, ``+``, ``-`` or ``@``, and is no number, gets an apostrophe in
    front. White space is written as blanks, so that none begins with a tab or a line end.
    """
    shown = printable(text)
    if not shown.lstrip().startswith(("=", "+", "-", "@")):
        return shown
    try:
        float(shown)
    except ValueError:
        return f"'{shown}"
    return shown


def read_lines(path: Path, longest: int) -> list[str]:
    r"""Return the lines of a text file, which end in ``\n`` or ``\r\n`` and nothing else.

    `str.splitlines` knows eight more ends, a form feed among them. A byte-order mark and blank
    lines at the end are left out; bytes that are not UTF-8 become U+FFFD.

    Args:
        path: The file.
        longest: Bytes of the largest file that is read.

    Raises:
        AubenchError: If the file is larger.
    """
    with ordinary(path).open("rb") as file:
        data = file.read(longest + 1)
    if len(data) > longest:
        raise AubenchError(
            f"larger than {longest:,} bytes", mend="put back the corpus's own file", path=path
        )
    text = data.decode("utf-8-sig", errors="replace").replace("\r\n", "\n")
    return text.rstrip(" \t\n").split("\n")
