"""The registry: entry points become methods, protocols, corpora and papers."""

from __future__ import annotations

import ast
import importlib.util
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Literal

from aubench.errors import AubenchError, nearest

Kind = Literal["methods", "protocols", "corpora", "surveyors", "twins", "papers"]

LISTED: tuple[Kind, ...] = ("methods", "protocols", "corpora", "papers")
"""The kinds that have names for people to type."""


@dataclass(frozen=True)
class Plugin:
    """One name in one entry-point group.

    Attributes:
        name: As typed on the command line.
        kind: The group, without its ``aubench.`` prefix.
        origin: The distribution that brought it.
        entry: The entry point; several where two distributions claim one name.
    """

    name: str
    kind: Kind
    origin: str
    entry: tuple[EntryPoint, ...]

    @property
    def broken(self) -> str | None:
        """Why it cannot be used, in one line; None if it can."""
        try:
            self.load()
        except AubenchError as error:
            return str(error)
        return None

    def load(self) -> Any:
        """The object behind the entry point.

        Raises:
            AubenchError: If two distributions claim the name, or its import fails.
        """
        if len(self.entry) > 1:
            raise AubenchError(
                f"{_SINGULAR[self.kind]} {self.name!r} is claimed by {self.origin}",
                mend="uninstall or rename one of them",
            )
        try:
            return self.entry[0].load()
        except Exception as error:  # a stranger's module may fail in any way
            reason = f"{type(error).__name__}: {error}".split("\n")[0]
            raise AubenchError(
                f"{_SINGULAR[self.kind]} {self.name!r} ({self.entry[0].value}, from {self.origin}) "
                f"cannot be loaded: {reason}",
                mend="mend or uninstall that package",
            ) from error

    def written_summary(self) -> str:
        """The text of ``summary`` in the body of a class, read without running its module.

        Empty if it is not a plain string there.
        """
        entry = self.entry[0]
        spec = importlib.util.find_spec(entry.module)
        if spec is None or spec.origin is None:
            return ""
        for node in ast.parse(Path(spec.origin).read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and node.name == entry.attr:
                for line in node.body:
                    match line:
                        case ast.Assign(
                            [ast.Name("summary")], ast.Constant(str(text))
                        ) | ast.AnnAssign(ast.Name("summary"), _, ast.Constant(str(text))):
                            return text
        return ""


@cache
def plugins(kind: Kind) -> dict[str, Plugin]:
    """Every plug-in of a kind by name, sorted; nothing is imported yet."""
    claims: dict[str, dict[str, EntryPoint]] = {}
    for entry in entry_points(group=f"aubench.{kind}"):
        origin = entry.dist.name if entry.dist else "?"
        claims.setdefault(entry.name, {})[origin] = entry
    return {
        name: Plugin(name, kind, " and ".join(sorted(by)), tuple(by.values()))
        for name, by in sorted(claims.items())
    }


def find(kind: Kind, name: str) -> Any:
    """The object that ``name`` stands for.

    Raises:
        AubenchError: If nothing has that name (with the nearest one, or what has it instead), or it
            is broken.
    """
    known = plugins(kind)
    if name in known:
        return known[name].load()
    raise AubenchError(f"no {_SINGULAR[kind]} {name!r}", mend=_mend(kind, name))


def _mend(kind: Kind, name: str) -> str:
    """What to type instead of ``name``, which is no plug-in of ``kind``."""
    known = plugins(kind)
    lower = name.lower().rstrip("/")
    if lower in known:
        return f"did you mean {lower!r}?"
    for other in LISTED:
        if lower in plugins(other) and other != kind:
            what = f"{lower!r} is a {_SINGULAR[other]}"
            own = protocols_of(lower) if (kind, other) == ("protocols", "corpora") else ()
            if own:
                return f"{what}, its protocols are {', '.join(own)}"
            return f"{what}: did you swap two names? See 'aubench list {kind}'"
    near = nearest(name, known)
    listed = f"'aubench list {kind}' shows all"
    return listed if near is None else f"did you mean {near!r}? {listed}"


def protocols_of(corpus: str) -> tuple[str, ...]:
    """Names of the protocols that use a corpus."""
    found = plugins("protocols").values()
    return tuple(p.name for p in found if not p.broken and corpus in p.load().corpora)


_SINGULAR = {
    "methods": "method",
    "protocols": "protocol",
    "corpora": "corpus",
    "surveyors": "surveyor",
    "twins": "twin",
    "papers": "paper",
}
