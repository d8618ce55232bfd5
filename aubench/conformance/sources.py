"""Checks of what a prediction is made from: the frame, and the company that the method declares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from aubench.conformance.finding import Finding, NotApplicableError, examine
from aubench.conformance.trial import SEED, compare
from aubench.corpora.bp4d import facts as bp4d
from aubench.corpora.disfa import facts as disfa
from aubench.corpora.fera2017 import facts as fera2017
from aubench.frames import FloatArray, Frames
from aubench.method import Context, Predictor

COMPANY: dict[Context, tuple[str, tuple[str, ...]]] = {
    "frame": ("a frame alone", ()),
    "window": ("frames of its recording", ("subject", "session", "view")),
    "person": ("frames of the same person", ("subject",)),
    "all": ("all frames that are predicted at once", ()),
}
"""What `Method.context` declares → in words; the keys that such frames share."""

PEOPLE = {
    "disfa": (disfa.SUBJECTS, ("left", "right")),
    "bp4d": (bp4d.SUBJECTS, bp4d.TASKS),
    **{f"fera2017/{part}": (bp4d.SUBJECTS, bp4d.TASKS) for part in fera2017.PARTITIONS},
}
"""Corpora → ids of people whose labels somebody may have, and their sessions."""


def check_sources(
    predictor: Predictor, frames: Frames, values: FloatArray, context: Context
) -> Iterator[Finding]:
    """Predict the same frames in other company, in another order and under other names.

    Args:
        predictor: What predicts.
        frames: N frames.
        values: (N, A), its values of them.
        context: What it declares to use.
    """
    yield examine("company", lambda: _in_company(predictor, frames, values, context))
    yield examine("row order", lambda: _follows_rows(predictor, frames, values))
    if context == "frame":
        yield examine("names", lambda: _needs_no_names(predictor, frames))
    else:
        yield examine("names", lambda: _needs_groups_only(predictor, frames, values))


def _in_company(predictor: Predictor, frames: Frames, values: FloatArray, context: Context) -> str:
    words, shared = COMPANY[context]
    every = np.arange(len(frames))
    if context == "all":
        raise NotApplicableError(f"declared: a value may depend on {words}")
    if context == "frame":
        groups = [*np.split(every, len(every)), every[::2], every[1::2]]
    else:
        found = frames.keys.groupby(list(shared), sort=False, observed=True).indices
        groups = [np.asarray(rows) for rows in found.values()]
    for rows in groups:
        alone = predictor.predict(frames.select(rows))
        compare(values[rows], alone, f"leaving all but {len(rows)} frames out")
    return f"a value depends on {words}, as declared"


def _follows_rows(predictor: Predictor, frames: Frames, values: FloatArray) -> str:
    order = np.random.default_rng(SEED).permutation(len(frames))
    compare(values[order], predictor.predict(frames.select(order)), "another order of the rows")
    return "rows in another order, values in that order"


def _needs_no_names(predictor: Predictor, frames: Frames) -> str:
    """Show the pictures as frames of people whose labels somebody may have in a table."""
    rng = np.random.default_rng(SEED)
    own = [(subject, ("left",)) for subject in frames.keys["subject"].unique()]
    known = [(f"{c}/{id_}", sessions) for c, (ids, sessions) in PEOPLE.items() for id_ in ids]
    names = [("nowhere/1", ("none",)), *own, *known]
    last = int(frames.keys["frame"].max())
    numbers = [rng.integers(1, most + 1, len(names)) for most in (last, disfa.FRAMES)]
    rows = np.resize(np.arange(len(frames)), 2 * len(names))
    shown = frames.select(rows)
    keys = shown.keys.assign(
        subject=[subject for subject, _ in names * 2],
        session=[rng.choice(sessions) for _, sessions in names * 2],
        frame=np.concatenate(numbers),
    )
    named = predictor.predict(replace(shown, keys=keys))
    compare(predictor.predict(shown), named, "another name")
    return f"the same under the names of {len(names)} people"


def _needs_groups_only(predictor: Predictor, frames: Frames, values: FloatArray) -> str:
    """Rename people and recordings and shift frame numbers, so that company and order stay."""
    keys = frames.keys.copy()
    keys["subject"] = "nowhere/" + keys["subject"].astype(str)
    keys["session"] = "some " + keys["session"].astype(str)
    keys["frame"] += 100_000
    compare(values, predictor.predict(replace(frames, keys=keys)), "another name")
    return "people, recordings and frame numbers renamed, the same values"
