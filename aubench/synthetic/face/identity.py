"""A person: everything that stays the same from picture to picture, drawn from a seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aubench.synthetic.face.expression import AUS
from aubench.synthetic.face.shape import MODES
from aubench.synthetic.render.compiled import Float


@dataclass(frozen=True)
class Person:
    """One made-up person.

    Attributes:
        seed: The same seed gives the same person.
        age: 0 (about twenty) to 1 (about seventy).
        masculine: 0 to 1, moves shape, brows and beard together.
        shape: (M,) coefficients of `aubench.synthetic.face.shape.MODES`, standard deviations.
        lids: How wide the eyes open, about 1.
        melanin: Skin pigment, 0–1.
        blood: Redness of the skin, 0–1.
        hair: (3,) colour of the hair, linear RGB 0–1.
        grey: Share of grey hair, 0–1.
        iris: (3,) colour of the iris, linear RGB 0–1.
        brow: Thickness of the brows, 0–1.
        brow_density: 0–1.
        beard: Density of the beard, 0–1.
        moustache: Density of the moustache, 0–1.
        stubble: Shadow of a shaven beard, 0–1.
        lipstick: 0–1.
        freckles: 0–1.
        style: ``bald``, ``short``, ``medium`` or ``long`` hair.
        curl: 0 (straight hair) to 1 (tight curls).
        hairline: Recession of the hair line, mm; a fringe is negative.
        temples: Recession of its corners, mm.
        wrinkling: (17,) how deeply each AU furrows this skin, about 1.
        reach: (17,) how far each AU moves this face, about 1.
    """

    seed: int
    age: float
    masculine: float
    shape: Float
    lids: float
    melanin: float
    blood: float
    hair: Float
    grey: float
    iris: Float
    brow: float
    brow_density: float
    beard: float
    moustache: float
    stubble: float
    lipstick: float
    freckles: float
    style: str
    curl: float
    hairline: float
    temples: float
    wrinkling: Float
    reach: Float


_HAIR = np.array(
    [(0.012, 0.010, 0.009), (0.03, 0.018, 0.012), (0.09, 0.05, 0.028), (0.2, 0.1, 0.04),
     (0.42, 0.29, 0.14), (0.24, 0.07, 0.02)]
)  # fmt: skip
"""Black, dark brown, brown, light brown, blond, red; linear RGB."""

_IRIS = np.array(
    [(0.05, 0.022, 0.008), (0.11, 0.05, 0.02), (0.13, 0.12, 0.04), (0.09, 0.15, 0.07),
     (0.09, 0.17, 0.26), (0.17, 0.22, 0.25)]
)  # fmt: skip
"""Dark brown, brown, hazel, green, blue, grey; linear RGB."""


def draw_person(seed: int) -> Person:
    """Draw all traits of a person; the same seed gives the same person."""
    rng = np.random.default_rng([seed, 0xFACE])
    age = float(rng.beta(1.1, 1.5))
    masculine = float(np.clip(rng.choice([0.15, 0.85]) + rng.normal(0, 0.12), 0, 1))
    melanin = float(rng.beta(0.8, 1.1))
    dark = melanin > 0.45
    man = masculine > 0.5

    shape = dict(zip(MODES, np.clip(rng.normal(0, 1.0, len(MODES)), -2.2, 2.2), strict=True))
    lean = 2 * masculine - 1
    for name, shift in (
        ("jaw width", 0.7), ("brow ridge", 0.9), ("chin length", 0.5), ("chin width", 0.5),
        ("brow height", -0.6), ("upper lip fullness", -0.5), ("lower lip fullness", -0.4),
        ("nose length", 0.4), ("face length", 0.4),
    ):  # fmt: skip
        shape[name] += shift * lean
    shape["nose width"] += 1.4 * (melanin - 0.4)
    shape["upper lip fullness"] += 1.3 * (melanin - 0.4)
    shape["lower lip fullness"] += 1.3 * (melanin - 0.4)
    shape["bags"] += 1.5 * age - 0.5

    hues = (
        np.array([0.9, 0.08, 0.02, 0, 0, 0]) if dark else np.array([0.2, 0.2, 0.2, 0.16, 0.14, 0.1])
    )
    hair = _HAIR[rng.choice(6, p=hues)] * rng.uniform(0.7, 1.3)
    eyes = (
        np.array([0.8, 0.2, 0, 0, 0, 0]) if dark else np.array([0.15, 0.2, 0.17, 0.13, 0.2, 0.15])
    )
    whiskers = man and rng.random() < 0.42
    styles = {True: [0.16, 0.66, 0.14, 0.04], False: [0.01, 0.14, 0.4, 0.45]}[bool(man)]
    fringe = 0.0 if man or rng.random() < 0.65 else rng.uniform(8, 24)
    return Person(
        seed=seed,
        age=age,
        masculine=masculine,
        shape=np.array(list(shape.values())),
        lids=float(np.clip(rng.normal(1.05 - 0.1 * masculine - 0.08 * age, 0.12), 0.7, 1.3)),
        melanin=melanin,
        blood=float(rng.beta(2, 2)),
        hair=hair,
        grey=float(np.clip(rng.normal(1.6 * age - 0.75, 0.25), 0, 1)),
        iris=_IRIS[rng.choice(6, p=eyes)] * rng.uniform(0.8, 1.25),
        brow=float(np.clip(rng.normal(0.3 + 0.4 * masculine, 0.2), 0.05, 1)),
        brow_density=float(rng.uniform(0.45, 1)),
        beard=float(rng.uniform(0.5, 1)) if whiskers and rng.random() < 0.7 else 0.0,
        moustache=float(rng.uniform(0.5, 1)) if whiskers and rng.random() < 0.8 else 0.0,
        stubble=float(rng.beta(1.3, 1.6)) if man else 0.0,
        lipstick=0.0 if man else float(max(0.0, rng.uniform(-0.6, 1))),
        freckles=float(max(0.0, rng.uniform(-1.5, 1))) * (1 - melanin),
        style=str(rng.choice(["bald", "short", "medium", "long"], p=styles)),
        curl=float(np.clip(rng.normal(0.8 if melanin > 0.6 else 0.1, 0.3), 0, 1)),
        hairline=float(rng.normal(0, 4) + 10 * age * (0.3 + masculine) - fringe),
        temples=float(max(0.0, rng.normal(2, 4) + 9 * age * masculine - fringe)),
        wrinkling=rng.uniform(0.65, 1.25, len(AUS)) * (0.75 + 0.5 * age),
        reach=np.clip(rng.normal(1.0, 0.12, len(AUS)), 0.75, 1.25),
    )


def hairline(person: Person, s: Float) -> Float:
    """The lower edge of the hair, mm down the profile, at ``s`` mm around the head."""
    around = [0, 28, 50, 66, 78, 86, 93, 101, 108, 120, 134, 150, 180, 236]
    line = np.array([-68, -66.5, -58, -47, -26, -6, 16, 10, -14, -20, 2, 32, 58, 66], dtype=float)
    line[:4] -= person.hairline * np.array([1.0, 1.15, 1.3, 0.8])
    line[1:4] -= person.temples * np.array([0.35, 1.0, 0.6])
    return np.asarray(np.interp(np.abs(s), around, line))
