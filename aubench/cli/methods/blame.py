"""What fails in a plug-in's code, told as its fault in one line."""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable
from typing import ParamSpec

from aubench.cli.faults import TRACEBACK, is_of_the_disk
from aubench.errors import AubenchError
from aubench.registry import plugins

P = ParamSpec("P")


def blames_the_method(command: Callable[P, None]) -> Callable[P, None]:
    """The same command, in which what fails in a plug-in's code is told as an `AubenchError`.

    It names the method, the error, and the innermost line of the plug-in's own files.

    Args:
        command: Takes the name of the method as the keyword ``method``.
    """

    @functools.wraps(command)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except Exception as error:  # a stranger's method may fail in any way
            name = str(kwargs["method"])
            place = _place(error, name.partition("/")[0])
            if place is None or isinstance(error, AubenchError) or is_of_the_disk(error):
                raise
            what = f"{type(error).__name__}: {error}".rstrip(": ")
            raise AubenchError(
                f"method {name!r} failed: {what}",
                mend=f"mend the method, {TRACEBACK}=1 shows the traceback",
                path=place.filename,
                line=place.lineno,
            ) from error

    return guarded


def _place(error: Exception, name: str) -> traceback.FrameSummary | None:
    """The innermost line of a traceback that is of the package of the method ``name``.

    None for methods of aubench, whose faults are ours.
    """
    plugin = plugins("methods").get(name)
    if plugin is None or plugin.origin == "aubench":
        return None
    package = plugin.entry[0].module.partition(".")[0]
    frames = [
        (frame, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if str(frame.f_globals.get("__name__")).partition(".")[0] == package
    ]
    return traceback.StackSummary.extract(iter(frames[-1:]))[0] if frames else None
