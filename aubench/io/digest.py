"""Digests of files."""

from __future__ import annotations

import hashlib
from pathlib import Path

from aubench.io.special import ordinary


def file_sha256(path: Path) -> str:
    """SHA-256 of the bytes of a file, 64 hexadecimal digits."""
    with ordinary(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
