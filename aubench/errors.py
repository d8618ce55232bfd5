"""The exception that a user sees as a single line, and the name that a mistyped one means."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path


class AubenchError(Exception):
    """A mistake that the user can mend, reported in one line.

    The command line prints it as ``error: WHERE: WHAT; MEND`` and exits with status 2, without a
    traceback.

    Args:
        what: What is wrong.
        mend: What the user can do about it.
        path: The file or folder concerned.
        line: The line in that file, counted from 1.
    """

    def __init__(
        self, what: str, *, mend: str, path: Path | str | None = None, line: int | None = None
    ) -> None:
        self.what, self.mend, self.path, self.line = what, mend, path, line
        where = "" if path is None else f"{path}:{line}: " if line is not None else f"{path}: "
        super().__init__(printable(f"{where}{what}; {mend}"))

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle the arguments, so that a worker process can raise it."""
        return (_rebuild, (type(self), self.what, self.mend, self.path, self.line))


class DamagedError(AubenchError):
    """A file of aubench's own that is not whole: emptied, cut off, or missing beside others.

    Whatever can make such a file again catches this and makes it.
    """


def printable(text: str) -> str:
    """The text as one line that cannot steer a terminal.

    White space becomes blanks; control codes, signs that turn the direction of writing, and halves
    of characters (bytes of a name that is not UTF-8) become U+FFFD.
    """
    return text if text.isprintable() else "".join(map(_printable, text))


def _printable(character: str) -> str:
    if character.isprintable():
        return character
    return " " if character.isspace() else "\N{REPLACEMENT CHARACTER}"


def _rebuild(
    kind: type[AubenchError], what: str, mend: str, path: Path | str | None, line: int | None
) -> AubenchError:
    return kind(what, mend=mend, path=path, line=line)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The name among ``known`` that ``word`` most likely means; None if none is near.

    Upper and lower case are alike, and so are ``-`` and ``_``. A name that begins with ``word`` is
    near it.

    >>> nearest("DISFA_3fold", ["disfa", "disfa3fold"])
    'disfa3fold'
    """
    plain = {_plain(name): name for name in known}
    wanted = _plain(word)
    close = difflib.get_close_matches(wanted, plain, n=1)
    begun = sorted((name for name in plain if wanted and name.startswith(wanted)), key=len)
    found = next(iter([wanted] if wanted in plain else [*close, *begun]), None)
    return None if found is None else plain[found]


def hint(word: str, known: Iterable[str], otherwise: str) -> str:
    """``did you mean …?`` with the nearest name; ``otherwise`` if none is near."""
    near = nearest(word, known)
    return otherwise if near is None else f"did you mean {near!r}?"


def _plain(name: str) -> str:
    return name.lower().replace("_", "-")
