"""The sections of a table: rows of different sections are never ranked together."""

from __future__ import annotations

from dataclasses import dataclass

from aubench.evaluation.records import Record
from aubench.protocol import Protocol


@dataclass(frozen=True)
class Heading:
    """The heading of a section: of rows that may be compared with each other, and with no others.

    Attributes:
        name: ``official``, ``elsewhere``, ``partial``, ``outdated``, ``synthetic``, ``skipped``.
        title: Of the section.
        banner: A warning; ``{corpus}`` stands for the corpus.
    """

    name: str
    title: str
    banner: str = ""


HEADINGS = (
    Heading("official", "Published rows and official runs"),
    Heading("elsewhere", "Published, perhaps under other folds"),
    Heading("partial", "Partial runs", "PARTIAL: the data or the predictions were incomplete"),
    Heading(
        "outdated", "Outdated runs", "OUTDATED: the protocol has changed since; run or score again"
    ),
    Heading(
        "synthetic",
        "Synthetic runs",
        "SYNTHETIC: pictures are not of {corpus}; these numbers say nothing about real faces",
    ),
    Heading("skipped", "Skipped: methods that cannot do this protocol"),
)
"""In the order of a table's sections."""


def section_of(record: Record, protocol: Protocol) -> str:
    """The name of the section that a run under ``protocol`` belongs to."""
    if record.skipped:
        return "skipped"
    if record.status == "synthetic":
        return "synthetic"
    return record.status if record.protocol_hash == protocol.hash else "outdated"
