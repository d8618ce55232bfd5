"""Records of invented runs, for tests of tables."""

from pathlib import Path

from aubench.evaluation.records import (
    CorpusInfo,
    Coverage,
    Environment,
    MethodInfo,
    Record,
    Score,
)
from aubench.metrics.groups import MomentTable
from aubench.metrics.moments import INTENSITY
from aubench.protocol import Protocol


def nothing(aus: tuple[int, ...]) -> MomentTable:
    """Moments of no frame at all."""
    empty = tuple((0.0,) * len(INTENSITY) for _ in aus)
    return MomentTable(columns=INTENSITY, groups=(("0", "disfa/SN001", 0),), values=(empty,))


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
    """Write ``folder/METHOD-STATUS/record.json`` with one score a metric."""
    aus = changes.pop("aus", protocol.aus)
    values = (0.5,) * len(aus) if values is None else values
    mean = None if None in values else sum(values) / len(values)
    spans = None
    mean_span = None
    if interval is not None:
        spans = tuple(None if v is None else (v - interval, v + interval) for v in values)
        mean_span = None if mean is None else (mean - interval, mean + interval)
    score = Score(values=values, mean=mean, intervals=spans, mean_interval=mean_span)
    synthetic_parts = changes.pop("synthetic_parts", ())
    record = Record(
        **{
            "run_id": f"{len(method):06x}{len(status):06x}",
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
            "seed": 0,
            "environment": Environment(aubench="0.1.0", python="3.11"),
            "folds": (),
            "aus": aus,
            "coverage": Coverage(expected=1, predicted=1),
            "moments": {"raw": nothing(aus)},
            "scores": {"raw": {metric: score}},
            **changes,
        }
    )
    place = folder / protocol.name / f"{method}-{status}"
    place.mkdir(parents=True, exist_ok=True)
    record.write(place / "record.json")
    return record
