"""Where things are kept that can be made again."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def cache_folder() -> Path:
    """The folder of twins and of compiled code: ``$AUBENCH_CACHE`` or the user's cache folder."""
    named = os.environ.get("AUBENCH_CACHE")
    return Path(named) if named else Path(platformdirs.user_cache_dir("aubench"))
