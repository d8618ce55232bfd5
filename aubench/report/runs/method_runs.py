"""Which runs are one row of a table: those of one method that differ in their seed only."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from aubench.errors import AubenchError
from aubench.evaluation.records import Record
from aubench.metrics.groups import GroupedMoments, from_table
from aubench.metrics.moments import INTENSITY, OCCURRENCE


@dataclass(frozen=True)
class MethodRuns:
    """The runs of one method with its settings on one pack.

    Attributes:
        records: One per seed, in the order of the seeds.
    """

    records: tuple[Record, ...]

    @property
    def first(self) -> Record:
        """The run of the lowest seed; what it says of method and pack holds for all of them."""
        return self.records[0]

    @property
    def seeds(self) -> int:
        """Number of seeds; 0 if they are not known, as of an imported tool."""
        return 0 if self.first.seed is None else len(self.records)

    @property
    def source(self) -> str:
        """The runs by the beginnings of their ids: ``run 9b74ea``."""
        first = self.first.run_id[:6]
        more = len(self.records) - 1
        return f"run {first}" + (f" and {more} more" if more else "")

    @property
    def every_run(self) -> str:
        """All runs with their seeds: ``runs 9b74ea (seed 0), 4c01d2 (seed 1)``."""
        return "runs " + ", ".join(f"{r.run_id[:6]} (seed {r.seed})" for r in self.records)

    @property
    def departing(self) -> str:
        """What the runs do otherwise than the method's reference recipe, or than its defaults."""
        method = self.first.method
        if method.departures:
            return f"departs from its reference recipe: {', '.join(method.departures)}"
        return f"settings: {', '.join(method.changed)}" if method.changed else ""

    def moments(self, variant: str) -> list[GroupedMoments]:
        """The moments of every run; none if a run lacks that variant of the predictions.

        Raises:
            AubenchError: If the moments of a run do not fit its AUs.
        """
        if any(variant not in record.moments for record in self.records):
            return []
        return [_moments(record, variant) for record in self.records]


def method_runs(records: Iterable[Record]) -> list[MethodRuns]:
    """The rows that ``records`` make.

    Runs belong to one row if method, version, settings, protocol, pack, precision and everything
    that is noted of them are the same, and their seeds are not. A record that is there twice counts
    once. Another run with a seed that its row has already is a row of its own, since it adds
    nothing about other seeds.
    """
    rows: dict[Hashable, list[Record]] = {}
    for record in _once(records):
        turn = 0
        while record.seed in [r.seed for r in rows.get((turn, _identity(record)), ())]:
            turn += 1
        rows.setdefault((turn, _identity(record)), []).append(record)
    return [MethodRuns(tuple(sorted(row, key=lambda r: r.seed or 0))) for row in rows.values()]


def titles(rows: Sequence[MethodRuns]) -> list[str]:
    """The names of the rows of a section: ``adapt (epochs=5)`` where another ``adapt`` differs."""
    return [" ".join(filter(None, (row.first.method.name, _differing(row, rows)))) for row in rows]


def _differing(row: MethodRuns, rows: Sequence[MethodRuns]) -> str:
    """The traits of ``row`` in which rows of the same method differ, in brackets."""
    name = row.first.method.name
    others = [_traits(other.first) for other in rows if other.first.method.name == name]
    shown = [
        f"{key}={value}"
        for key, value in _traits(row.first).items()
        if any(other.get(key) != value for other in others)
    ]
    return f"({', '.join(shown)})" if shown else ""


def _traits(record: Record) -> dict[str, object]:
    """What may differ between runs of one method on one pack, by name."""
    named = {"version": record.method.origin, "precision": record.environment.precision}
    return {**record.method.settings, **named}


def _once(records: Iterable[Record]) -> Iterator[Record]:
    """Yield every record that is not a copy of one before it; when it was written is no matter."""
    seen: dict[str, list[Record]] = {}
    for record in records:
        others = seen.setdefault(record.run_id, [])
        if all(record.model_copy(update={"created": other.created}) != other for other in others):
            others.append(record)
            yield record


def _identity(record: Record) -> Hashable:
    """Everything in which the runs of one row agree."""
    return (
        record.method.name,
        record.method.synthetic,
        tuple(sorted(record.method.ingredients.items())),
        tuple(pack.fingerprint for pack in record.packs),
        tuple(sorted(_traits(record).items(), key=lambda item: item[0])),
        record.protocol,
        record.protocol_hash,
        record.corpus.fingerprint,
        record.aus,
        record.status,
        record.problems,
        record.skipped,
        record.coverage.notes,
    )


def _moments(record: Record, variant: str) -> GroupedMoments:
    table = record.moments[variant]
    found = from_table(table)
    width = found.moments.values.shape[-1] if table.values else 0
    if table.columns not in (INTENSITY, OCCURRENCE) or width != len(record.aus):
        raise AubenchError(
            f"run {record.run_id[:6]} has moments that do not fit its AUs",
            mend="run or score again",
        )
    return found
