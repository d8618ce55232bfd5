"""Does a pack hold what a protocol wants? Official, partial or synthetic, and why."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from aubench.action_units import column
from aubench.evaluation.records import Status
from aubench.protocol import Protocol, SubjectSet, members

SHOWN = 3
"""Subjects with a wrong number of frames that a problem names."""


def check_pack(
    protocol: Protocol, index: pd.DataFrame, aus: Iterable[int], synthetic: bool
) -> tuple[Status, tuple[str, ...]]:
    """Compare a pack with what ``protocol`` wants of its corpus.

    Args:
        protocol: The protocol.
        index: One row a frame with the columns ``subject``, ``session``, ``view``, ``frame``,
            ``logged`` (in the corpus's error log) and ``tracked`` (has landmarks).
        aus: Action Units that the pack has labels for.
        synthetic: True if the pictures are not of the corpus's people.

    Returns:
        The status that a run on this pack has, and one line for every lack. A synthetic pack is
        ``synthetic`` whatever it lacks; any lack makes another pack ``partial``.
    """
    scored = index if protocol.frames == "all" else index[~index["logged"].astype(bool)]
    problems = (
        *_confidence(protocol),
        *_aus(protocol, aus),
        *_subjects(protocol, index),
        *_counts(protocol, scored),
        *(line for part in protocol.parts for line in _part(part, protocol, scored)),
    )
    if synthetic:
        return "synthetic", problems
    return ("partial" if problems else "official"), problems


def _confidence(protocol: Protocol) -> Iterable[str]:
    if protocol.confidence == "L":
        yield f"protocol {protocol.name} is unconfirmed: its source leaves the split in doubt"


def _aus(protocol: Protocol, aus: Iterable[int]) -> Iterable[str]:
    lacking = [column(au) for au in protocol.aus if au not in set(aus)]
    if lacking:
        yield f"no labels for {', '.join(lacking)}"


def _subjects(protocol: Protocol, index: pd.DataFrame) -> Iterable[str]:
    held = set(index["subject"].unique())
    corpora = {subject.split("/")[0] for subject in held}
    wanted = [key for key in protocol.subjects if key.split("/")[0] in corpora]
    if not wanted:
        yield f"no subject of protocol {protocol.name}"
    lacking = [key for key in wanted if not members(key, held)]
    if lacking:
        yield f"{len(lacking)} of {len(wanted)} subjects missing: {', '.join(lacking)}"


def _counts(protocol: Protocol, scored: pd.DataFrame) -> Iterable[str]:
    held = scored["subject"].value_counts()
    wrong = [
        f"{subject} {held[subject]:,}, not {wanted:,}"
        for subject, wanted in protocol.counts.items()
        if subject in held and held[subject] != wanted
    ]
    if wrong:
        named = "; ".join(wrong[:SHOWN]) + ("; …" if len(wrong) > SHOWN else "")
        yield f"{len(wrong)} subjects with a wrong number of frames: {named}"


def _part(part: SubjectSet, protocol: Protocol, scored: pd.DataFrame) -> Iterable[str]:
    """Lacks that show only in what a source counts together; who is missing is said elsewhere."""
    held = scored["subject"].value_counts()
    found = [subject for key in part.subjects for subject in members(key, held.index)]
    if found and not part.named and len(found) != part.people:
        yield f"part {part.name} has {len(found)} subjects, not {part.people}"
    counted = all(subject in protocol.counts for subject in found)
    if part.frames is None or counted or len(found) < part.people:
        return
    frames = int(held[found].sum())
    if frames != part.frames:
        yield f"part {part.name} has {frames:,} frames, not {part.frames:,}"
