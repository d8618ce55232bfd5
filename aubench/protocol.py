"""The protocol interface: who trains, who is tested, and how the score is pooled."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from aubench.errors import AubenchError

if TYPE_CHECKING:  # list and table reach this module, and do without pandas
    import pandas as pd

    from aubench.frames import IntArray

Coding = Literal["intensity", "occurrence"]
"""How AUs are given: intensity 0–5, or occurrence (0 absent, 1 present)."""

Confidence = Literal["H", "M", "L"]
FramePolicy = Literal["all", "errlog"]

ANYONE = "*"
"""Ends a subject key that stands for a whole partition (``fera2017/VA/*``)."""


TWIN = "synthetic-"
"""Begins the name of a corpus that must be the synthetic twin of another (``synthetic-disfa``).

A protocol that names both learns from the twin and tests on the real corpus.
"""


@dataclass(frozen=True, kw_only=True)
class SubjectSet:
    """Subjects that a source counts together; every fold must give each of them a role.

    Attributes:
        name: What the source calls them.
        subjects: Their keys, or one key of a whole partition where no list is published.
        people: How many they are.
        frames: How many of their frames are scored; None where no source says.
    """

    name: str
    subjects: tuple[str, ...]
    people: int
    frames: int | None = None

    def __post_init__(self) -> None:
        if self.named and len(set(self.subjects)) != self.people:
            raise AubenchError(
                f"part {self.name} has {len(set(self.subjects))} of {self.people} subjects",
                mend="name all of them, each once",
            )

    @property
    def named(self) -> bool:
        """True if every subject is named, rather than a whole partition."""
        return not any(subject.endswith(ANYONE) for subject in self.subjects)


@dataclass(frozen=True, kw_only=True)
class Fold:
    """One split of subjects into roles.

    Attributes:
        name: What the source calls the fold.
        train: Subject keys (``disfa/SN001``) that a method learns from. A key that ends in ``*``
            (``fera2017/VA/*``) means everybody in a partition, until `Protocol.bound` names them.
        valid: Subject keys that choose epochs and settings; disjoint from the others.
        test: Subject keys that are predicted and scored.
    """

    name: str
    train: tuple[str, ...]
    valid: tuple[str, ...]
    test: tuple[str, ...]

    def __post_init__(self) -> None:
        roles = {"train": self.train, "valid": self.valid, "test": self.test}
        seen: dict[str, str] = {}
        for role, subjects in roles.items():
            for subject in subjects:
                if subject in seen:
                    raise AubenchError(
                        f"fold {self.name}: {subject} is both {seen[subject]} and {role}",
                        mend="give every subject one role in a fold",
                    )
                seen[subject] = role


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """One exact test: subjects per role and fold, AUs, frames, pooling, ranking.

    Attributes:
        name: As typed on the command line.
        title: One line for tables and lists.
        task: ``intensity`` (0–5) or ``occurrence`` (0/1).
        corpora: Names of the corpora that it needs; one that begins with `TWIN` is a twin.
        aus: Action Unit numbers, in the order of every table.
        folds: The splits. Every test subject is tested exactly once over all folds, unless
            ``repeated`` says otherwise.
        frames: ``all`` rows, or without those in the corpus's own ``errlog``.
        counts: Official number of scored frames per subject key; empty where no source gives it.
        threshold: Occurrence from intensity labels: present at or above this; None elsewhere.
        rank_by: The metric that orders tables.
        variants: Transformed predictions that are scored beside the raw ones
            (``clamped`` to 0–5, ``rounded``, ``calibrated`` on validation people).
        parts: What the source counts together, and what no fold may leave out.
        repeated: Folds repeat whole splits; a subject may be tested once per repetition.
        labels_public: False where the test labels are held back: predictions only, no score.
        source: Where the split was published.
        confidence: H, M or L; L is shown as "unconfirmed" everywhere.
        notes: What a reader of the table must know.
        declared: The folds as declared, where `bound` has named the people of partitions.
    """

    name: str
    title: str
    task: Coding
    corpora: tuple[str, ...]
    aus: tuple[int, ...]
    folds: tuple[Fold, ...]
    frames: FramePolicy = "all"
    counts: Mapping[str, int] = field(default_factory=dict)
    parts: tuple[SubjectSet, ...] = ()
    threshold: int | None = None
    rank_by: str = "icc"
    variants: tuple[str, ...] = ()
    repeated: bool = False
    labels_public: bool = True
    source: str
    confidence: Confidence
    notes: tuple[str, ...] = ()
    declared: tuple[Fold, ...] = ()

    def __post_init__(self) -> None:
        for fold in self.declared or self.folds:
            self._refuse_incomplete(fold)
        self._refuse_corpora()
        tested = [s for fold in self.folds for s in fold.test]
        twice = sorted({s for s in tested if tested.count(s) > 1})
        if twice and not self.repeated:
            raise AubenchError(
                f"protocol {self.name}: {', '.join(twice[:3])} tested in more than one fold",
                mend="test every subject once, or declare the protocol as repeated",
            )

    def _refuse_corpora(self) -> None:
        """Raise if somebody is of a corpus that it does not need, or people of several are tested.

        A role to learn from may mix corpora; a result is of one.
        """
        named = {corpus_of(subject) for subject in self.subjects}
        if foreign := sorted(named - set(self.corpora)):
            raise AubenchError(
                f"protocol {self.name}: subjects of {', '.join(foreign)}, and its corpora are "
                f"{', '.join(self.corpora)}",
                mend="name every corpus of a subject among the corpora",
            )
        tested = sorted({corpus_of(s) for fold in self.folds for s in fold.test})
        if len(tested) > 1:
            raise AubenchError(
                f"protocol {self.name} tests people of {' and '.join(tested)}: a score is of one "
                "corpus",
                mend="declare a protocol for each corpus that is tested",
            )

    def _refuse_incomplete(self, fold: Fold) -> None:
        """Raise if ``fold`` leaves out somebody of a part."""
        placed = {*fold.train, *fold.valid, *fold.test}
        for part in self.parts:
            out = [subject for subject in part.subjects if subject not in placed]
            if out:
                raise AubenchError(
                    f"protocol {self.name}, fold {fold.name}: no role for {', '.join(out[:3])} "
                    f"of part {part.name}",
                    mend="give everybody in a part a role in every fold",
                )

    @property
    def coding(self) -> Coding:
        """Which of a corpus's labels it is scored on; ``task`` says what they are turned into."""
        return "occurrence" if self.task == "occurrence" and self.threshold is None else "intensity"

    @cached_property
    def hash(self) -> str:
        """First 16 hex digits of SHA-256 over everything that can change a score."""
        exact = {
            "task": self.task,
            "corpora": self.corpora,
            "aus": self.aus,
            "folds": [
                [f.name, sorted(f.train), sorted(f.valid), sorted(f.test)]
                for f in self.declared or self.folds
            ],
            "frames": self.frames,
            "counts": dict(sorted(self.counts.items())),
            "threshold": self.threshold,
            "pooling": "out-of-fold predictions pooled",
            "missing": "masked per AU",
        }
        return hashlib.sha256(json.dumps(exact, sort_keys=True).encode()).hexdigest()[:16]

    def bound(self, subjects: Iterable[str]) -> Protocol:
        """The same protocol, under the same hash, with the people of every partition named.

        Args:
            subjects: Keys of all subjects at hand.

        Returns:
            A protocol in which ``fera2017/VA/*`` has become those of ``subjects`` that begin so;
            a partition that none of them is in stays as it is.
        """
        if not any(subject.endswith(ANYONE) for subject in self.subjects):
            return self
        held = sorted(set(subjects))
        folds = tuple(
            replace(
                fold,
                train=_named(fold.train, held),
                valid=_named(fold.valid, held),
                test=_named(fold.test, held),
            )
            for fold in self.folds
        )
        return replace(self, folds=folds, declared=self.declared or self.folds)

    def fold(self, name: str) -> Fold:
        """The fold called ``name``.

        Raises:
            AubenchError: If there is none.
        """
        for fold in self.folds:
            if fold.name == name:
                return fold
        raise AubenchError(
            f"protocol {self.name} has no fold {name!r}",
            mend=f"choose one of {', '.join(f.name for f in self.folds)}",
        )

    @property
    def subjects(self) -> tuple[str, ...]:
        """Every subject key of any role, sorted."""
        every = {s for f in self.folds for s in (*f.train, *f.valid, *f.test)}
        return tuple(sorted(every))


def corpus_of(subject: str) -> str:
    """The corpus in a subject key: ``disfa`` of ``disfa/SN001``."""
    return subject.partition("/")[0]


def members(key: str, subjects: Iterable[str]) -> tuple[str, ...]:
    """Those of ``subjects`` that ``key`` means: itself, or everybody in a partition."""
    if key.endswith(ANYONE):
        return tuple(s for s in subjects if s.startswith(key.removesuffix(ANYONE)))
    return tuple(s for s in subjects if s == key)


def _named(keys: tuple[str, ...], held: list[str]) -> tuple[str, ...]:
    """``keys`` with every partition that has members in ``held`` replaced by them."""
    return tuple(subject for key in keys for subject in members(key, held) or (key,))


def select_rows(index: pd.DataFrame, subjects: tuple[str, ...], protocol: Protocol) -> IntArray:
    """Rows of ``index`` that ``protocol`` uses of ``subjects``, ascending int64."""
    keep = index["subject"].isin(subjects)
    if protocol.frames == "errlog":
        keep &= ~index["logged"]
    rows: IntArray = keep.to_numpy().nonzero()[0]
    return rows
