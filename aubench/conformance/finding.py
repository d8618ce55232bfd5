"""The result of one check."""

from __future__ import annotations

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
    """

    name: str
    passed: bool | None
    reason: str


class FaultError(Exception):
    """The method does not do what it must."""


class NotApplicableError(Exception):
    """There is nothing to check."""


def examine(name: str, check: Callable[[], str]) -> Finding:
    """Run ``check``, which returns what it saw or raises an error."""
    try:
        return Finding(name, True, check())
    except NotApplicableError as error:
        return Finding(name, None, str(error))
    except (FaultError, AubenchError) as error:
        return Finding(name, False, str(error))
    except Exception as error:  # a stranger's method may fail in any way
        return Finding(name, False, f"{type(error).__name__}: {error}".split("\n")[0])
