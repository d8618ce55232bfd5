"""What reaches the screen: no text out of a file steers a terminal, and any encoding will do."""

from __future__ import annotations

import codecs
import io
import re
import sys
import unicodedata
from typing import Any, TextIO

import click

from aubench.errors import printable

_OURS = r"\r|\x1b\[(?:[0-9;]*[mKAG]|\?25[lh])"
"""What bars and colours send to a terminal: styles, moves within lines, hiding the cursor."""

_TEXT = re.compile(r"[^\n\t]+")
_TEXT_OF_TERMINAL = re.compile(rf"(?P<ours>{_OURS})|(?:(?!{_OURS})[^\n\t])+")

_SPELLED = {
    **dict.fromkeys("–—−─", "-"),
    "→": "->",
    "×": "x",
    "±": "+-",
    "≥": ">=",
    "≤": "<=",
    "·": "*",
    "’": "'",
    "Σ": "sum ",
}
"""Signs → what stands for them in an encoding that lacks them."""


def say(*lines: str, err: bool = False, **style: Any) -> None:
    """Print lines that may hold text out of files, in the style that `click.style` takes."""
    click.echo("\n".join(click.style(printable(line), **style) for line in lines), err=err)


def guard_streams() -> None:
    """Let all output of this process pass a `SafeStream`."""
    codecs.register_error("spell", _spell)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):  # None where the file was closed by the caller
            stream.reconfigure(errors="spell")
            setattr(sys, name, SafeStream(stream))


class SafeStream:
    """A text stream that lets through lines of text, and nothing else that a terminal would obey.

    A terminal gets the few codes of our own colours and bars besides; `say` keeps them out of what
    was read from files. A sign that the encoding lacks is spelled with others.

    Args:
        stream: Where it is written.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._text = _TEXT_OF_TERMINAL if stream.isatty() else _TEXT

    def write(self, text: str | bytes) -> int:
        """Write the text, made safe; returns its length. Click writes completions as bytes."""
        words = text.decode(errors="replace") if isinstance(text, bytes) else text
        self._stream.write(self._text.sub(_safe, words))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        """Everything else is the stream's own, but the way around it that click takes for ASCII."""
        if name == "buffer":
            raise AttributeError(name)
        return getattr(self._stream, name)


def _safe(found: re.Match[str]) -> str:
    ours = found.re is _TEXT_OF_TERMINAL and found["ours"]
    return found[0] if ours else printable(found[0])


def _spell(error: UnicodeError) -> tuple[str, int]:
    """Signs that an encoding lacks, in ASCII: by a word, or without their accents."""
    assert isinstance(error, UnicodeEncodeError)
    return "".join(map(_in_ascii, error.object[error.start : error.end])), error.end


def _in_ascii(sign: str) -> str:
    plain = unicodedata.normalize("NFKD", _SPELLED.get(sign, sign))
    return plain.encode("ascii", "ignore").decode() or "?"
