"""Protocols on DISFA (Mavadati et al. 2013): 27 people, 12 AUs, intensity 0–5 on every frame."""

from __future__ import annotations

from aubench.protocol import Fold, Protocol

AUS = (1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26)


def keys(numbers: str) -> tuple[str, ...]:
    """Subject keys from numbers in words: ``"001 002"`` → ``disfa/SN001``, ``disfa/SN002``."""
    return tuple(f"disfa/SN{number}" for number in numbers.split())


SUBJECTS = keys(
    "001 002 003 004 005 006 007 008 009 010 011 012 013 016 "
    "017 018 021 023 024 025 026 027 028 029 030 031 032"
)

COUNTS = {subject: 4844 if subject == "disfa/SN010" else 4845 for subject in SUBJECTS}
"""Rows of a subject's label files: SN010 lacks its last one; 130,814 in all."""

disfa3fold = Protocol(
    name="disfa3fold",
    title="DISFA intensity, three folds, out-of-fold predictions pooled",
    task="intensity",
    corpora=("disfa",),
    aus=AUS,
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
    source=(
        "Ntinou et al. 2020 (arXiv 2004.06657); folds as listed by an author in "
        "https://github.com/ESanchezLozano/Action-Units-Heatmaps/issues/10"
    ),
    confidence="H",
    notes=(
        "One score over the pooled out-of-fold predictions, not the mean of three fold scores.",
        "All labelled frames count, those of the corpus's error log too. Papers differ: the "
        "JAA-Net line drops them, and the source does not say.",
    ),
)
