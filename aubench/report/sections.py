"""Kinds of rows: what may stand in one ranking, and what may not."""

from __future__ import annotations

from dataclasses import dataclass

from aubench.evaluation.records import Record
from aubench.protocol import Protocol


@dataclass(frozen=True)
class Kind:
    """Rows that may be compared with each other, and with no others.

    Attributes:
        name: ``official``, ``elsewhere``, ``partial``, ``outdated``, ``synthetic``, ``skipped``.
        title: Heading of their section.
        banner: A loud line, with ``{corpus}``.
    """

    name: str
    title: str
    banner: str = ""


KINDS = (
    Kind("official", "Published rows and official runs"),
    Kind("elsewhere", "Published, perhaps under other folds"),
    Kind("partial", "Partial runs", "PARTIAL: the data or the predictions were incomplete"),
    Kind(
        "outdated", "Outdated runs", "OUTDATED: the protocol has changed since; run or score again"
    ),
    Kind(
        "synthetic",
        "Synthetic runs",
        "SYNTHETIC: pictures are not of {corpus}; these numbers say nothing about real faces",
    ),
    Kind("skipped", "Skipped: methods that cannot do this protocol"),
)
"""In the order of a table's sections."""


def kind_of(record: Record, protocol: Protocol) -> str:
    """Name of the `Kind` that a run under ``protocol`` belongs to."""
    if record.skipped:
        return "skipped"
    if record.status == "synthetic":
        return "synthetic"
    return record.status if record.protocol_hash == protocol.hash else "outdated"
