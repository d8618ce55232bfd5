"""A digest of the frames of a fit, so that a checkpoint is known for that of other frames."""

from __future__ import annotations

import hashlib

import pandas as pd

from aubench.frames import LabelledFrames


def frames_digest(*sets: LabelledFrames) -> str:
    """Sixteen hex digits of SHA-256 over keys, labels and landmarks of every set, in their order.

    Pictures are left out, which would take as long to read as an epoch: where they differ while
    all else is alike, the fingerprints of the packs do.
    """
    digest = hashlib.sha256()
    for frames in sets:
        keys = frames.keys.astype({"subject": str, "session": str})
        digest.update(pd.util.hash_pandas_object(keys, index=False).to_numpy().tobytes())
        digest.update(frames.labels.tobytes())
        digest.update(frames.landmarks.tobytes())
    return digest.hexdigest()[:16]
