"""Where a user's things are kept: what can be made again, and the configuration."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
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
    usual = _at_home(platformdirs.user_cache_dir)
    with suppress(OSError):
        if usual is not None:
            usual.mkdir(parents=True, exist_ok=True)
            return usual
    return _temporary()


def config_folder() -> Path:
    """The user's configuration folder; that of `cache_folder` for a user who has no home."""
    return _at_home(platformdirs.user_config_dir) or cache_folder()


def _at_home(find: Callable[[str], str]) -> Path | None:
    """A folder that ``find`` gives in the user's home; None if there is no home."""
    try:
        folder = Path(find("aubench"))
    except RuntimeError:  # in some versions of platformdirs; others leave the "~" as it is
        return None
    return folder if folder.is_absolute() else None


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
