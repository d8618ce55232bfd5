"""Locks: one process at a time at a folder or a file, and the others are told who it is.

A lock is a file that is there while somebody holds it. Where the file system has locks (``flock``),
these decide, and a process that was killed leaves none. Where it has not, as on some network file
systems, whoever creates the file has the lock; what a process leaves that was killed is taken over
if it ran on the same machine, and must be removed by hand otherwise.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from aubench.errors import AubenchError
from aubench.io.notice import notice
from aubench.io.owner import Owner

LOCK = "lock"
"""The name of the lock of a folder, in it."""

_HELD = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)
_MISSING = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP)
"""What ``flock`` answers where a lock is held, and where the file system has none."""

_POLL = 0.5
"""Seconds between two looks at a lock that is waited for."""

_YOUNG = 60.0
"""Seconds after which a lock file that names nobody is nobody's."""


@contextmanager
def hold(path: Path, *, wait: bool = False) -> Iterator[None]:
    """Hold the lock ``path``, a file in a folder that exists.

    Args:
        path: The file; it is there while the lock is held.
        wait: Wait for another process that holds it, and say so.

    Raises:
        AubenchError: If another process holds it and ``wait`` is False; it says which.
        OSError: If no file can be made there.
    """
    while (lock := _take(path)) is None:
        mend = "wait for it or stop it"
        if _device(path) in _without_locks:
            mend += f"; if it is no more, remove {path}"
        held = AubenchError(_who(path), mend=mend, path=path.parent)
        if not wait:
            raise held
        notice(f"waiting: {held}")
        time.sleep(_POLL)
    try:
        yield
    finally:
        lock.release()


@dataclass(frozen=True)
class _Lock:
    """A lock that this process holds."""

    path: Path
    descriptor: int

    def release(self) -> None:
        """Let others have it; the file goes first, so that no one takes what is going."""
        with suppress(OSError):
            if _is_at(self.path, self.descriptor):
                self.path.unlink()
        os.close(self.descriptor)


def _take(path: Path) -> _Lock | None:
    """The lock, or None if another process has it."""
    created = True
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
    except FileExistsError:
        created = False
        try:
            descriptor = _open(path)
        except FileNotFoundError:  # released just now
            return _take(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _MISSING:
            _tell(path)
            if not created:
                os.close(descriptor)
                return _take(path) if _bury(path) else None
        else:
            os.close(descriptor)
            if error.errno in _HELD:
                return None
            raise
    if not _is_at(path, descriptor):  # its holder has just released and removed it
        os.close(descriptor)
        return _take(path)
    with suppress(OSError):  # a full disk, or another user's file: the lock holds without a name
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, Owner.this().text(), 0)
    return _Lock(path, descriptor)


def _open(path: Path) -> int:
    """A descriptor of a lock file that is there, be it another user's."""
    try:
        return os.open(path, os.O_RDWR)
    except PermissionError:
        return os.open(path, os.O_RDONLY)


def _is_at(path: Path, descriptor: int) -> bool:
    """True if ``descriptor`` is of the file that has this name now."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _who(path: Path) -> str:
    """Who holds a lock, in words."""
    try:
        return str(Owner.read(path.read_bytes()) or "another process is at it")
    except OSError:
        return "another process is at it"


_without_locks: set[int] = set()


def _device(path: Path) -> int:
    """The file system of a file, by number."""
    return path.parent.stat().st_dev


def _tell(path: Path) -> None:
    """Say once that a file system has no locks."""
    if _device(path) not in _without_locks:
        _without_locks.add(_device(path))
        notice(f"{path.parent}: no locks on this file system: a file keeps others out")


def _bury(path: Path) -> bool:
    """Remove a lock file whose process has died; True if it is gone.

    It is moved away first and read again: between two looks another may have taken its place.
    """
    try:
        text, age = path.read_bytes(), time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return True
    owner = Owner.read(text)
    if not owner.is_dead if owner else age < _YOUNG:
        return False
    grave = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.replace(grave)
    except FileNotFoundError:
        return True
    if grave.read_bytes() != text:
        with suppress(FileExistsError):
            os.link(grave, path)
        grave.unlink()
        return False
    grave.unlink()
    return True
