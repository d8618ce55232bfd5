"""Pipes, sockets and devices in the place of files: reading one need not end."""

from __future__ import annotations

import stat
from pathlib import Path

from aubench.errors import AubenchError


def ordinary(path: Path) -> Path:
    """The path itself, if a file or a folder is there, or nothing that can be looked at.

    Raises:
        AubenchError: If it is a pipe, a socket or a device, or no path at all.
    """
    try:
        mode = path.stat().st_mode
    except OSError:  # whoever opens it says why
        return path
    except ValueError as error:
        raise AubenchError(f"no path ({error})", mend="name a file or folder", path=path) from error
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        what = "a pipe, a socket or a device, not a file"
        raise AubenchError(what, mend="name a file or a folder", path=path)
    return path
