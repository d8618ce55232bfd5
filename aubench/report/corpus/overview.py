"""What text and page have in common: the overview, and tables of subjects and of AUs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from aubench.action_units import NAMES, column
from aubench.corpora.survey.corpus import Survey
from aubench.corpora.survey.finding import WEIGHTS
from aubench.corpora.survey.subject import SubjectSurvey
from aubench.corpora.survey.tally import Tally

STATUS = ("complete", "partial", "unusable")
"""Meaning of each exit status."""

SYNTHETIC = "SYNTHETIC: rendered faces of nobody"

STATES = {"whole": 0, "partial": 1, "unusable": 2}
"""State of a subject → how bad it is."""


@dataclass(frozen=True)
class Fact:
    """One line of the overview.

    Attributes:
        name: What is counted.
        there: How much there is.
        should: How much there should be; empty if no source says.
    """

    name: str
    there: str
    should: str = ""


def facts(survey: Survey) -> Iterator[Fact]:
    """Yield the lines of the overview."""
    expected = survey.expected
    seen = [each for subject in survey.subjects for each in subject.recordings]
    people = len(expected.subjects)
    yield Fact("subjects", f"{len(survey.subjects):,}", f"{people:,}" if people else "")
    yield Fact("subjects ready to prepare", f"{survey.usable:,}")
    recordings = people * len(expected.recordings)
    yield Fact("recordings", f"{len(seen):,}", f"{recordings:,}" if recordings else "")
    total = expected.total or sum(expected.rows.values())
    rows = sum(each.rows for each in seen)
    yield Fact("label rows", f"{rows:,}", f"{total:,}" if total else "")
    yield Fact("video frames or pictures", f"{sum(each.pictures for each in seen):,}")
    for coding, tally in codings(survey):
        yield Fact(f"AUs with {coding}", " ".join(map(str, tally.aus)))
        cells = rows * len(tally.aus)
        yield Fact(f"{coding} not coded", f"{tally.missing.sum():,} of {cells:,} labels")
    if logged := sum(each.logged for each in seen):
        yield Fact("frames in the error log", f"{logged:,}")
    excused = sum(each.excused for each in seen)
    lost = sum(each.lost for each in seen)
    known = f"{excused:,} known" if excused else ""
    yield Fact("frames without usable landmarks", f"{lost + excused:,}", known)
    odd = sum(each.odd for each in seen)
    yield Fact("frames with odd landmarks", f"{odd:,}")


def codings(survey: Survey) -> Iterator[tuple[str, Tally]]:
    """Yield the codings that the corpus has, with their counts."""
    for name, tally in (("intensity", survey.intensity), ("occurrence", survey.occurrence)):
        if tally.aus:
            yield name, tally


def counted(survey: Survey) -> str:
    """The number of findings of each weight in words, and whether all can be known."""
    counts = Counter(finding.weight for finding in survey.findings)
    words = [f"{counts[w]:,} {w}{'s' * (counts[w] > 1)}" for w in WEIGHTS if counts[w]]
    unknown = "" if survey.expected.subjects else "; no source says how much there should be"
    return (", ".join(words) or "nothing is wrong") + unknown


def state(subject: SubjectSurvey, survey: Survey) -> str:
    """The state of a subject: ``whole``, ``partial`` or ``unusable``."""
    if not subject.usable:
        return "unusable"
    gaps = (f.weight == "gap" and f.subject == subject.subject for f in survey.findings)
    return "partial" if any(gaps) else "whole"


def subject_table(survey: Survey) -> list[tuple[str, ...]]:
    """The header, then one row per subject; columns that are empty in this corpus are left out."""
    heads = (
        *("subject", "state", "recordings", "rows", "of"),
        *("frames", "logged", "points lost", "points odd"),
    )
    rows = [heads]
    for subject in survey.subjects:
        seen = subject.recordings
        expected = survey.expected.rows.get(subject.subject)
        logged = sum(each.logged for each in seen)
        rows.append(
            (
                subject.subject.partition("/")[2],
                state(subject, survey),
                f"{len(seen):,}",
                f"{subject.rows:,}",
                "" if expected is None else f"{expected:,}",
                f"{sum(each.pictures for each in seen):,}",
                f"{logged:,}" if logged else "",
                f"{sum(each.excused + each.lost for each in seen):,}",
                f"{sum(each.odd for each in seen):,}",
            )
        )
    columns = [column for column in zip(*rows, strict=True) if any(column[1:])]
    return list(zip(*columns, strict=True))


def au_heads(tally: Tally) -> tuple[str, ...]:
    """The header of `au_rows`."""
    return ("AU", "name", *map(str, range(tally.levels.shape[1])), "shown", "not coded")


def au_rows(tally: Tally) -> Iterator[tuple[str, ...]]:
    """Yield a row per AU: frames per level, share of coded frames above 0, frames not coded."""
    for au, levels, missing in zip(tally.aus, tally.levels, tally.missing, strict=True):
        coded = int(levels.sum())
        share = f"{(coded - int(levels[0])) / coded:.1%}" if coded else "–"
        counts = (f"{count:,}" for count in levels)
        yield (column(au), NAMES.get(au, ""), *counts, share, f"{missing:,}")
