"""Which frames of a pack."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from aubench.errors import AubenchError
from aubench.pack.pack import Pack
from aubench.protocol import FramePolicy


@dataclass(frozen=True)
class Selection:
    """A part of a pack.

    Attributes:
        subjects: Subject keys; None for everyone.
        sessions: Names of recordings; None for all.
        views: Numbers of views; None for all.
        frames: ``all``, or without those in the corpus's own ``errlog``.
        every: 1 for every frame of a recording, n for its first and every n-th after that.
    """

    subjects: tuple[str, ...] | None = None
    sessions: tuple[str, ...] | None = None
    views: tuple[int, ...] | None = None
    frames: FramePolicy = "all"
    every: int = 1

    @property
    def thinned(self) -> str:
        """How people's recordings are cut down, in words; empty if they are whole."""
        parts = []
        if self.sessions is not None:
            parts.append(f"sessions {' '.join(sorted(set(self.sessions)))}")
        if self.views is not None:
            parts.append(f"views {' '.join(map(str, sorted(set(self.views))))}")
        if self.every > 1:
            parts.append(f"1 frame in {self.every}")
        return ", ".join(parts)

    def of(self, pack: Pack) -> npt.NDArray[np.bool_]:
        """(N,) which rows of ``pack``.

        Raises:
            AubenchError: If the pack lacks something that is named, or nothing fits.
        """
        index = pack.index
        keep = np.ones(len(index), dtype=np.bool_)
        named = {"subject": self.subjects, "session": self.sessions, "view": self.views}
        for name, wanted in named.items():
            if wanted is not None:
                _refuse_unknown(name, wanted, index[name].unique(), pack.path)
                keep &= index[name].isin(wanted).to_numpy()
        if self.frames == "errlog":
            keep &= ~index["logged"].to_numpy()
        if self.every > 1:
            recordings = index.groupby(list(named), sort=False, observed=True)
            keep &= recordings.cumcount().to_numpy() % self.every == 0
        if not keep.any():
            raise AubenchError("no frame is left", mend="leave fewer out", path=pack.path)
        return keep


def _refuse_unknown(
    name: str, wanted: Iterable[object], known: Iterable[object], path: Path
) -> None:
    held = sorted(known, key=str)
    for value in wanted:
        if value not in held:
            named = ", ".join(map(str, held))
            raise AubenchError(f"no {name} {value}", mend=f"choose among {named}", path=path)
