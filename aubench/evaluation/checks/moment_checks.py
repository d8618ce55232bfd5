"""Rules that the moments of any labels and predictions keep; broken ones show a false record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from aubench.action_units import MAX_INTENSITY, column
from aubench.evaluation.calibration import Calibration, lines
from aubench.metrics.groups import GroupedMoments
from aubench.metrics.moments import INTENSITY, OCCURRENCE, Array, Moments

Cells = npt.NDArray[np.bool_]
"""True where a rule is broken."""

Broken = Iterator[tuple[str, Cells]]
"""What is wrong, in words, with the cells where it is."""

_SLACK = 1e-9
"""Sums of float64 are off by less than this part of their terms."""


def impossible(m: Moments, variant: str = "raw") -> Broken:
    """Yield what is wrong with moments (K, ...) by themselves.

    The bounds by Cauchy and Schwarz keep |ICC| and every other correlation within 1, and Σyp below
    that of predictions sorted as the labels are.

    Args:
        m: Of any sets of frames.
        variant: What was done to the predictions (`aubench.evaluation.scoring.varied`); ``raw`` for
            those of which something was left out.
    """
    n, missing, y, p, yy, pp, yp, off = (m[name] for name in INTENSITY)
    whole = [n, missing, y, yy]
    if variant == "rounded":
        whole += [p, pp, yp, off]
    if m.occurrence:
        whole += [*m.values[len(INTENSITY) :]]
    broken = np.any([(value < 0) | (value != np.floor(value)) for value in whole], axis=0)
    yield "a count or a sum of whole numbers is not one", broken
    if m.occurrence:
        yield "Σy² is not Σy, or more than n", (yy != y) | (y > n)
        yield from _miscounted(m)
    else:
        yield "Σy² is not between Σy and 5·Σy", (yy < y) | (yy > MAX_INTENSITY * y)
        yield "Σy² − Σy is odd", (yy - y) % 2 == 1
    yield "sums of no frame", (n == 0) & np.any([y, p, yy, pp, yp, off], axis=0)
    yield "(Σy)² is above n·Σy²", _above(y**2, n * yy)
    yield "(Σp)² is above n·Σp²", _above(p**2, n * pp)
    yield "(Σyp)² is above Σy²·Σp²", _above(yp**2, yy * pp)
    spread = (n * yy - y**2).clip(0) * (n * pp - p**2).clip(0)
    # the difference of near numbers loses digits, which squaring loses again
    centred = (n * yp - y * p) ** 2 > spread + 1e-10 * n**2 * yy * pp + 1e-12
    yield "y and p vary together more than each does", centred
    yield "|Σ(y−p)| is above Σ|y−p|", np.abs(y - p) > off + _SLACK * (y + np.abs(p) + off)
    squares = yy - 2 * yp + pp
    yield "(Σ|y−p|)² is above n·Σ(y−p)²", off**2 > n * squares + _SLACK * n * (yy + pp)
    if variant in ("clamped", "rounded"):
        high = MAX_INTENSITY * np.array([n, p, y, p])
        low = np.array([p, pp, yp, yp])
        outside = np.any([(low < 0) | _above(low, high)], axis=(0, 1))
        yield f"{variant} predictions leave 0–5", outside


def _miscounted(m: Moments) -> Broken:
    """Yield where the counts of occurrence contradict n and Σy."""
    tp, fp, fn, tn = (m[name] for name in OCCURRENCE[len(INTENSITY) :])
    positive, negative = m.histogram.sum(axis=1)
    yield "TP + FN is not Σy", tp + fn != m["y"]
    yield "TP + FP + FN + TN is not n", tp + fp + fn + tn != m["n"]
    histogram = (positive != m["y"]) | (negative != m["n"] - m["y"])
    yield "the score histogram does not hold n frames, Σy of them positive", histogram


def variants_apart(variants: Mapping[str, Moments]) -> Broken:
    """Yield where transformed predictions contradict the raw ones; moments (K, ...) by variant."""
    raw = variants["raw"]
    for name, m in variants.items():
        differ = np.any([m[k] != raw[k] for k in ("n", "missing", "y", "yy")], axis=0)
        yield f"n, missing, Σy or Σy² of raw and {name} predictions differ", differ
    clamped = variants.get("clamped")
    if clamped is None:
        return
    scale = raw["yy"] + raw["pp"]
    worse = _squares(clamped) > _squares(raw) + _SLACK * scale
    worse |= clamped["abs"] > raw["abs"] + _SLACK * (raw["n"] + scale)
    yield "clamping to 0–5 makes the errors larger", worse
    rounded = variants.get("rounded")
    if rounded is not None:
        far = [
            np.abs(rounded[name] - clamped[name]) > raw[weight] / 2 + _SLACK * (raw["n"] + scale)
            for name, weight in (("p", "n"), ("yp", "y"), ("abs", "n"))
        ]
        yield "rounding moves predictions by more than a half", np.any(far, axis=0)


def wrong_lines(kept: Calibration, frames: int) -> Broken:
    """Yield what is wrong with the lines of a fold that has ``frames`` validation frames; (A,)."""
    m, active = kept.moments, np.asarray(kept.active, dtype=np.float64)
    yield from impossible(m)
    outside = (active > np.minimum(m["n"], m["y"])) | (m["y"] > MAX_INTENSITY * active)
    few = _above(m["y"] ** 2, active * m["yy"])
    yield "as many active frames do not give Σy and Σy²", outside | few
    yield f"the moments are not of {frames:,} frames", m["n"] + m["missing"] != frames
    told, made = np.array([kept.offset, kept.slope]), np.stack(lines(m, active))
    apart = ~np.isclose(told, made, rtol=_SLACK, atol=_SLACK)
    yield "offset or slope is not that of the validation moments", apart.any(axis=0)


def calibration_apart(raw: Moments, found: Moments, offset: Array, slope: Array) -> Broken:
    """Yield where moments are not those of the raw predictions taken along lines.

    Args:
        raw: (K, G, A).
        found: (K, G, A), said to be of offset + slope · p.
        offset: (G, A).
        slope: (G, A).
    """
    n, y, p = raw["n"], raw["y"], raw["p"]
    squares = offset**2 * n + slope**2 * raw["pp"]
    scale = _SLACK * (n + y + raw["yy"] + squares + np.abs(offset * n))
    for name, value in (
        ("p", offset * n + slope * p),
        ("pp", squares + 2 * offset * slope * p),
        ("yp", offset * y + slope * raw["yp"]),
    ):
        apart = np.abs(found[name] - value) > scale
        yield f"Σ{name.replace('pp', 'p²')} is not that of the raw predictions and the lines", apart


def fill_apart(raw: Moments, own: Moments, fill: float) -> Broken:
    """Yield where moments are not those of a tool's own predictions and of frames with the fill.

    Args:
        raw: (K, ...) of all predictions.
        own: (K, ...) of those that the tool made.
        fill: The value of the others.
    """
    n, missing, y, p, yy, pp, yp, off = (raw[name] - own[name] for name in INTENSITY)
    yield "the fill takes frames away", (n < 0) | (missing != -n)
    yield (
        "the labels of filled frames are none",
        (y < 0) | (y > MAX_INTENSITY * n) | (yy < y) | (yy > MAX_INTENSITY * y),
    )
    slack = _SLACK * (raw["n"] + raw["yy"] + raw["pp"])
    sums = ((p, fill * n), (pp, fill**2 * n), (yp, fill * y))
    apart = np.any([np.abs(found - wanted) > slack for found, wanted in sums], axis=0)
    apart |= (off < np.abs(y - fill * n) - slack) | (off > y + fill * n + slack)
    yield "filled frames do not hold the fill", apart


def levels_apart(levels: Moments, pooled: Moments) -> Broken:
    """Yield where moments per labelled intensity contradict each other, or the pooled ones.

    Args:
        levels: (K, L, A), levels 0 to 5.
        pooled: (K, A) of the same raw predictions.
    """
    level = np.arange(levels.values.shape[1])[:, None]
    yield from ((what, np.asarray(cells.any(axis=0))) for what, cells in impossible(levels))
    for name, wanted in (
        ("Σy", levels["y"] - level * levels["n"]),
        ("Σy²", levels["yy"] - level**2 * levels["n"]),
        ("Σyp", levels["yp"] - level * levels["p"]),
    ):
        scale = levels["n"] + levels["pp"]
        apart = np.abs(wanted) > _SLACK * scale
        yield f"{name} is not that of its level", np.asarray(apart.any(axis=0))
    kept = [name for name in INTENSITY if name != "missing"]
    total = levels.sum()
    scale = 1 + pooled["n"] + pooled["pp"]
    differ = [np.abs(total[name] - pooled[name]) > _SLACK * scale for name in kept]
    yield "the levels do not sum to the moments", np.any(differ, axis=0)


def _squares(m: Moments) -> Array:
    """Σ(y−p)²."""
    found: Array = m["yy"] - 2 * m["yp"] + m["pp"]
    return found


def _above(value: Array, bound: Array) -> Cells:
    """Where ``value`` is above ``bound``, but for the rounding of sums."""
    found: Cells = value > bound + _SLACK * np.abs(bound) + 1e-12
    return found


def places(found: GroupedMoments) -> list[str]:
    """The G groups in words."""
    return [f"fold {fold} {person} view {view}" for fold, person, view in found.groups]


def named(what: str, broken: Broken, aus: Sequence[int], groups: Sequence[str] = ()) -> list[str]:
    """One line per rule that is broken, naming the first cell of (G, A) or (A,).

    Args:
        what: What the rules are of.
        broken: The rules.
        aus: The A Action Units.
        groups: Names of the G groups; empty where cells are (A,).
    """
    lines = []
    for rule, cells in broken:
        if cells.any():
            *group, au = np.argwhere(cells)[0].tolist()
            place = f"{groups[group[0]]} " if groups and group else ""
            lines.append(f"{what}: {rule}: {place}{column(aus[au])}")
    return lines
