"""As much of a pack of DISFA as scoring looks at, with invented labels."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from aubench.crops.crop import CropInfo
from aubench.registry import find
from aubench_protocols.disfa import COUNTS

PROTOCOL = find("protocols", "disfa3fold")


def pack(counts: dict[str, int] = COUNTS, *, synthetic: bool = False, shift: int = 0) -> Any:
    """DISFA's 27 people with invented labels, ``shift`` frames late."""
    index = pd.DataFrame(
        {
            "subject": np.repeat(list(counts), list(counts.values())),
            "session": "left",
            "view": 0,
            "frame": np.concatenate([np.arange(1, count + 1) for count in counts.values()]),
            "tracked": True,
            "logged": False,
        }
    )
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 6, (len(index), 12)).astype(np.float32)
    labels = np.roll(labels, shift, axis=0)
    manifest = SimpleNamespace(
        corpus="disfa",
        synthetic=synthetic,
        fingerprint="0123456789abcdef",
        recipe=CropInfo(name="tight"),
        size=128,
    )
    return SimpleNamespace(
        index=index,
        labels=lambda _: labels,
        aus=lambda _: PROTOCOL.aus,
        manifest=manifest,
    )
