"""What a pack lacks of what a protocol expects, and the status that follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from aubench.action_units import column
from aubench.evaluation.records import Status
from aubench.protocol import Protocol, SubjectSet, members

if TYPE_CHECKING:  # table counts frames too, and does without pandas
    import pandas as pd

SHOWN = 3
"""Subjects with a wrong number of frames that a problem names."""


def check_pack(
    protocol: Protocol, index: pd.DataFrame, aus: Iterable[int], synthetic: bool
) -> tuple[Status, tuple[str, ...]]:
    """The status of a run on a pack, and what the pack lacks of what ``protocol`` expects.

    Args:
        protocol: The protocol.
        index: One row per frame with the columns ``subject``, ``session``, ``view``, ``frame``,
            ``logged`` (in the corpus's error log) and ``tracked`` (has landmarks).
        aus: Action Units that the pack has labels for.
        synthetic: True if the pictures are not of the corpus's people.

    Returns:
        The status, and one line for everything that is missing. A synthetic pack is ``synthetic``
        whatever it lacks; another pack is ``official``, or ``partial`` if it lacks anything.
    """
    scored = index if protocol.frames == "all" else index[~index["logged"].astype(bool)]
    held = {str(name): int(n) for name, n in scored["subject"].value_counts().items()}
    problems = (
        *_confidence(protocol),
        *_aus(protocol, aus),
        *_subjects(protocol, index),
        *wrong_counts(protocol, held),
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


def wrong_counts(protocol: Protocol, frames: Mapping[str, int]) -> tuple[str, ...]:
    """One line for everything that differs from the numbers of frames and people in public.

    Args:
        protocol: Holds the public numbers.
        frames: Subject → number of its frames that count.
    """
    wrong = [
        f"{subject} {frames[subject]:,}, not {wanted:,}"
        for subject, wanted in protocol.counts.items()
        if subject in frames and frames[subject] != wanted
    ]
    lines = [line for part in protocol.parts for line in _part(part, protocol, frames)]
    if wrong:
        named = "; ".join(wrong[:SHOWN]) + ("; …" if len(wrong) > SHOWN else "")
        lines.insert(0, f"{len(wrong)} subjects with a wrong number of frames: {named}")
    return tuple(lines)


def _part(part: SubjectSet, protocol: Protocol, frames: Mapping[str, int]) -> Iterable[str]:
    """What shows only where a source counts subjects together; `_subjects` says who is missing."""
    found = [subject for key in part.subjects for subject in members(key, frames)]
    if found and not part.named and len(found) != part.people:
        yield f"part {part.name} has {len(found)} subjects, not {part.people}"
    counted = all(subject in protocol.counts for subject in found)
    if part.frames is None or counted or len(found) < part.people:
        return
    total = sum(frames[subject] for subject in found)
    if total != part.frames:
        yield f"part {part.name} has {total:,} frames, not {part.frames:,}"
