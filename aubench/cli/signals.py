"""Ctrl-C and its like: what is open is closed, the user is told, the process ends by the signal.

A shell that sees a command end by SIGINT stops its loop, too; one that sees an exit status goes on.
"""

from __future__ import annotations

import gc
import os
import shlex
import signal
import sys
from contextlib import suppress
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

GOES_ON = ("run", "prepare", "synth", "pretrain", "study")
"""Commands that go on where they were stopped."""


class Stopped(BaseException):  # no Exception: nothing that handles errors may catch it
    """The process was asked to end.

    Args:
        number: Of the signal.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(number)


def watch() -> None:
    """Raise `Stopped` at the signals that end a process, unless it was told to ignore them."""
    for number in SIGNALS:
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, _stop)


def _stop(number: int, frame: FrameType | None) -> None:
    del frame
    raise Stopped(number)


def end(number: int) -> None:
    """Tell the user what is kept, and end this process by the signal ``number``.

    Nothing may hold on to the exception any more, so that what it kept open is closed first.
    """
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    gc.collect()
    with suppress(OSError, ValueError):  # a terminal that is gone
        print(f"\n{_said(number)}", file=sys.stderr, flush=True)
        sys.stdout.flush()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _said(number: int) -> str:
    """What is kept and how to go on, in a line."""
    arguments = sys.argv[1:]
    kept = "nothing is left half-written; to begin again"
    if arguments and arguments[0] in GOES_ON:
        kept = "what is finished is kept (subjects, folds, epochs); to go on"
    again = shlex.join(["aubench", *arguments])
    return f"stopped by {signal.Signals(number).name}: {kept}: {again}"
