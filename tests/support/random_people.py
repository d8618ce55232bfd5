"""People drawn at random, and systems that predict them: moments whose true scores are known."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

from aubench.metrics.moments import Array, Moments

RATES = np.array(
    [0.067, 0.056, 0.187, 0.021, 0.149, 0.055, 0.235, 0.061, 0.099, 0.034, 0.351, 0.193]
)
"""How often 12 AUs are shown, about as in DISFA: 0–1."""

KINDS = ("gaussian", "mild", "moderate", "strong")
"""How much people differ in how often they show an AU."""

_SPREAD = {"mild": 40, "moderate": 10, "strong": 3}
"""a + b of the Beta distribution of a person's rate; the smaller, the more people differ."""

FRAMES = 400
"""Frames of a person."""

_LEVELS = np.array([1, 4, 6, 4, 1]) * 0.35 ** np.arange(5) * 0.65 ** (4 - np.arange(5))
"""Shares of the intensities 1–5 where an AU is shown: 1 + Binomial(4, 0.35)."""

_Y = np.arange(6.0)
_NOISE = 0.5
_HABIT = 0.15


def rates(rng: np.random.Generator, people: int, kind: str) -> Array:
    """(people, 12) how often each person shows each AU; `RATES` on average."""
    if kind == "gaussian":  # a probit with a normal effect of the person, of variance 1/4
        effect = 0.5 * rng.normal(size=(people, len(RATES)))
        return np.asarray(ndtr(ndtri(RATES) * 1.25**0.5 + effect))
    spread = _SPREAD[kind]
    return rng.beta(spread * RATES, spread * (1 - RATES), size=(people, len(RATES)))


def counts(rng: np.random.Generator, people: int, kind: str) -> Array:
    """(people, 12, 6) frames of each person at each intensity of each AU."""
    shown = rng.binomial(FRAMES, rates(rng, people, kind))
    return np.concatenate([(FRAMES - shown)[..., None], rng.multinomial(shown, _LEVELS)], axis=-1)


def predicted(rng: np.random.Generator, frames: Array, slope: float = 0.6) -> Moments:
    """Moments (8, people, 12) of a system that predicts slope · label + offset + noise.

    Slope and offset vary from person to person. Σ|y − p| is not simulated.

    Args:
        rng: Of the system.
        frames: (people, 12, 6) as `counts` gives them.
        slope: Of the population.
    """
    shape = (*frames.shape[:2], 1)
    mean = (slope + _HABIT * rng.normal(size=shape)) * _Y + 0.15 + _HABIT * rng.normal(size=shape)
    error = _NOISE * np.sqrt(frames) * rng.normal(size=frames.shape)
    return _intensity(
        frames, frames * mean + error, frames * (mean**2 + _NOISE**2) + 2 * mean * error
    )


def predicted_truth(slope: float = 0.6) -> Moments:
    """Moments (8, 12) per frame that `predicted` has in the whole population."""
    frames = np.concatenate([1 - RATES[:, None], RATES[:, None] * _LEVELS], axis=1)
    square = (
        (slope**2 + _HABIT**2) * _Y**2 + 2 * slope * 0.15 * _Y + 0.15**2 + _HABIT**2 + _NOISE**2
    )
    return _intensity(frames, frames * (slope * _Y + 0.15), frames * square)


def called(rng: np.random.Generator, frames: Array) -> Moments:
    """Moments (12, people, 12) of a system that calls presence, without a score histogram.

    A person's share of hits is Beta(12, 8), of false alarms Beta(1, 19).
    """
    shown = frames[..., 1:].sum(axis=-1)
    hits = rng.binomial(shown, rng.beta(12, 8, size=shown.shape))
    return _occurrence(shown, hits, rng.binomial(FRAMES - shown, rng.beta(1, 19, size=shown.shape)))


def called_truth() -> Moments:
    """Moments (12, 12) of `FRAMES` frames that `called` has in the whole population."""
    return _occurrence(FRAMES * RATES, FRAMES * RATES * 0.6, FRAMES * (1 - RATES) * 0.05)


def _intensity(frames: Array, p: Array, pp: Array) -> Moments:
    none = np.zeros(frames.shape[:-1])
    sums = [side.sum(axis=-1) for side in (frames, frames * _Y, p, frames * _Y**2, pp, _Y * p)]
    return Moments(np.stack([sums[0], none, *sums[1:], none]))


def _occurrence(shown: Array, hits: Array, alarms: Array) -> Moments:
    none = np.zeros(shown.shape)
    first = [none + FRAMES, none, shown, none, shown, none, none, none]
    decided = [hits, alarms, shown - hits, FRAMES - shown - alarms]
    return Moments(np.stack(first + decided))
