"""The face on which augmentations are shown: the most expressive of a pack."""

from __future__ import annotations

import numpy as np
import torch

from aubench.action_units import AU_CENTRES
from aubench.errors import AubenchError
from aubench.frames import KEY
from aubench.pack.pack import Pack
from aubench.training.loader import Batch, read_batches

SHOWN = 3
"""Number of Action Units whose targets are drawn; more would hide each other."""


def expressive_face(pack: Pack) -> Batch:
    """The tracked frame with the highest sum of intensities, with its strongest AUs.

    Of AUs at the same landmarks only the strongest is kept.

    Raises:
        AubenchError: If no frame has both landmarks and intensities.
    """
    aus = tuple(au for au in pack.aus("intensity") if au in AU_CENTRES)
    columns = [pack.aus("intensity").index(au) for au in aus]
    labels = pack.labels("intensity")[:, columns]
    usable = np.isfinite(pack.points.all()).all(axis=(1, 2)) & np.isfinite(labels).any(axis=1)
    if not usable.any():
        raise AubenchError(
            "no frame with landmarks and intensities", mend="name another pack", path=pack.path
        )
    row = int(np.where(usable, np.nansum(labels, axis=1), -1).argmax())
    places = dict.fromkeys(AU_CENTRES[au] for au in aus)
    by_strength = [aus[a] for a in np.argsort(-np.nan_to_num(labels[row]), kind="stable")]
    strongest = {
        place: next(au for au in by_strength if AU_CENTRES[au] == place) for place in places
    }
    shown = [au for au in by_strength if au in strongest.values()][:SHOWN]
    frames = pack.labelled([row], shown)
    return next(read_batches(frames, [np.array([0])], torch.device("cpu")))


def describe(pack: Pack, face: Batch) -> str:
    """Subject, session and frame number of ``face`` in words."""
    row = np.flatnonzero((pack.points.all() == face.landmarks.numpy()).all(axis=(1, 2)))[0]
    subject, session, _, frame = (pack.index[name].iloc[row] for name in KEY)
    return f"{subject}, {session}, frame {frame}"
