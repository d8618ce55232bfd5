"""Compares the records of a protocol with each other, and finds those that cannot be true."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from aubench.errors import AubenchError
from aubench.evaluation.checks.label_fingerprint import (
    PUBLISHED,
    label_fingerprint,
    labels_of,
)
from aubench.evaluation.checks.plausible import implausible
from aubench.evaluation.records import Record
from aubench.protocol import Protocol
from aubench.registry import find

Found = tuple[Path, Record]
"""A record and where it lies."""


def believable(found: Iterable[Found]) -> tuple[list[Record], list[str]]:
    """The records that neither themselves nor others contradict, and a line about each other one.

    Records of protocols that are not installed cannot be checked, and stay.
    """
    found = list(found)
    protocols = _installed({record.protocol for _, record in found})
    kept: list[Found] = []
    doubts: dict[Path, str] = {}
    for path, record in found:
        protocol = protocols.get(record.protocol)
        contradictions = () if protocol is None else implausible(record, protocol)
        if contradictions:
            more = len(contradictions) - 1
            doubts[path] = contradictions[0] + (f"; and {more} more" if more else "")
        else:
            kept.append((path, record))
    doubts |= dict(_copies(kept))
    kept = [(path, record) for path, record in kept if path not in doubts]
    for protocol in protocols.values():
        doubts |= dict(_strangers(kept, protocol))
    records = [record for path, record in kept if path not in doubts]
    return records, [f"left out: {path}: {doubts[path]}" for path in sorted(doubts)]


def _installed(names: Iterable[str]) -> dict[str, Protocol]:
    """Name → protocol, of those that are installed and whole."""
    protocols = {}
    for name in sorted(names):
        with suppress(AubenchError):
            protocols[name] = find("protocols", name)
    return protocols


def _copies(found: Sequence[Found]) -> Iterator[tuple[Path, str]]:
    """Yield the later records of a run or of the same predictions, with the reason."""
    runs: dict[object, Found] = {}
    predictions: dict[object, Found] = {}
    for path, record in sorted(found, key=lambda each: (each[1].created, each[0])):
        run = (record.protocol, record.run_id)
        if run in runs:
            where, first = runs[run]
            told = ("method", "seed", "corpus", "moments", "levels", "scores")
            changed = [name for name in told if getattr(first, name) != getattr(record, name)]
            but = f", but of another {' and '.join(changed)}" if changed else ""
            yield path, f"the same run as {where}{but}"
            continue
        runs[run] = path, record
        if not record.moments:
            continue
        where, first = predictions.setdefault(
            (record.protocol, record.moments["raw"].values), (path, record)
        )
        if first is not record and not _deterministic(first, record):
            yield path, f"the same predictions as {where} of {first.method.name}"


def _deterministic(one: Record, other: Record) -> bool:
    """True if two records are of runs of one method that draws nothing while it learns."""
    alike = (one.method.name, one.method.settings) == (other.method.name, other.method.settings)
    drawn = any(fold.epochs for fold in (*one.folds, *other.folds))
    return alike and one.seed is not None and not drawn


def _strangers(found: Sequence[Found], protocol: Protocol) -> Iterator[tuple[Path, str]]:
    """Yield the records whose labels are not those of most others; the published ones decide."""
    told = [(path, labels_of(r, protocol)) for path, r in found if r.protocol == protocol.name]
    published = PUBLISHED.get(protocol.hash)
    votes: dict[str, Counter[tuple[int, ...]]] = defaultdict(Counter)
    for _, labels in told:
        weight = len(told) if label_fingerprint(labels) == published else 1
        for person, sums in labels.items():
            votes[person][sums] += weight
    for path, labels in told:
        for person, sums in labels.items():
            if 2 * votes[person][sums] <= votes[person].total():
                yield path, f"the labels of {person} are not those of the other records"
                break
