"""The registry: entry points become methods, protocols, corpora and papers."""

from __future__ import annotations

import ast
import importlib.util
import math
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import Distribution, EntryPoint, distributions
from pathlib import Path
from typing import Any, Literal, TypeVar

from aubench.errors import AubenchError, nearest

Kind = Literal["methods", "protocols", "corpora", "surveyors", "twins", "papers"]

LISTED: tuple[Kind, ...] = ("methods", "protocols", "corpora", "papers")
"""The kinds that have names for people to type."""

T = TypeVar("T")

SECONDS = 30.0
"""How long the import of a plug-in may stand still, no further module being imported meanwhile.

Slow disks take minutes over torch, but not over one module. aubench's own modules have no limit.
"""


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
        thing = self._guarded(self.entry[0].load)
        wanted, is_class = _BASES[self.kind]
        if isinstance(thing, type) != is_class or not _is_of(thing, wanted):
            reason = f"it is no {'subclass' if is_class else 'instance'} of {wanted}"
            if is_class and _is_of(type(thing), wanted):
                reason += ", but an instance of one: name the class"
            raise self._unusable(reason)
        return thing

    def written_summary(self) -> str:
        """The text of ``summary`` in the body of a class, read without running its module.

        Empty if it is not a plain string there.

        Raises:
            AubenchError: If its package cannot be imported, or the text not be read.
        """
        return self._guarded(self._written_summary)

    def _written_summary(self) -> str:
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

    def _guarded(self, work: Callable[[], T]) -> T:
        """What ``work`` returns, which imports a stranger's code; whatever it raises is its fault.

        It may do all but end the process by ``os._exit``, which nothing in a process can prevent,
        or hang in compiled code.
        """
        too_long = f"its import stands still for {SECONDS:g} seconds"
        if self in _hung:
            raise self._unusable(too_long)
        try:
            with _bounded(math.inf if self.origin == "aubench" else SECONDS) as asked_to_stop:
                return work()
        except _TooLong as error:
            _hung.add(self)
            raise self._unusable(too_long) from error
        except BaseException as error:
            if asked_to_stop:
                raise
            raise self._unusable(_reason(error)) from error

    def _unusable(self, reason: str) -> AubenchError:
        return AubenchError(
            f"{_SINGULAR[self.kind]} {self.name!r} ({self.entry[0].value}, from {self.origin}) "
            f"cannot be loaded: {reason}",
            mend="mend or uninstall that package",
        )


class _TooLong(BaseException):  # no Exception, which a plug-in may well catch
    """An import stands still for longer than `SECONDS`."""


_hung: set[Plugin] = set()
"""Plug-ins whose import was given up: it is not tried again in this process."""


@contextmanager
def _bounded(seconds: float) -> Iterator[list[int]]:
    """Raise `_TooLong` in the block when it stands still; yield the interrupts of the user.

    By an alarm of the system, which a main thread on POSIX has; elsewhere there is no limit.
    """
    asked: list[int] = []
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "SIGALRM"):
        yield asked
        return

    known = len(sys.modules)

    def give_up(*_: object) -> None:
        nonlocal known
        if len(sys.modules) == known:
            raise _TooLong
        known = len(sys.modules)

    def interrupt(number: int, frame: Any) -> None:
        asked.append(number)
        if callable(before):
            before(number, frame)

    before = signal.getsignal(signal.SIGINT)
    alarm = signal.signal(signal.SIGALRM, give_up)
    signal.signal(signal.SIGINT, interrupt)
    if math.isfinite(seconds):
        signal.setitimer(signal.ITIMER_REAL, seconds, seconds)  # again, should one be caught
    try:
        yield asked
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGINT, before)
        signal.signal(signal.SIGALRM, alarm)


def _reason(error: BaseException) -> str:
    """An error in one line, even if it cannot say what it is."""
    try:
        text = str(error).strip().split("\n")[0]
    except BaseException:  # a stranger's exception
        text = ""
    return f"{type(error).__name__}: {text}".removesuffix(": ")


def _is_of(thing: object, wanted: str) -> bool:
    """True if the class ``thing``, or that of the object ``thing``, descends from ``wanted``.

    By name: a plug-in that derives from a class has imported it, and nobody else needs to.
    """
    kind = thing if isinstance(thing, type) else type(thing)
    return wanted in [f"{base.__module__}.{base.__qualname__}" for base in kind.__mro__]


@cache
def plugins(kind: Kind) -> dict[str, Plugin]:
    """Every plug-in of a kind by name, sorted; nothing is imported yet."""
    claims: dict[str, dict[str, EntryPoint]] = {}
    for dist in distributions():
        for entry in _entries(dist, f"aubench.{kind}"):
            claims.setdefault(entry.name, {}).setdefault(dist.name, entry)
    return {
        name: Plugin(name, kind, " and ".join(sorted(by)), tuple(by.values()))
        for name, by in sorted(claims.items())
    }


def _entries(dist: Distribution, group: str) -> tuple[EntryPoint, ...]:
    """The entry points of a distribution; none if its files of metadata cannot be read."""
    try:
        return tuple(dist.entry_points.select(group=group)) if dist.name else ()
    except Exception:  # whatever is installed may be damaged, and has nothing to do with aubench
        return ()


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

_BASES: dict[Kind, tuple[str, bool]] = {
    "methods": ("aubench.method.Method", True),
    "protocols": ("aubench.protocol.Protocol", False),
    "corpora": ("aubench.corpora.corpus.Corpus", True),
    "surveyors": ("aubench.corpora.survey.surveyor.Surveyor", True),
    "twins": ("aubench.synthetic.corpora.tree.SyntheticTree", True),
    "papers": ("aubench.published.Paper", False),
}
"""Kind → what its plug-ins descend from, and whether they are classes themselves."""
