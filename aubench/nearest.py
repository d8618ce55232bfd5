"""The known name that is nearest to one that was mistyped."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


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
