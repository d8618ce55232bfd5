"""Where things are kept that can be made again."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

import platformdirs

from aubench.errors import AubenchError


def cache_folder() -> Path:
    """The folder of twins and of compiled code: ``$AUBENCH_CACHE`` or the user's cache folder.

    A user who has no home, or none that can be written to, has a folder among the temporary files.

    Raises:
        AubenchError: If another user has taken that folder's name.
    """
    named = os.environ.get("AUBENCH_CACHE")
    if named:
        return Path(named)
    usual = Path(platformdirs.user_cache_dir("aubench"))
    return usual if usual.is_absolute() and _is_ours(usual) else _temporary()


def _is_ours(folder: Path) -> bool:
    """True if a folder is there, or can be made."""
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        return True
    return False


def _temporary() -> Path:
    """A folder of this user's among the temporary files, which nobody else can write to."""
    folder = Path(tempfile.gettempdir()) / f"aubench-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if found.st_uid != os.getuid() or found.st_mode & 0o022 or folder.is_symlink():
        raise AubenchError(
            "another user's, and there is no home for a cache",
            mend="name a folder in the environment variable AUBENCH_CACHE",
            path=folder,
        )
    return folder
