"""Files that are whole or not there at all, even if the process is killed or the power fails.

What a killed process leaves under a temporary name is removed by the next one that writes there.
"""

from __future__ import annotations

import errno
import hashlib
import os
import platform
import re
import secrets
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from aubench.io.owner import is_gone, numbering

_TEMPORARY = re.compile(r".*\.(\d+)-([0-9a-f]{6})-[0-9a-f]{6}\.partial", re.DOTALL)
"""A temporary name: what it will be called, the process, its machine, a random number."""

_FORGOTTEN = 86_400.0
"""Seconds without a change after which a temporary file of another machine is nobody's."""

_NO_FLUSH = (errno.EACCES, errno.EPERM, errno.EINVAL, errno.EBADF, errno.ENOTSUP, errno.ENOSYS)
"""What a file system answers that cannot flush a folder."""


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; what is written there becomes ``path`` at the end.

    The temporary file is flushed to the disk before it is renamed, and gets the mode of any new
    file (the umask), whoever writes it. If the block raises, it is removed, and ``path`` stays as
    it was.

    Raises:
        OSError: As the system gave it, with the name of ``path``.
    """
    temporary = temporary_name(path)
    try:
        mode = _create(temporary)
        yield temporary
        if stat.S_IMODE(temporary.stat().st_mode) != mode:
            temporary.chmod(mode)
        flush(temporary)
        temporary.replace(path)
        flush(path.parent)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def temporary_name(path: Path) -> Path:
    """A name beside ``path`` that no other process takes, for what is to become ``path``.

    What processes left in that folder that are gone is removed first, once per process and folder.
    """
    _tidy(path.parent)
    mark = f"{os.getpid()}-{_machine()}-{secrets.token_hex(3)}"
    return path.with_name(f"{path.name}.{mark}.partial")


def make_folder(path: Path) -> None:
    """Make a folder and those above it, as far as they are not there, and flush their names."""
    new = [folder for folder in (path, *path.parents) if not folder.exists()]
    path.mkdir(parents=True, exist_ok=True)
    for folder in new:
        flush(folder.parent)


def flush(path: Path) -> None:
    """Wait until a file, or the names in a folder, have reached the disk."""
    is_folder = path.is_dir()
    try:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if not (is_folder and error.errno in _NO_FLUSH):
            raise


def flush_all(folder: Path) -> None:
    """Wait until a folder and all that is in it have reached the disk."""
    for path in (*folder.rglob("*"), folder):
        if path.is_dir() or path.is_file():
            flush(path)


def _create(path: Path) -> int:
    """Make an empty file; return the mode that the system gave it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        return stat.S_IMODE(os.fstat(descriptor).st_mode)
    finally:
        os.close(descriptor)


@cache
def _machine() -> str:
    """This machine and its numbering of processes, six hexadecimal digits."""
    return hashlib.sha256(f"{platform.node()}/{numbering()}".encode()).hexdigest()[:6]


@cache
def _tidy(folder: Path) -> None:
    """Remove the temporary files and folders in ``folder`` whose process is gone."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):
                if _is_left(entry):
                    _remove(entry)


def _is_left(entry: os.DirEntry[str]) -> bool:
    """True if nobody writes this temporary file any more."""
    found = _TEMPORARY.fullmatch(entry.name)
    if not found:
        return False
    if found[2] == _machine():
        return is_gone(int(found[1]))
    return time.time() - entry.stat(follow_symlinks=False).st_mtime > _FORGOTTEN


def _remove(entry: os.DirEntry[str]) -> None:
    if entry.is_dir(follow_symlinks=False):
        shutil.rmtree(entry.path)
    else:
        Path(entry.path).unlink()
