"""Rules that make folds, for what no source lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aubench.protocol import Fold

Keys = tuple[str, ...]

EVERY = 4
"""One in so many training subjects validates where no source says who does."""


def hold_out(subjects: Iterable[str]) -> tuple[Keys, Keys]:
    """Divide training subjects where a source names no validation subjects.

    The keys are sorted, and every fourth of them (the 4th, 8th, 12th …) validates.

    Returns:
        Those who train, those who validate.
    """
    ordered = sorted(subjects)
    valid = tuple(ordered[EVERY - 1 :: EVERY])
    return tuple(subject for subject in ordered if subject not in valid), valid


def split(name: str, learn: Iterable[str], test: Keys) -> Fold:
    """A fold that tests ``test``; ``learn`` is divided by `hold_out`."""
    train, valid = hold_out(learn)
    return Fold(name=name, train=train, valid=valid, test=test)


def rotate(parts: Mapping[str, Keys]) -> tuple[Fold, ...]:
    """Folds that test each part once and learn from all others, named by the part they test."""
    return tuple(
        split(name, (s for other, keys in parts.items() if other != name for s in keys), test)
        for name, test in parts.items()
    )
