"""`disfa_repeated`: ten random three-fold splits, to see how much of a difference is the split.

Each repetition scores all frames once, with as many subjects per role as `disfa3fold` has. People
are drawn by hash, so that the splits need no generator and never change.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from aubench.corpora.disfa.facts import AUS
from aubench.protocol import Fold, Protocol
from aubench_protocols.disfa import COUNTS, EVERYBODY, SUBJECTS, VARIANTS

REPETITIONS = 10
TESTED, VALIDATING = 9, 6


def draw(repetition: int) -> Iterator[Fold]:
    """The three folds of a repetition, named ``REPETITION.FOLD``.

    Subjects are ordered by the SHA-256 of ``REPETITION/KEY``; each nine in
    a row are tested once, and the first six of the others validate.
    """
    order = sorted(SUBJECTS, key=lambda s: sha256(f"{repetition}/{s}".encode()).hexdigest())
    for fold in range(len(order) // TESTED):
        test = order[fold * TESTED : (fold + 1) * TESTED]
        others = [subject for subject in order if subject not in test]
        yield Fold(
            name=f"{repetition}.{fold}",
            train=tuple(sorted(others[VALIDATING:])),
            valid=tuple(sorted(others[:VALIDATING])),
            test=tuple(sorted(test)),
        )


disfa_repeated = Protocol(
    name="disfa-repeated",
    title="DISFA intensity, ten random three-fold splits",
    task="intensity",
    corpora=("disfa",),
    aus=AUS,
    folds=tuple(fold for repetition in range(REPETITIONS) for fold in draw(repetition)),
    frames="all",
    counts=COUNTS,
    parts=(EVERYBODY,),
    variants=VARIANTS,
    repeated=True,
    source="defined by aubench: subjects drawn by hash, see its docstring",
    confidence="H",
    notes=("Every frame is predicted once a repetition, and all repetitions are pooled.",),
)
