"""The result of one check."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass

from aubench.errors import AubenchError


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    Attributes:
        name: What was checked.
        passed: None if the check does not apply.
        reason: What was seen, in one line.
        error: What the method raised, if that is the reason.
    """

    name: str
    passed: bool | None
    reason: str
    error: BaseException | None = None


class FaultError(Exception):
    """The method does not do what it must."""


class NotApplicableError(Exception):
    """There is nothing to check."""


def examine(name: str, check: Callable[[], str], *, refusals: bool = False) -> Finding:
    """Run ``check``, which returns what it saw or raises an error.

    Args:
        name: Of the check.
        check: What to run.
        refusals: Let an `AubenchError` through: the method refuses what it is tried on.
    """
    try:
        return Finding(name, True, check())
    except NotApplicableError as error:
        return Finding(name, None, str(error))
    except AubenchError as error:
        if refusals:
            raise
        return Finding(name, False, str(error))
    except FaultError as error:
        return Finding(name, False, str(error))
    except (Exception, SystemExit) as error:  # a stranger's method may fail in any way
        return Finding(name, False, f"{told(error)}{_place(error)}", error)


def told(error: BaseException) -> str:
    """An error in one line."""
    return f"{type(error).__name__}: {error}".split("\n")[0].rstrip(": ")


def _place(error: BaseException) -> str:
    """File and line of the method's own code that an error was raised below; empty for ours."""
    frames = list(traceback.walk_tb(error.__traceback__))
    packages = [str(frame.f_globals.get("__name__")).partition(".")[0] for frame, _ in frames]
    own = len(packages) - packages[::-1].index("aubench") if "aubench" in packages else 0
    theirs = [n for n in range(own, len(frames)) if packages[n] == packages[own]]
    if not theirs:
        return ""
    frame, line = frames[theirs[-1]]
    return f" ({frame.f_code.co_filename}:{line})"


def named(thing: object) -> str:
    """What something is, for a message: ``None``, ``a numpy.ndarray``."""
    if thing is None:
        return "None"
    kind = type(thing)
    name = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
    return f"{'an' if name[0] in 'aeio' else 'a'} {name}"
