"""The protocol interface: who trains, who is tested, and how the score is pooled."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from aubench.errors import AubenchError

Task = Literal["intensity", "occurrence"]
Confidence = Literal["H", "M", "L"]
FramePolicy = Literal["all", "errlog"]


@dataclass(frozen=True, kw_only=True)
class Fold:
    """One split of subjects into roles.

    Attributes:
        name: What the source calls the fold.
        train: Subject keys (``disfa/SN001``) that a method learns from.
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
        title: One line for people.
        task: ``intensity`` (0–5) or ``occurrence`` (0/1).
        corpora: Names of the corpora that it needs.
        aus: Action Unit numbers, in the order of every table.
        folds: The splits. Every test subject is tested exactly once over all folds, unless
            ``repeated`` says otherwise.
        frames: ``all`` rows, or without those in the corpus's own ``errlog``.
        counts: Official number of scored frames per subject key; empty where no source gives it.
        threshold: Occurrence from intensity labels: present at or above this; None elsewhere.
        rank_by: The metric that orders a table.
        variants: Transformed predictions that are scored beside the raw ones
            (``clamped`` to 0–5, ``rounded``).
        repeated: Folds repeat whole splits; a subject may be tested once per repetition.
        labels_public: False where the test labels are held back: predictions only, no score.
        source: Where the split was published.
        confidence: H, M or L; L is shown as "unconfirmed" everywhere.
        notes: What a reader of the table must know.
    """

    name: str
    title: str
    task: Task
    corpora: tuple[str, ...]
    aus: tuple[int, ...]
    folds: tuple[Fold, ...]
    frames: FramePolicy = "all"
    counts: Mapping[str, int] = field(default_factory=dict)
    threshold: int | None = None
    rank_by: str = "icc"
    variants: tuple[str, ...] = ()
    repeated: bool = False
    labels_public: bool = True
    source: str
    confidence: Confidence
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        tested = [s for fold in self.folds for s in fold.test]
        twice = sorted({s for s in tested if tested.count(s) > 1})
        if twice and not self.repeated:
            raise AubenchError(
                f"protocol {self.name}: {', '.join(twice[:3])} tested in more than one fold",
                mend="test every subject once, or declare the protocol as repeated",
            )

    @cached_property
    def hash(self) -> str:
        """First 16 hex digits of SHA-256 over everything that can change a score."""
        exact = {
            "task": self.task,
            "corpora": self.corpora,
            "aus": self.aus,
            "folds": [
                [f.name, sorted(f.train), sorted(f.valid), sorted(f.test)] for f in self.folds
            ],
            "frames": self.frames,
            "counts": dict(sorted(self.counts.items())),
            "threshold": self.threshold,
            "pooling": "out-of-fold predictions pooled",
            "missing": "masked per AU",
        }
        return hashlib.sha256(json.dumps(exact, sort_keys=True).encode()).hexdigest()[:16]

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
