"""Records of invented runs, for tests of tables: moments that give the scores that a test wants."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from aubench.action_units import column
from aubench.evaluation.records import (
    CorpusInfo,
    Coverage,
    Environment,
    MethodInfo,
    Record,
    Score,
)
from aubench.metrics.groups import Group, GroupedMoments, MomentTable, from_table, to_table
from aubench.metrics.moments import Moments, moments
from aubench.metrics.scores import METRICS
from aubench.protocol import ANYONE, Protocol


def make_record(
    folder: Path,
    protocol: Protocol,
    method: str = "adapt",
    values: tuple[float | None, ...] | None = None,
    *,
    metric: str = "icc",
    status: str = "official",
    interval: float | None = None,
    **changes: object,
) -> Record:
    """Write ``folder/METHOD-STATUS/record.json`` with one score a metric.

    Args:
        folder: Of all records.
        protocol: Everybody whom it tests is tested, on as many frames as are in public.
        method: Its name.
        values: Of the metric, one per AU; None: no frame has a label. All 0.5 by default.
        metric: ``icc``, ``mse`` or ``f1``.
        status: Of the record.
        interval: Half the width of every interval.
        **changes: Fields of `Record`, and the method's ``synthetic_parts``.
    """
    aus = changes.pop("aus", protocol.aus)
    values = (0.5,) * len(aus) if values is None else values
    table = changes.get("moments", {"raw": invented(protocol, metric, values, method)})["raw"]
    found = from_table(table)
    frames = int((found.moments["n"] + found.moments["missing"])[:, 0].sum())
    uncoded = zip(map(column, aus), found.pooled()["missing"].astype(int).tolist(), strict=True)
    synthetic_parts = changes.pop("synthetic_parts", ())
    record = Record(
        **{
            "run_id": hashlib.sha256(f"{method} {status}".encode()).hexdigest()[:12],
            "created": "2026-01-01T00:00:00+00:00",
            "method": MethodInfo(name=method, origin="aubench 0.1.0", synthetic=synthetic_parts),
            "protocol": protocol.name,
            "protocol_hash": protocol.hash,
            "corpus": CorpusInfo(
                name=protocol.corpora[-1],
                synthetic=status == "synthetic",
                fingerprint="0" * 16,
                recipe="box",
                size=128,
            ),
            "status": status,
            "problems": ("a recording is torn",) if status == "partial" else (),
            "seed": 0,
            "environment": Environment(aubench="0.1.0", python="3.11"),
            "folds": (),
            "aus": aus,
            "coverage": Coverage(
                expected=frames,
                predicted=frames,
                labels_missing={name: count for name, count in uncoded if count},
            ),
            "moments": {"raw": table},
            "scores": {"raw": {metric: score_of(found.pooled(), metric, interval)}},
            **changes,
        }
    )
    place = folder / protocol.name / f"{method}-{status}"
    place.mkdir(parents=True, exist_ok=True)
    record.write(place / "record.json")
    return record


def people(protocol: Protocol) -> Iterator[tuple[Group, int]]:
    """Everybody whom a protocol tests, with as many frames as its source counts."""
    for fold in protocol.folds:
        for key in fold.test:
            part = next((part for part in protocol.parts if key in part.subjects), None)
            number = part.people if part and key.endswith(ANYONE) else 1
            total = part.frames if part and part.frames and not protocol.counts else 100 * 99
            share, more = divmod(total, part.people if part else 99)
            first = part is not None and key == part.subjects[0]
            count = protocol.counts.get(key, share + (more if first else 0))
            for person in range(number):
                yield (fold.name, key.replace(ANYONE, f"F{person:03d}"), 0), count


def invented(
    protocol: Protocol, metric: str, values: tuple[float | None, ...], method: str
) -> MomentTable:
    """Moments of the same labels, half of them above 0, whatever the values of the metric."""
    groups, cells = [], []
    for group, count in people(protocol):
        groups.append(group)
        found = [GUESSES[metric](0.0 if v is None else v, count, method) for v in values]
        cells.append([_empty(cell, v, count) for cell, v in zip(found, values, strict=True)])
    stacked = np.moveaxis(np.array(cells), 2, 0)
    return to_table(GroupedMoments(tuple(groups), Moments(stacked)))


def score_of(pooled: Moments, metric: str, interval: float | None = None) -> Score:
    """The score of moments, with intervals of a width that is made up."""
    found = METRICS[metric].of(pooled)
    values = tuple(None if math.isnan(value) else float(value) for value in found)
    mean = None if None in values else float(found.mean())
    if interval is None:
        return Score(values=values, mean=mean)
    spans = tuple(None if v is None else (v - interval, v + interval) for v in (*values, mean))
    return Score(values=values, mean=mean, intervals=spans[:-1], mean_interval=spans[-1])


def _icc(value: float, count: int, method: str) -> np.ndarray:
    """Guesses b·y + c: their ICC is 2·b / (1 + b²), whatever c, which differs between methods."""
    slope = (1 - math.sqrt(1 - value * value)) / value if value else 0.0
    offset = int.from_bytes(hashlib.sha256(method.encode()).digest()[:2], "big") / 2**20
    low, high = 1 - slope + offset, 1 + slope + offset
    return _sums(((0, low, count - count // 2), (2, high, count // 2)))


def _mse(value: float, count: int, _: str) -> np.ndarray:
    """Guesses that are off by √value."""
    off = math.sqrt(value)
    return _sums(((0, off, count - count // 2), (2, 2 + off, count // 2)))


def _f1(value: float, count: int, _: str) -> np.ndarray:
    """As many misses as false alarms: F1 is the share of hits among the positive frames."""
    half = count // 2
    hits = round(value * half)
    wrong = half - hits
    cells = ((1, 0.9, hits), (1, 0.1, wrong), (0, 0.9, wrong), (0, 0.1, count - half - wrong))
    return _sums(cells, occurrence=True)


GUESSES: dict[str, Callable[[float, int, str], np.ndarray]] = {
    "icc": _icc,
    "mse": _mse,
    "f1": _f1,
}
"""Metric → (value, frames, method) → (K,) moments of one person that give the value."""


def _sums(cells: tuple[tuple[float, float, int], ...], occurrence: bool = False) -> np.ndarray:
    """(K,) moments of frames, each kind given by label, guess and number."""
    total = 0
    for label, guess, number in cells:
        one = moments(np.array([[float(label)]]), np.array([[guess]]), occurrence=occurrence)
        total = total + number * one.values[:, 0]
    return np.asarray(total)


def _empty(cell: np.ndarray, value: float | None, count: int) -> np.ndarray:
    """The moments themselves, or, where there is no value, those of ``count`` uncoded frames."""
    if value is not None:
        return cell
    nothing = np.zeros_like(cell)
    nothing[1] = count
    return nothing
