"""Find the recording of a corpus that a file name, or a subject in a table, means."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path, PurePath

import pandas as pd

from aubench.errors import AubenchError

Video = tuple[str, str, int]
"""Subject key, session, view."""

_OPPOSITE = {"left": "right", "right": "left"}
"""Cameras: the file of one is never the other's, even where a pack holds only that one."""


class Videos:
    """The recordings of a corpus.

    Args:
        index: One row per frame, with the columns ``subject``, ``session`` and ``view``.
    """

    def __init__(self, index: pd.DataFrame) -> None:
        triples = index[["subject", "session", "view"]].drop_duplicates()
        self.all: tuple[Video, ...] = tuple(
            (str(subject), str(session), int(view))
            for subject, session, view in triples.itertuples(index=False)
        )
        self._subjects = {subject: self._patterns(subject) for subject, _, _ in self.all}
        self._views = len({view for _, _, view in self.all})
        spelled: dict[str, set[str]] = {}
        for subject in self._subjects:
            for name in (subject, subject.partition("/")[2], subject.rpartition("/")[2]):
                spelled.setdefault(plain(name), set()).add(subject)
        self._spelled = {name: min(keys) for name, keys in spelled.items() if len(keys) == 1}

    def subject(self, name: str) -> str:
        """The key that ``name`` spells (``sn1`` for ``disfa/SN001``), or ``name`` itself."""
        return self._spelled.get(plain(name), name)

    def named(self, name: PurePath, path: Path | None = None) -> Video:
        """The recording that the file ``name`` is named after.

        The subject must occur in the name (or the folders above it); the session and the view
        where there are several.

        Args:
            name: The file, from the folder that was given.
            path: The file that an error names.

        Raises:
            AubenchError: If none or several fit.
        """
        for text in (name.stem, "/".join([*name.parts[:-1], name.stem])):
            found = self.fitting(text)
            if len(found) == 1:
                return found[0]
            if found:
                several = ", ".join(f"{s} {session} view {v}" for s, session, v in found[:3])
                raise AubenchError(
                    f"the name {name} fits several recordings: {several}",
                    mend="rename it after subject, session and view, or add these columns",
                    path=path,
                )
        raise AubenchError(
            f"the name {name} fits no recording of the pack",
            mend="rename it after a subject, or add the columns subject and session",
            path=path,
        )

    def fitting(self, text: str) -> list[Video]:
        """Recordings that ``text`` may name, by the strictest reading that finds any."""
        for strict in (True, False):
            subjects = {
                subject
                for subject, patterns in self._subjects.items()
                if all(
                    re.search(p if strict else p.removeprefix(_START), text, re.I) for p in patterns
                )
            }
            if subjects:
                break
        found = [video for video in self.all if video[0] in subjects]
        named = [video for video in found if _holds(text, video[1])]
        if named:
            found = named
        elif len({session for _, session, _ in found}) == 1:
            found = [v for v in found if not _holds(text, _OPPOSITE.get(v[1].lower(), "\0"))]
        if self._views > 1:
            found = [v for v in found if re.search(rf"(?<!\d)0*{v[2]}$", text)]
        return found

    @staticmethod
    def _patterns(subject: str) -> list[str]:
        """One pattern per word of the subject's own id, left boundary first."""
        own = subject.partition("/")[2] or subject
        return [_START + _word(word) for word in re.findall(r"[A-Za-z]*\d+|[A-Za-z]+", own)]


_START = "(?<![A-Za-z0-9])"


def plain(name: str) -> str:
    """A name without capitals, surrounding spaces and zero padding: ``SN001`` → ``sn1``."""
    return re.sub(r"(?<!\d)0+(?=\d)", "", str(name).strip().lower())


def _word(word: str) -> str:
    """A pattern for a word such as ``SN001``, however its number is padded."""
    match = re.fullmatch(r"([A-Za-z]*)(\d*)", word)
    if match is None or not match[2]:
        return re.escape(word)
    return rf"{match[1]}0*{int(match[2])}(?!\d)"


def _holds(text: str, session: str) -> bool:
    return re.search(_word(session), text, re.IGNORECASE) is not None


def spelled(names: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """``names`` → those of ``known`` that differ in capitals and padding only, or themselves."""
    by_plain = {plain(name): name for name in known}
    return {name: by_plain.get(plain(name), name) for name in names}
