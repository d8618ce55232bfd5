"""Errors as the one line that a user sees; a traceback is for whoever has to mend the code."""

from __future__ import annotations

import errno
import os
from typing import TypeGuard

from aubench.errors import AubenchError, printable

TRACEBACK = "AUBENCH_TRACEBACK"
"""Environment variable: where it is set, every error is shown with its traceback."""

_FULL = "free some space and repeat the command: what is finished is kept"
_FORBIDDEN = "choose a file or folder that you may read and write"
_DISK = "repeat the command when that disk answers again: what is finished is kept"
_FILES = "allow more open files (ulimit -n 4096), or give fewer --workers"

_MENDS = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EACCES: _FORBIDDEN,
    errno.EPERM: _FORBIDDEN,
    errno.EROFS: _FORBIDDEN,
    errno.ENOENT: "check the path",
    errno.EEXIST: "remove what is there, or name another path",
    errno.EISDIR: "name a file, not a folder",
    errno.ENOTDIR: "name a path that leads through folders only",
    errno.ENOTEMPTY: "name an empty or a new folder",
    errno.ENAMETOOLONG: "give a shorter name",
    errno.ELOOP: "mend the links: they lead in a circle",
    errno.EFBIG: "allow larger files (ulimit -f), or choose another disk",
    errno.EMFILE: _FILES,
    errno.ENFILE: _FILES,
    errno.ENOMEM: "free some memory, or give fewer --workers",
    errno.EIO: _DISK,
    errno.ESTALE: _DISK,
    errno.ENODEV: _DISK,
    errno.ETIMEDOUT: _DISK,
}
"""Number of a system's error → what the user can do about it."""


def line_of(error: Exception) -> str | None:
    """The line that tells a user of an error; None if the traceback must be shown."""
    if os.environ.get(TRACEBACK):
        return None
    if isinstance(error, AubenchError):
        return str(error)
    if not isinstance(error, OSError):
        return None
    what = error.strerror or str(error) or type(error).__name__
    where = "" if error.filename is None else f"{_path(error.filename)}: "
    mend = _MENDS.get(error.errno or 0, "check that file or disk, and repeat the command")
    return printable(f"{where}{what}; {mend}")


def is_of_the_disk(error: Exception) -> TypeGuard[OSError]:
    """True if the disk is full, or a folder may not be written to."""
    return isinstance(error, OSError) and _MENDS.get(error.errno or 0) in (_FULL, _FORBIDDEN)


def _path(name: object) -> str:
    """A path as the system gave it, which may be bytes."""
    return os.fsdecode(name) if isinstance(name, bytes | os.PathLike) else str(name)
