"""Histograms of labels as inline SVG, and co-occurrence as a table with shaded cells."""

from __future__ import annotations

import math
from collections.abc import Sequence

from aubench.action_units import column
from aubench.corpora.survey.tally import Tally

WIDTH, HEIGHT = 160, 104
LEFT, BOTTOM, TOP = 28, 17, 6
"""Space for the numbers left of, below and above the bars."""


def histogram(levels: Sequence[int], names: Sequence[str], top: int, label: str) -> str:
    """A histogram on a logarithmic axis from 0.5 to ``top``, so that a single frame is visible.

    Args:
        levels: Number of frames per level.
        names: Of the levels.
        top: Largest number of frames of any level of any AU, so that charts can be compared.
        label: Description of the chart for screen readers.
    """
    decades = math.ceil(math.log10(max(top, 10)))
    height = HEIGHT - BOTTOM - TOP

    def y(count: float) -> float:
        share = math.log10(count / 0.5) / (decades + math.log10(2))
        return TOP + height * (1 - share)

    lines = []
    for decade in range(decades + 1):
        at = f"{y(10**decade):.1f}"
        lines.append(f'<line x1="{LEFT}" x2="{WIDTH}" y1="{at}" y2="{at}"/>')
        shown = f"{10**decade:,}" if decade < 3 else f"{10 ** (decade - 3):,}k"
        lines.append(f'<text x="{LEFT - 4}" y="{at}" dy=".32em" text-anchor="end">{shown}</text>')
    step = (WIDTH - LEFT) / len(levels)
    for place, (count, name) in enumerate(zip(levels, names, strict=True)):
        x, wide = LEFT + step * (place + 0.14), step * 0.72
        if count:
            bar = f'x="{x:.1f}" y="{y(count):.1f}" width="{wide:.1f}"'
            tall = f'height="{HEIGHT - BOTTOM - y(count):.1f}"'
            lines.append(f"<rect {bar} {tall}><title>{name}: {count:,} frames</title></rect>")
        middle = f'x="{x + wide / 2:.1f}" y="{HEIGHT - 4}"'
        lines.append(f'<text {middle} text-anchor="middle">{name}</text>')
    head = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">'
    return "\n".join([head, *lines, "</svg>"])


def matrix(tally: Tally, caption: str) -> str:
    """The table of co-occurrence: of 100 frames with the row's AU, how many have the column's."""
    heads = "".join(f'<th scope="col">{column(au)}</th>' for au in tally.aus)
    lines = [
        f'<table class="matrix words1"><caption>{caption}</caption>',
        f'<thead><tr><th scope="col">of frames with</th>{heads}<th scope="col">frames</th>'
        "</tr></thead><tbody>",
    ]
    for row, (au, shares) in enumerate(zip(tally.aus, tally.together.tolist(), strict=True)):
        cells = "".join(_cell(share, row == place) for place, share in enumerate(shares))
        frames = f"<td>{int(tally.both[row, row]):,}</td>"
        lines.append(f'<tr><th scope="row">{column(au)}</th>{cells}{frames}</tr>')
    return "\n".join([*lines, "</tbody></table>"])


def _cell(share: float, own: bool) -> str:
    if own or math.isnan(share):
        return f'<td class="own">{"·" if own else "–"}</td>'
    percent = 100 * share
    return f'<td style="--share:{percent:.0f}">{percent:.0f}</td>'
