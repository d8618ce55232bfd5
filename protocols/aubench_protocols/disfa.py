"""DISFA (Mavadati et al. 2013): 27 people, 12 AUs, intensity 0–5 on every frame.

`disfa3fold` scores the intensity of 12 AUs in all 130,814 labelled frames: three folds, whose
out-of-fold predictions are pooled into one score.
"""

from __future__ import annotations

from aubench.corpora.disfa import facts
from aubench.protocol import Fold, Protocol, SubjectSet

JAA_AUS = (1, 2, 4, 6, 9, 12, 25, 26)
"""The eight AUs of the JAA-Net line of papers."""


def keys(numbers: str) -> tuple[str, ...]:
    """Subject keys from numbers in words: ``"001 002"`` → ``disfa/SN001``, ``disfa/SN002``."""
    return tuple(f"disfa/SN{number}" for number in numbers.split())


SUBJECTS = tuple(f"disfa/{person}" for person in facts.SUBJECTS)

COUNTS = {
    f"disfa/{person}": facts.FRAMES - facts.SHORT_LABELS.get(person, 0) for person in facts.SUBJECTS
}
"""Rows of a subject's label files: SN010 lacks its last one; 130,814 in all."""

TRACKED = COUNTS | {
    f"disfa/{person}": COUNTS[f"disfa/{person}"] - sum(last - first + 1 for first, last in log)
    for person, log in facts.ERROR_LOG.items()
}
"""The same without the frames of the corpus's own error log; 126,144 in all."""

EVERYBODY = SubjectSet(name="DISFA", subjects=SUBJECTS, people=27, frames=130_814)
EVERYBODY_TRACKED = SubjectSet(name="DISFA", subjects=SUBJECTS, people=27, frames=126_144)

POOLED = "One score over the pooled out-of-fold predictions, not the mean of the folds' scores."

VARIANTS = ("clamped", "rounded", "calibrated")
"""Papers rarely say whether they did one of the first two; the third is of runs alone."""

disfa3fold = Protocol(
    name="disfa3fold",
    title="DISFA intensity, three folds, out-of-fold predictions pooled",
    task="intensity",
    corpora=("disfa",),
    aus=facts.AUS,
    folds=(
        Fold(
            name="0",
            train=keys("003 004 005 010 011 013 018 023 024 030 031 032"),
            valid=keys("002 012 016 017 021 025"),
            test=keys("001 006 007 008 009 026 027 028 029"),
        ),
        Fold(
            name="1",
            train=keys("001 003 006 007 008 009 013 026 027 028 029 031"),
            valid=keys("004 018 023 024 030 032"),
            test=keys("002 005 010 011 012 016 017 021 025"),
        ),
        Fold(
            name="2",
            train=keys("002 005 008 009 010 011 012 016 017 021 025 027"),
            valid=keys("001 006 007 026 028 029"),
            test=keys("003 004 013 018 023 024 030 031 032"),
        ),
    ),
    frames="all",
    counts=COUNTS,
    parts=(EVERYBODY,),
    variants=VARIANTS,
    source=(
        "Ntinou et al. 2020 (arXiv 2004.06657); folds as listed by an author in "
        "https://github.com/ESanchezLozano/Action-Units-Heatmaps/issues/10"
    ),
    confidence="H",
    notes=(
        POOLED,
        "All labelled frames count, those of the corpus's error log too. Papers differ: the "
        "JAA-Net line drops them, and the source does not say.",
    ),
)
