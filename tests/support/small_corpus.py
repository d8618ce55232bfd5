"""A tiny corpus and DISFA with invented labels, for tests of scoring."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from aubench.crops.crop import CropInfo
from aubench.evaluation.predictions import prediction_table
from aubench.protocol import Fold, Protocol
from aubench_protocols.disfa import COUNTS

AUS = (1, 6, 12)
SUBJECTS = ("disfa/SN001", "disfa/SN002", "disfa/SN003", "disfa/SN004")
FRAMES = 30

PROTOCOL = Protocol(
    name="small",
    title="two folds of two subjects",
    task="intensity",
    corpora=("disfa",),
    aus=AUS,
    folds=(
        Fold(name="a", train=SUBJECTS[2:], valid=(), test=SUBJECTS[:2]),
        Fold(name="b", train=SUBJECTS[:2], valid=(), test=SUBJECTS[2:]),
    ),
    variants=("clamped", "rounded"),
    source="made up",
    confidence="H",
)
DISFA_AUS = (1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26)
OCCURRENCE = replace(PROTOCOL, name="small-occ", task="occurrence", threshold=2, variants=())


def index() -> pd.DataFrame:
    """Frames 1–30 of four subjects, one camera; frame 30 of SN004 is in the error log."""
    table = pd.DataFrame(
        {
            "subject": np.repeat(SUBJECTS, FRAMES),
            "session": "left",
            "view": 0,
            "frame": np.tile(np.arange(1, FRAMES + 1), len(SUBJECTS)),
            "tracked": True,
        }
    )
    return table.assign(logged=(table["subject"] == SUBJECTS[3]) & (table["frame"] == FRAMES))


def labels(seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 6, (len(index()), len(AUS))).astype(np.float32)


def predicted(seed: int = 1, spread: float = 1.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (labels() + rng.normal(0, spread, (len(index()), len(AUS)))).astype(np.float32)


def pack(synthetic: bool = False) -> SimpleNamespace:
    """As much of a pack as scoring looks at."""
    manifest = SimpleNamespace(
        corpus="disfa",
        synthetic=synthetic,
        fingerprint="0123456789abcdef",
        recipe=CropInfo(name="tight"),
        sampling="mipmap",
        size=128,
    )
    found = labels()
    return SimpleNamespace(
        index=index(),
        labels=lambda _coding="intensity": found,
        aus=lambda _coding="intensity": AUS,
        manifest=manifest,
    )


def table(values: np.ndarray | None = None) -> pd.DataFrame:
    """Predictions with their folds, as a run writes them."""
    whole = prediction_table(index(), predicted() if values is None else values, AUS)
    first = whole["subject"].isin(SUBJECTS[:2])
    return whole.assign(fold=np.where(first, "a", "b"))


def disfa_pack(counts: dict[str, int] = COUNTS, *, synthetic: bool = False, shift: int = 0) -> Any:
    """As much of a pack of DISFA's 27 people: invented labels, ``shift`` frames late."""
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
        sampling="mipmap",
        size=128,
    )
    return SimpleNamespace(
        index=index,
        labels=lambda _: labels,
        aus=lambda _: DISFA_AUS,
        manifest=manifest,
    )
