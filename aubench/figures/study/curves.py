"""The figure of scores along an axis: the mean over the AUs and each AU, intervals as bands."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from aubench.action_units import column
from aubench.evaluation.records import Score
from aubench.figures.files import FigureFiles
from aubench.figures.style import COLOURS, figure
from aubench.metrics import METRICS

MARKERS = "os^Dv<>"
"""One per curve, so that a print without colours can be read."""

VALIDATION = "valid_icc"
"""What the CSV calls the ICC of validation people."""


@dataclass(frozen=True)
class Curve:
    """Scores of one run or one method along the axis.

    Attributes:
        name: In the legend.
        points: Place on the axis → metric → score, in order.
        validation: Place → mean ICC of the validation people; where it is known, in order.
    """

    name: str
    points: Mapping[float, Mapping[str, Score]]
    validation: Mapping[float, float] = field(default_factory=dict)

    @property
    def chosen(self) -> float | None:
        """The place of the best validation ICC; None if it is not known of every place."""
        if not self.points or self.validation.keys() != self.points.keys():
            return None
        return max(self.validation, key=self.validation.__getitem__)


@dataclass(frozen=True)
class Chart:
    """The content of a figure.

    Attributes:
        title: Heading.
        warnings: Lines below the title.
        axis: Name of the axis, with its unit.
        key: Name of the axis in the CSV.
        metric: The metric that is drawn; the CSV has all.
        aus: The A Action Units.
        curves: At least one.
        words: Names of the places 0, 1, … if the axis has words instead of numbers.
    """

    title: str
    warnings: tuple[str, ...]
    axis: str
    key: str
    metric: str
    aus: tuple[int, ...]
    curves: Sequence[Curve]
    words: tuple[str, ...] = ()

    @property
    def places(self) -> list[float]:
        """Every place on the axis, ascending."""
        return sorted({x for curve in self.curves for x in curve.points})

    @property
    def logarithmic(self) -> bool:
        """True if the places span a factor of 10 or more and would crowd on a linear axis."""
        low, high = self.places[0], self.places[-1]
        return not self.words and low > 0 and high >= 10 * low

    def named(self, place: float) -> str | float:
        """The word of a place, or the place itself on an axis of numbers."""
        return self.words[int(place)] if self.words else place

    def spelled(self, place: float) -> str:
        """A place as a sentence names it."""
        return self.words[int(place)] if self.words else f"{place:.10g}"


def write(chart: Chart, files: FigureFiles) -> None:
    """Write the figure and its numbers; all AUs share one scale, their mean has its own."""
    files.write(["run", chart.key, "metric", "au", "score", "low", "high"], _rows(chart))
    columns = min(4, len(chart.aus))
    lines = max(2, -(-len(chart.aus) // columns))
    ratios = [1.3 * columns / 2, *[1.0] * columns]
    height = 1.75 * lines + 0.5
    with figure(files.drawings, 12, height, chart.title, chart.warnings) as drawn:
        grid = drawn.add_gridspec(lines, 1 + columns, width_ratios=ratios)
        first = drawn.add_subplot(grid[:, 0])
        _draw(first, chart, None)
        first.set_title(f"Mean over {len(chart.aus)} AUs", fontweight="bold")
        first.set_ylabel(f"{METRICS[chart.metric].title}, with its 95 % interval over people")
        first.legend(loc="best", fontsize=9)
        shared: Axes | None = None
        for place, au in enumerate(chart.aus):
            cell = grid[place // columns, 1 + place % columns]
            axes = drawn.add_subplot(cell, sharex=shared, sharey=shared)
            shared = shared or axes
            _draw(axes, chart, place)
            axes.set_title(column(au), fontweight="bold")
            axes.tick_params(
                labelbottom=place + columns >= len(chart.aus), labelleft=place % columns == 0
            )
        drawn.supxlabel(chart.axis, fontsize=11)


def _rows(chart: Chart) -> Iterator[list[str | float | None]]:
    """Yield the rows of the CSV."""
    for curve in chart.curves:
        for x, scores in curve.points.items():
            for name, score in scores.items():
                for cells in _cells(score, chart.aus):
                    yield [curve.name, chart.named(x), name, *cells]
            if x in curve.validation:
                icc = curve.validation[x]
                yield [curve.name, chart.named(x), VALIDATION, "mean", icc, None, None]


def _cells(score: Score, aus: tuple[int, ...]) -> list[list[str | float | None]]:
    """Rows of the CSV: one per AU, then the mean."""
    spans = score.intervals or (None,) * len(aus)
    each = [
        [column(au), value, *(span or (None, None))]
        for au, value, span in zip(aus, score.values, spans, strict=True)
    ]
    return [*each, ["mean", score.mean, *(score.mean_interval or (None, None))]]


def _draw(axes: Axes, chart: Chart, place: int | None) -> None:
    """Draw one AU or the mean: lines with bands, or error bars if the axis has words."""
    small = place is not None
    for number, curve in enumerate(chart.curves):
        ends = [_ends(scores[chart.metric], place) for scores in curve.points.values()]
        value, low, high = map(np.array, zip(*ends, strict=True))
        style: dict[str, Any] = {
            "color": COLOURS[number % len(COLOURS)],
            "marker": MARKERS[number % len(MARKERS)],
            "markersize": 3 if small else 5,
            "label": curve.name,
        }
        x = np.array(list(curve.points), dtype=np.float64)
        if chart.words:
            x = x + 0.12 * (number - (len(chart.curves) - 1) / 2)  # side by side
            axes.errorbar(
                x, value, yerr=(value - low, high - value), linestyle="none", capsize=2, **style
            )
        else:
            axes.fill_between(x, low, high, color=style["color"], alpha=0.18, linewidth=0)
            axes.plot(x, value, **style)
        if not small:
            _draw_validation(axes, chart, curve, dict(zip(curve.points, x, strict=True)), style)
    if chart.logarithmic:
        axes.set_xscale("log")
        axes.minorticks_off()
    if chart.logarithmic or chart.words:
        axes.set_xticks(chart.places, [_short(chart.named(x)) for x in chart.places])
    if small:
        crowded = chart.logarithmic or bool(chart.words)
        axes.tick_params(axis="x", labelsize=7.5, rotation=45 if crowded else 0)


def _draw_validation(
    axes: Axes, chart: Chart, curve: Curve, x: Mapping[float, float], style: Mapping[str, Any]
) -> None:
    """Draw the validation ICC beside that of the test, and a ring where it chooses."""
    colour, name = style["color"], curve.name
    if chart.metric == "icc" and curve.validation:
        axes.plot(
            [x[place] for place in curve.validation],
            list(curve.validation.values()),
            color=colour,
            linestyle="none" if chart.words else "dashed",
            marker=style["marker"],
            markerfacecolor="white",
            label=f"{name}, validation",
        )
    if curve.chosen is not None:
        axes.plot(
            x[curve.chosen],
            _ends(curve.points[curve.chosen][chart.metric], None)[0],
            color=colour,
            linestyle="none",
            marker="o",
            markersize=14,
            markerfacecolor="none",
            label=f"{name}, chosen by validation",
        )


def _short(place: str | float) -> str:
    return place if isinstance(place, str) else f"{place:.3g}"


def _ends(score: Score, place: int | None) -> tuple[float, float, float]:
    """A score and the ends of its interval; NaN where undefined."""
    if place is None:
        value, span = score.mean, score.mean_interval
    else:
        value = score.values[place]
        span = None if score.intervals is None else score.intervals[place]
    low, high = span or (math.nan, math.nan)
    return (math.nan if value is None else value), low, high
