"""The complexity table: what methods cost here, and what papers print of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from aubench.profiling.profile import Profile, Timing
from aubench.published import Paper, all_papers
from aubench.report.model import HOLE, Cell, Row, Section, Table

COLUMNS = (
    "parameters",
    "learnable",
    "deployed",
    "flops",
    "activations",
    "memory",
    "s/img",
    "best s/img",
    "at batch",
)

PRINTED = {
    "params": "parameters",
    "params_total": "parameters",
    "params_learnable": "learnable",
    "flops": "flops",
    "secs_per_img": "s/img",
}
"""A paper's metric → our column."""

NOTES = (
    "parameters, learnable: as trained; deployed: of the network that predicts.",
    "flops: 2 × multiply-accumulate of convolutions, matrix products and attention, one picture; "
    "activations: numbers that these put out.",
    "memory: most at one time in predicting one picture, weights included.",
    "s/img: median seconds a picture ± half the interquartile range, at batch 1 and at the best "
    "batch. Compare them within one device only; a paper's are of its authors' machine.",
    f"{HOLE}: not a torch network, or not printed.",
)


@dataclass(frozen=True)
class Bench:
    """Profiles taken on one device in one precision.

    Attributes:
        device: What it calls itself.
        precision: A Lightning Fabric precision.
        profiles: Method → its profile; None where it is no torch method.
    """

    device: str
    precision: str
    profiles: Mapping[str, Profile | None]


def complexity(benches: Sequence[Bench], size: int, aus: int) -> Table:
    """Every bench as a section, each method followed by what papers print of it.

    Args:
        benches: What was measured.
        size: Width and height of the pictures in pixels.
        aus: Number of Action Units.
    """
    sections = tuple(
        Section(
            title=f"{bench.device}, {bench.precision}",
            heads=("method", "source"),
            columns=COLUMNS,
            rows=tuple(_rows(bench.profiles)),
            higher=(None,) * len(COLUMNS),
        )
        for bench in benches
    )
    methods = {name for bench in benches for name in bench.profiles}
    papers = [
        f"{paper.name}:{number}: {note}"
        for paper, number in _tables()
        if methods & set(paper.tables[number].methods.values())
        for note in paper.tables[number].notes
    ]
    title = f"Complexity at {size}×{size} pixels, {aus} Action Units"
    return Table(title, sections, (*NOTES, *papers))


def _rows(profiles: Mapping[str, Profile | None]) -> Iterator[Row]:
    for name, measured in profiles.items():
        cells = [Cell(HOLE)] * len(COLUMNS) if measured is None else list(_cells(measured))
        yield Row((name, "here"), tuple(cells))
        for paper, number in _tables():
            yield from _printed(paper, number, name)


def _tables() -> Iterator[tuple[Paper, str]]:
    """Every published table that names methods of ours."""
    for paper in all_papers():
        yield from ((paper, number) for number, table in paper.tables.items() if table.methods)


def _printed(paper: Paper, number: str, name: str) -> Iterator[Row]:
    """What a published table says of the cost of our method ``name``."""
    ours = paper.tables[number].methods
    rows: dict[str, dict[str, Cell]] = {}
    for value in paper.values(number):
        if ours.get(value.method) == name and value.metric in PRINTED:
            cell = Cell(value.value, notes=value.doubts)
            rows.setdefault(value.method, {})[PRINTED[value.metric]] = cell
    for method, cells in rows.items():
        source = f"{paper.name}:{number}"
        yield Row((method, source), tuple(cells.get(c, Cell(HOLE)) for c in COLUMNS))


def _cells(profile: Profile) -> Iterator[Cell]:
    """In the order of `COLUMNS`."""
    yield from map(_count, (profile.parameters, profile.learnable, profile.deployed))
    flops = _count(profile.flops)
    if profile.uncounted:
        unknown = f"not counted: {', '.join(profile.uncounted)}"
        flops = Cell(f"≥ {flops.text}", f"≥ {flops.exact}", (unknown,))
    yield flops
    yield _count(profile.activations)
    yield Cell(f"{profile.peak_bytes / 1e6:.1f} MB", str(profile.peak_bytes))
    yield _seconds(profile.single)
    yield _seconds(profile.best)
    yield Cell(str(profile.best.batch))


def _count(number: int) -> Cell:
    """``1.65M``, as papers print it."""
    for scale, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= scale:
            return Cell(f"{number / scale:.2f}{letter}", str(number))
    return Cell(str(number))


def _seconds(timing: Timing) -> Cell:
    """Three significant digits of the median, and as many decimals of the spread."""
    decimals = max(0, 2 - math.floor(math.log10(timing.median)))
    spread = (timing.high - timing.low) / 2
    exact = f"{timing.median:.6g} ± {spread:.2g} ({timing.passes} passes)"
    return Cell(f"{timing.median:.{decimals}f} ± {spread:.{decimals}f}", exact)
