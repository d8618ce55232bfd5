"""Which process holds a lock or writes a file, and whether it still lives."""

from __future__ import annotations

import json
import os
import platform
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Self

from pydantic import TypeAdapter

_PROC = Path("/proc")


@dataclass(frozen=True)
class Owner:
    """A process, as a file names it.

    Attributes:
        host: Name of the machine.
        numbering: Whose process numbers these are: a container counts its own.
        process: Its number.
        birth: When it began, as `_birth` says it; empty where the system does not tell.
        since: Since when it is at it, local time with its offset.
    """

    host: str
    numbering: int
    process: int
    birth: str
    since: str

    @classmethod
    def this(cls) -> Self:
        """This process, from now on."""
        now = datetime.now().astimezone().isoformat(sep=" ", timespec="seconds")
        process = os.getpid()
        return cls(platform.node(), numbering(), process, _birth(process) or "", now)

    @classmethod
    def read(cls, text: bytes) -> Self | None:
        """The owner that a file with this ``text`` names; None if it names none."""
        try:
            return TypeAdapter(cls).validate_json(text)
        except ValueError:
            return None

    def text(self) -> bytes:
        """The file that names this owner: one line of JSON."""
        return json.dumps(asdict(self)).encode() + b"\n"

    def __str__(self) -> str:
        return f"process {self.process} on {self.host} is at it since {self.since}"

    @property
    def is_dead(self) -> bool:
        """True if it surely is gone; another machine's processes are out of sight."""
        if (self.host, self.numbering) != (platform.node(), numbering()):
            return False
        return _birth(self.process) not in (self.birth, "")


@cache
def numbering() -> int:
    """A number that processes share which see one another's numbers; 0 where all do."""
    try:
        return (_PROC / "self" / "ns" / "pid").stat().st_ino
    except OSError:
        return 0


def is_gone(process: int) -> bool:
    """True if there is no process of this number here, or it has ended."""
    return _birth(process) is None


def _birth(process: int) -> str | None:
    """When a process began: this start of the machine, and ticks since; None if it is no more.

    Empty where the system has no ``/proc``: then it is only known that it lives.
    """
    with suppress(OSError):
        boot = (_PROC / "sys" / "kernel" / "random" / "boot_id").read_text().strip()
        try:
            fields = (_PROC / str(process) / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        # The third field of the line is its state (here the first), the 22nd when it began.
        return None if fields[0] in "ZX" else f"{boot}/{fields[19]}"
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return None
    except OSError:
        pass
    return ""
