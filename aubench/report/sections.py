"""The sections of a table: rows of different sections are never ranked together."""

from __future__ import annotations

from dataclasses import dataclass

from aubench.evaluation.records import Record
from aubench.protocol import Protocol, members

SYNTHETIC = "SYNTHETIC: pictures are not of {corpus}; these numbers say nothing about real faces"
INCOMPLETE = "the data or the predictions were incomplete"


@dataclass(frozen=True)
class Heading:
    """The heading of a section: of rows that may be compared with each other, and with no others.

    Attributes:
        name: What the code calls it.
        title: Of the section.
        banner: A warning; ``{corpus}`` stands for the corpus.
    """

    name: str
    title: str
    banner: str = ""


HEADINGS = (
    Heading("official", "Published rows and official runs"),
    Heading("quoted", "Published, quoted from other papers"),
    Heading("elsewhere", "Published, but not this test: see the note of each row"),
    Heading("departing", "Official data, another recipe than the method's reference"),
    Heading("familiar", "Trained on these people: tools that learned from this corpus"),
    Heading("transductive", "Runs that use other test frames beside the one that they predict"),
    Heading("partial", "Partial runs", f"PARTIAL: {INCOMPLETE}"),
    Heading(
        "outdated", "Outdated runs", "OUTDATED: the protocol has changed since; run or score again"
    ),
    Heading("synthetic", "Synthetic runs", SYNTHETIC),
    Heading("synthetic-partial", "Synthetic and partial runs", f"{SYNTHETIC}; and {INCOMPLETE}"),
    Heading("skipped", "Skipped: methods that cannot do this protocol"),
)
"""In the order of a table's sections."""


@dataclass(frozen=True)
class Place:
    """Where a run stands: rows of one place may be compared.

    Attributes:
        name: Of a heading.
        test: The protocol's hash and the pack's fingerprint; empty for methods that were skipped.
    """

    name: str
    test: tuple[str, ...] = ()


def place_of(record: Record, protocol: Protocol) -> Place:
    """The section that a run under ``protocol`` belongs to."""
    if record.skipped:
        return Place("skipped")
    name: str = record.status
    if name == "synthetic" and _incomplete(record, protocol):
        name = "synthetic-partial"
    elif name != "synthetic" and record.protocol_hash != protocol.hash:
        name = "outdated"
    elif name == "official" and set(record.method.learned_from) & set(protocol.corpora):
        name = "familiar"
    elif name == "official" and record.method.context != "frame":
        name = "transductive"
    elif name == "official" and record.method.departures:
        name = "departing"
    return Place(name, (record.protocol_hash, record.corpus.fingerprint))


def _incomplete(record: Record, protocol: Protocol) -> bool:
    """True if frames or people of the test have no prediction; twins are small, yet complete."""
    coverage = record.coverage
    scored = {subject for table in record.moments.values() for _, subject, _ in table.groups}
    tested = {key for fold in protocol.folds for key in fold.test}
    nobody = any(not members(key, scored) for key in tested)
    lacking = coverage.predicted < coverage.expected or bool(coverage.predictions_missing)
    return lacking or (bool(record.moments) and nobody)
