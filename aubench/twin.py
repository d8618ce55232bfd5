"""Synthetic twins of corpora: generated once, through the same path as the real thing."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from aubench.errors import AubenchError


@dataclass(frozen=True)
class TwinOptions:
    """What a twin looks like.

    Attributes:
        size: Width and height of the cropped faces in pixels.
        frames: Frames a subject.
        seed: Of everything that is drawn.
        workers: Processes that write it; all cores when None. Changes nothing but the time.
    """

    size: int = 128
    frames: int = 40
    seed: int = 0
    workers: int | None = None


def cache_folder() -> Path:
    """Where twins are kept: ``$AUBENCH_CACHE`` or the user's cache folder."""
    named = os.environ.get("AUBENCH_CACHE")
    return Path(named) if named else Path(platformdirs.user_cache_dir("aubench"))
