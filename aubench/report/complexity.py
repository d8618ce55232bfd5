"""The complexity table: the cost of methods as measured here, and as papers print it."""

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

COLUMN_OF_METRIC = {
    "params": "parameters",
    "params_total": "parameters",
    "params_learnable": "learnable",
    "flops": "flops",
    "secs_per_img": "s/img",
}
"""Metric of a paper → our column."""

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
class DeviceProfiles:
    """Profiles taken on one device in one precision.

    Attributes:
        device: Name that the device reports.
        precision: A Lightning Fabric precision.
        profiles: Method → its profile; None for a method without a torch network.
    """

    device: str
    precision: str
    profiles: Mapping[str, Profile | None]


def complexity(benches: Sequence[DeviceProfiles], size: int, aus: int) -> Table:
    """The table with one section per device; below each method stand the numbers of papers.

    Args:
        benches: Measurements.
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
            yield from _published(paper, number, name)


def _tables() -> Iterator[tuple[Paper, str]]:
    """Yield every published table that names built-in methods."""
    for paper in all_papers():
        yield from ((paper, number) for number, table in paper.tables.items() if table.methods)


def _published(paper: Paper, number: str, name: str) -> Iterator[Row]:
    """Yield the rows of a published table about the method ``name``."""
    named = paper.tables[number].methods
    rows: dict[str, dict[str, Cell]] = {}
    for value in paper.values(number):
        if named.get(value.method) == name and value.metric in COLUMN_OF_METRIC:
            cell = Cell(value.value, notes=value.doubts)
            rows.setdefault(value.method, {})[COLUMN_OF_METRIC[value.metric]] = cell
    for method, cells in rows.items():
        source = f"{paper.name}:{number}"
        yield Row((method, source), tuple(cells.get(c, Cell(HOLE)) for c in COLUMNS))


def _cells(profile: Profile) -> Iterator[Cell]:
    """Yield the cells of a profile in the order of `COLUMNS`."""
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
    """A number as papers print it: ``1.65M``."""
    for scale, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= scale:
            return Cell(f"{number / scale:.2f}{letter}", str(number))
    return Cell(str(number))


def _seconds(timing: Timing) -> Cell:
    """The median with three significant digits, and its spread with as many decimals."""
    decimals = max(0, 2 - math.floor(math.log10(timing.median)))
    spread = (timing.high - timing.low) / 2
    exact = f"{timing.median:.6g} ± {spread:.2g} ({timing.passes} passes)"
    return Cell(f"{timing.median:.{decimals}f} ± {spread:.{decimals}f}", exact)
