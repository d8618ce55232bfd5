"""One frame as a shard holds it."""

from __future__ import annotations

from dataclasses import dataclass

from aubench.frames import FloatArray, ImageArray


@dataclass(frozen=True, slots=True)
class Row:
    """A frame to write to a shard, or read from one.

    Attributes:
        session: See `aubench.frames.KEY`.
        view: See `aubench.frames.KEY`.
        frame: See `aubench.frames.KEY`.
        logged: In the corpus's error log.
        tracked: Has landmarks of its own.
        labels: (A,) float32, intensity 0–5; NaN = not coded.
        occurrence: (O,) float32, 0 or 1; NaN = not coded.
        landmarks: (68, 2) float32 in pixels of the crop; NaN where there are none.
        image: JPEG bytes of the crop, as such or (n,) uint8.
        check: What `aubench.pack.digests.RowHash.add` gave when it was written; None until
            then, and in older packs.
    """

    session: str
    view: int
    frame: int
    logged: bool
    tracked: bool
    labels: FloatArray
    occurrence: FloatArray
    landmarks: FloatArray
    image: bytes | ImageArray
    check: bytes | None = None
