"""Digests of a shard: of its rows, of each row's place among them, and of the file."""

from __future__ import annotations

import hashlib
import zlib
from pathlib import Path

from aubench.pack.row import Row

CHECK_BYTES = 8
"""Bytes of a row's check."""


class RowHash:
    """SHA-256 over rows in order: keys, flags, labels of both kinds, landmarks, JPEG bytes.

    Not over Arrow's framing, so that another version of Arrow gives the same.
    """

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, row: Row) -> bytes:
        """Add a row.

        Returns:
            The row's check, the first `CHECK_BYTES` bytes of the hash so far: the first row whose
            check differs is the first that was changed.
        """
        flags = f"{row.logged:d}{row.tracked:d}"
        key = f"{row.session}\0{row.view}\0{row.frame}\0{flags}\0{len(row.image)}\0"
        self._hash.update(key.encode())
        for values in (row.labels, row.occurrence, row.landmarks):
            self._hash.update(values.astype("<f4", copy=False).tobytes())
        self._hash.update(bytes(row.image))
        return self._hash.copy().digest()[:CHECK_BYTES]

    def hexdigest(self) -> str:
        """The hash of all rows so far."""
        return self._hash.hexdigest()


def file_crc(path: Path) -> int:
    """CRC-32 of a file: finds any flipped bit, also where no row is, such as in padding."""
    crc = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            crc = zlib.crc32(block, crc)
    return crc
