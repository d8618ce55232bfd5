"""Contradictions between a record's people, or their labels, and what is known of both."""

from __future__ import annotations

from collections.abc import Iterator

from aubench.evaluation.checks.label_fingerprint import (
    DEMO_TWIN,
    PUBLISHED,
    all_labels_of,
    are_all,
    label_fingerprint,
    label_sums,
    labels_of,
)
from aubench.evaluation.coverage import wrong_counts
from aubench.evaluation.records import Record
from aubench.protocol import Protocol, members


def strange_people(record: Record, protocol: Protocol) -> Iterator[str]:
    """Differences between who was tested and whom the protocol tests."""
    if record.aus != protocol.aus:
        yield f"AUs {record.aus}, but {protocol.name} scores {protocol.aus}"
    tested = {fold.name: fold.test for fold in protocol.folds}
    sums = label_sums(record.moments["raw"])
    for fold, person in sums:
        if not any(members(key, [person]) for key in tested.get(fold, ())):
            yield f"fold {fold} tests {person}, which {protocol.name} does not"
            return
    frames = {person: int(sums[fold, person][:2, 0].sum()) for fold, person in sums}
    labels = {person: sums[fold, person] for fold, person in sums}
    if any(frames[person] != cell[:2, 0].sum() for (_, person), cell in sums.items()):
        yield "a person has more frames in one fold than in another"
    elif not record.coverage.predictions_missing and any(
        (labels[person] != cell).any() for (_, person), cell in sums.items()
    ):
        yield "a person has other labels in one fold than in another"
    if record.status != "official":
        return
    for fold, keys in tested.items():
        held = [person for name, person in sums if name == fold]
        absent = [key for key in keys if not members(key, held)]
        if absent:
            yield f"status official, but fold {fold} does not test {absent[0]}"
    yield from (f"status official, but {line}" for line in wrong_counts(protocol, frames))


def strange_labels(record: Record, protocol: Protocol) -> Iterator[str]:
    """Differences between the labels that a record was scored against and those published."""
    twins = DEMO_TWIN.get(protocol.hash)
    if not record.corpus.synthetic and label_fingerprint(all_labels_of(record)) == twins:
        yield f"the labels are those of the synthetic twin of {record.corpus.name}"
    published = PUBLISHED.get(protocol.hash)
    if published and are_all(labels := labels_of(record, protocol), protocol):
        fingerprint = label_fingerprint(labels)
        if fingerprint != published:
            yield f"labels {fingerprint}, not {published} as published"
