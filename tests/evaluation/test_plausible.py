"""Every honest record is plausible, however odd its labels and predictions are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from aubench.evaluation.checks.plausible import implausible
from aubench.evaluation.records import MethodInfo, environment
from aubench.evaluation.run_id import run_id
from aubench.evaluation.scoring import corpus_info, judge, make_record, score
from support import small_corpus as small

Array = np.ndarray
RNG = np.random.default_rng(0)
SHAPE = (len(small.index()), len(small.AUS))

PREDICTIONS: dict[str, Callable[[Array], Array]] = {
    "perfect": lambda y: y,
    "nearly perfect": lambda y: y + RNG.normal(0, 1e-6, SHAPE),
    "off by a constant": lambda y: y + 0.1,
    "upside down": lambda y: 5 - y,
    "constant": lambda y: np.full_like(y, 1 / 3),
    "zero": np.zeros_like,
    "noise": lambda _: RNG.normal(2, 2, SHAPE),
    "tiny": lambda y: y * 1e-12,
    "far off": lambda y: 1e6 + y,
    "enormous": lambda y: y * 1e15,
    "on the edges of rounding": lambda y: np.floor(y) + 0.5,
    "with gaps": lambda y: np.where(RNG.random(SHAPE) < 0.3, np.nan, y),
}

LABELS: dict[str, Callable[[Array], Array]] = {
    "all": lambda y: y,
    "none above 0": np.zeros_like,
    "one level": lambda y: np.full_like(y, 5),
    "with gaps": lambda y: np.where(RNG.random(SHAPE) < 0.3, np.nan, y),
    "an AU of nobody": lambda y: np.where(np.arange(3) == 1, np.nan, y),
    "an AU of one person": lambda y: np.where(
        (np.arange(3) == 1) & (small.index()["subject"] != small.SUBJECTS[0]).to_numpy()[:, None],
        np.nan,
        y,
    ),
}


@pytest.mark.parametrize("fill", [None, 1.3])
@pytest.mark.parametrize("predicted", PREDICTIONS)
@pytest.mark.parametrize("labelled", LABELS)
def test_an_honest_record_is_plausible(predicted: str, labelled: str, fill: float | None) -> None:
    pack = small.pack()
    labels = LABELS[labelled](small.labels()).astype(np.float32)
    for protocol in (small.PROTOCOL, small.OCCURRENCE):
        values = PREDICTIONS[predicted](small.labels()).astype(np.float32)
        if fill is not None:
            values[[3, 4, 5, 40]] = np.nan
            values[70, 1] = np.nan
            fill = min(fill, 1.0) if protocol.task == "occurrence" else fill
        table = small.table(values)
        kept = score(table, pack.index, labels, small.AUS, protocol, allow_partial=True, fill=fill)
        status, problems = judge(protocol, pack, kept)
        method, packs = MethodInfo(name="it", origin="a test"), (corpus_info(pack.manifest),)
        record = make_record(
            kept,
            protocol,
            pack.manifest,
            run_id=run_id(method, protocol.hash, packs, None, environment().precision),
            method=method,
            packs=packs,
            status=status,
            problems=problems,
            environment=environment(),
            folds=(),
        )
        assert implausible(record, protocol) == ()
