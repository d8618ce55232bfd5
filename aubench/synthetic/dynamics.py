"""What a face does over time: expressions that come and go, head, gaze, blinks, and the labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d

from aubench.synthetic.face.expression import AUS
from aubench.synthetic.render.compiled import Bytes, Float, Single, settled
from aubench.synthetic.scene import Moment, Scene

RATE = 20
FRAMES = 4845
"""Frames per second and per performance, as in DISFA's recordings."""


class Display(NamedTuple):
    """A kind of expression that people show.

    Attributes:
        aus: AU → its peak relative to the event's, and how often it takes part.
        events: Mean number of events per performance; at least one is shown.
        seconds: Mean time at the apex.
    """

    aus: dict[int, tuple[float, float]]
    events: float
    seconds: float


DISPLAYS = (
    Display(
        {12: (1.0, 1.0), 6: (0.9, 0.85), 25: (0.7, 0.6), 26: (0.4, 0.2), 7: (0.5, 0.2)}, 7, 3.5
    ),
    Display({12: (0.55, 1.0), 14: (0.5, 0.3)}, 3, 2.5),
    Display({1: (1.0, 1.0), 2: (1.0, 0.9), 5: (0.9, 0.6), 25: (0.8, 0.6), 26: (0.8, 0.5)}, 4, 1.8),
    Display({1: (0.9, 1.0), 2: (0.9, 0.75)}, 3, 2.0),
    Display({4: (1.0, 1.0), 7: (0.6, 0.4), 17: (0.5, 0.15)}, 6, 4.0),
    Display({9: (1.0, 1.0), 4: (0.7, 0.7), 10: (0.8, 0.5), 25: (0.5, 0.4), 6: (0.4, 0.3)}, 5, 2.6),
    Display({1: (0.8, 1.0), 4: (0.8, 0.8), 15: (1.0, 0.9), 17: (0.8, 0.6)}, 4, 2.6),
    Display({15: (1.0, 1.0), 17: (0.9, 0.7)}, 4, 2.4),
    Display({17: (1.0, 1.0), 24: (0.6, 0.3)}, 3, 2.0),
    Display({20: (1.0, 1.0), 25: (0.6, 0.5), 4: (0.5, 0.3), 1: (0.6, 0.3), 5: (0.8, 0.4)}, 6, 2.5),
    Display({25: (0.8, 1.0), 26: (0.8, 0.85)}, 5, 4.0),
    Display({25: (0.6, 1.0)}, 6, 4.0),
    Display({5: (1.0, 1.0), 2: (0.5, 0.3)}, 4, 2.0),
    Display({10: (1.0, 1.0), 25: (0.6, 0.4)}, 1.5, 1.8),
    Display({14: (1.0, 1.0)}, 2, 1.8),
    Display({23: (1.0, 1.0), 4: (0.5, 0.3)}, 2, 1.8),
    Display({24: (1.0, 1.0), 17: (0.5, 0.3)}, 2, 1.8),
    Display({7: (1.0, 1.0)}, 2, 2.5),
)
"""What people show who watch videos, as DISFA's did: about the rates of spontaneous data, the rare
AUs a little more often than in DISFA so that a small test set has some of each."""


@dataclass(frozen=True)
class Performance:
    """What one face does in `FRAMES` frames.

    Attributes:
        intensities: (T, 17) continuous, 0–5.
        labels: (T, 17) int64 0–5, as a coder would write them.
        turn: (T, 3) degrees, of the head, as in `Moment`; likewise the following.
        shift: (T, 3) mm.
        gaze: (T, 2) degrees.
        blink: (T,) 0–1.
    """

    intensities: Float
    labels: npt.NDArray[np.int64]
    turn: Float
    shift: Float
    gaze: Float
    blink: Float

    def moment(self, t: int) -> Moment:
        """The state of frame ``t``, counted from 0."""
        turn, shift, gaze = self.turn[t].tolist(), self.shift[t].tolist(), self.gaze[t].tolist()
        return Moment(
            self.intensities[t], tuple(turn), tuple(shift), tuple(gaze), float(self.blink[t]),
            grain=7919 * t,
        )  # fmt: skip

    def draw(self, scene: Scene, times: Iterable[int]) -> Iterator[tuple[Bytes, Single]]:
        """Picture and landmarks of each frame in ``times``, as `Scene.draw` gives them.

        A frame that repeats the one before it is the same two arrays, drawn once.
        """
        last = None
        for t in times:
            if t != last:
                last, drawn = t, scene.draw(self.moment(t))
            yield drawn


def perform(seed: int, displays: Sequence[Display] = DISPLAYS) -> Performance:
    """The performance of one person, who shows ``displays``; the same for the same seed."""
    rng = np.random.default_rng([seed, 0xD1])
    truth = settled(_expressions(rng, displays))
    return Performance(
        truth,
        _coded(rng, truth),
        turn=settled(_drift(rng, (6.0, 4.0, 3.0), 1.2) + _drift(rng, (3.0, 2.5, 1.5), 0.35)),
        shift=settled(_drift(rng, (9.0, 6.0, 14.0), 2.0)),
        gaze=settled(_glances(rng)),
        blink=_blinks(rng),
    )


def _coded(rng: np.random.Generator, truth: Float) -> npt.NDArray[np.int64]:
    """The integer labels that a coder gives to continuous intensities.

    The coder rounds, with an error of 0.2 intensity units that lasts about half a second, and
    does not see what stays below 0.4.
    """
    error = gaussian_filter1d(rng.normal(size=truth.shape), 0.25 * RATE, axis=0, mode="wrap")
    seen = truth + 0.2 * error / error.std() * (truth > 0.4)
    return np.where(truth > 0.4, np.clip(np.rint(seen), 0, 5), 0).astype(np.int64)


def _expressions(rng: np.random.Generator, displays: Sequence[Display]) -> Float:
    """(T, 17) 0–5: the strongest of the events under way, with a little tremor."""
    total = np.zeros((FRAMES, len(AUS)))
    lively = rng.uniform(0.75, 1.25)
    strength = np.clip(rng.normal(1, 0.15, len(AUS)), 0.7, 1.3)
    for display in displays:
        count = max(1, int(rng.poisson(display.events * lively * rng.uniform(0.6, 1.4))))
        # one event in each of `count` equal spans: spread over the performance, not in a heap
        starts = (np.arange(count) + rng.uniform(0, 0.8, count)) / count * FRAMES
        peaks = rng.permutation(1.2 + 3.9 * (np.arange(count) + rng.uniform(0, 1, count)) / count)
        for start, peak in zip(starts, peaks, strict=True):
            apex = float(display.seconds * rng.gamma(3.0, 1 / 3.0))
            for au, (share, chance) in display.aus.items():
                if rng.random() < chance:
                    k = AUS.index(au)
                    level = min(5.0, peak * share * strength[k] * rng.uniform(0.8, 1.2))
                    _event(rng, total[:, k], int(start), level, apex)
    tremor = gaussian_filter1d(rng.normal(size=total.shape), 0.4 * RATE, axis=0, mode="wrap")
    return np.asarray(np.clip(total * (1 + 0.07 * tremor / tremor.std()), 0, 5))


def _event(rng: np.random.Generator, track: Float, start: int, level: float, apex: float) -> None:
    """Raise ``track`` (T,) to the onset, apex and offset of one AU where these exceed it."""
    onset, offset = rng.uniform(0.3, 0.9), rng.uniform(0.4, 1.6)
    delay = rng.normal(0, 0.12)
    t = np.arange(len(track)) / RATE - start / RATE - delay
    rise = np.clip(t / onset, 0, 1)
    fall = np.clip((onset + apex + offset - t) / offset, 0, 1)
    shape = np.minimum(rise * rise * (3 - 2 * rise), fall * fall * (3 - 2 * fall))
    np.maximum(track, level * shape, out=track)


def _drift(rng: np.random.Generator, spread: tuple[float, ...], seconds: float) -> Float:
    """(T, n) smooth random movement with standard deviations ``spread``."""
    raw = gaussian_filter1d(rng.normal(size=(FRAMES, len(spread))), seconds * RATE, axis=0)
    return np.asarray(raw / raw.std(axis=0) * np.array(spread) * rng.uniform(0.6, 1.2))


def _glances(rng: np.random.Generator) -> Float:
    """(T, 2) degrees: the eyes jump about every second."""
    jumps = np.cumsum(rng.random(FRAMES) < 1 / (1.1 * RATE))
    aims = rng.normal(0, 1, (int(jumps[-1]) + 1, 2)) * np.array([8.0, 4.0])
    return np.asarray(gaussian_filter1d(aims[jumps], 0.6, axis=0))


def _blinks(rng: np.random.Generator) -> Float:
    """(T,) 0–1: a blink of a third of a second about every four seconds."""
    shut = np.zeros(FRAMES)
    at = 0
    while (at := at + int(RATE * rng.gamma(3, 1.4)) + 8) < FRAMES - 8:
        shut[at - 3 : at + 4] = np.maximum(shut[at - 3 : at + 4], [0.1, 0.5, 1, 1, 0.7, 0.35, 0.1])
    return shut
