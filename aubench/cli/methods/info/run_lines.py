"""What ``aubench info RUN`` says: what ran, on what, and how it went."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from aubench.cli.methods.info.protocol_lines import INDENT, hanging
from aubench.cli.progress import duration
from aubench.evaluation.records import FoldInfo, Record, read_record
from aubench.evaluation.run_folder import RECORD, run_folder
from aubench.metrics.scores import METRICS


def run_lines(path: Path) -> Iterator[str]:
    """Yield what is known of the finished run in a folder, line by line."""
    folder = run_folder(path)
    record = read_record(folder / RECORD)
    yield f"{folder}: {record.method.name} under {record.protocol}, {record.status}"
    yield ""
    for name, fact in _facts(record):
        yield from hanging(name, fact, INDENT)
    for fold in record.folds:
        yield from hanging(f"fold {fold.name}", _fold(fold), INDENT)


def _facts(record: Record) -> Iterator[tuple[str, str]]:
    """Yield what a record says, as names and facts."""
    method = record.method
    yield "run", f"{record.run_id}, {record.created}"
    yield "method", f"{method.name} of {method.origin}, recipe {method.recipe}"
    if method.settings:
        yield "settings", ", ".join(f"{key}={value}" for key, value in method.settings.items())
    if method.departures:
        yield "departures", ", ".join(method.departures)
    for pack in record.packs or (record.corpus,):
        kind = "synthetic " if pack.synthetic else ""
        yield "pack", f"{kind}{pack.name}, {pack.size} pixels, {pack.recipe}, {pack.fingerprint}"
    yield "seed", "none" if record.seed is None else str(record.seed)
    where = record.environment
    yield "ran on", f"{where.device}, {where.precision}, aubench {where.aubench}"
    if record.skipped:
        yield "skipped", record.skipped
    yield "predicted", f"{record.coverage.predicted:,} of {record.coverage.expected:,} frames"
    for name, score in record.scores.get("raw", {}).items():
        mean = "undefined" if score.mean is None else f"{score.mean:z.3f}"
        span = score.mean_interval
        yield METRICS[name].title, mean + (f" ({span[0]:z.3f} to {span[1]:z.3f})" if span else "")
    for problem in record.problems:
        yield "problem", problem


def _fold(fold: FoldInfo) -> str:
    """How a fold went, in words."""
    frames = f"{fold.train_frames:,} train, {fold.valid_frames:,} valid, {fold.test_frames:,} test"
    parts = [f"{frames} frames"]
    if fold.best_epoch is not None:
        parts.append(f"epoch {fold.best_epoch} of {fold.epochs}")
    if fold.valid_icc is not None:
        parts.append(f"validation ICC {fold.valid_icc:.3f}")
    if fold.fit_seconds is not None:
        parts.append(duration(fold.fit_seconds + (fold.predict_seconds or 0.0)))
    return ", ".join(parts)
