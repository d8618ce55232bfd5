"""Errors as the one line that a user sees; a traceback is for whoever has to mend the code."""

from __future__ import annotations

import errno
import os
from typing import TypeGuard

from aubench.errors import AubenchError

TRACEBACK = "AUBENCH_TRACEBACK"
"""Environment variable: where it is set, every error is shown with its traceback."""

_FORBIDDEN = (errno.EACCES, errno.EROFS)
_FULL = (errno.ENOSPC, errno.EDQUOT)


def line_of(error: Exception) -> str | None:
    """The line that tells a user of an error; None if the traceback must be shown."""
    if os.environ.get(TRACEBACK):
        return None
    if isinstance(error, AubenchError):
        return str(error)
    if not is_of_the_disk(error):
        return None
    what = error.strerror or str(error)
    mend = "free some space and repeat the command: what is finished is kept"
    if error.errno in _FORBIDDEN:
        mend = "choose a folder that you may write to"
    return f"{error.filename or 'disk'}: {what}; {mend}"


def is_of_the_disk(error: Exception) -> TypeGuard[OSError]:
    """True if the disk is full, or a folder may not be written to."""
    return isinstance(error, OSError) and error.errno in (*_FULL, *_FORBIDDEN)
