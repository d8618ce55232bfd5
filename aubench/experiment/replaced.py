"""Refuses a method whose package changed what scores it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping

from aubench.errors import AubenchError
from aubench.method import Method

SCORING = ("aubench.metrics", "aubench.evaluation", "aubench.pack")
"""The rooms that hold labels, or make scores of them."""


def refuse_replaced(method: Method) -> None:
    """Raise if the package of ``method`` put something of its own where scores are made."""
    package = type(method).__module__.partition(".")[0]
    for place, thing in _scoring():
        module = getattr(thing, "__module__", None) or ""
        if module.partition(".")[0] == package:
            raise AubenchError(
                f"{package} replaced {place}: a method may not change what scores it",
                mend="uninstall that package, or report it to its author",
            )


def _scoring() -> Iterator[tuple[str, object]]:
    """Every function and class where scores are made, by where it stands; also those in tables."""
    for package in SCORING:
        for name in sorted(name for name in sys.modules if name.startswith(package)):
            for attribute, value in list(vars(sys.modules[name]).items()):
                place = f"{name}.{attribute}"
                yield place, value
                inner = value if isinstance(value, Mapping) else {"": value}
                for key, row in list(inner.items()):
                    for field, part in list(getattr(row, "__dict__", {}).items()):
                        yield ".".join(filter(None, (place, str(key), field))), part
