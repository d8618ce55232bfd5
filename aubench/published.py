"""Published tables: papers as plug-ins, each number as printed.

A paper is an entry point in the group ``aubench.papers``: a `Paper` whose tables lie as CSV files
in a folder of its package, one row per printed number.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable

from aubench.errors import AubenchError
from aubench.registry import find, plugins

AVERAGE = "avg"
"""The column of averages."""

SEPARATOR = re.compile(r";(?! )")
"""Between the parts of a marker; a semicolon within a part is followed by a space."""

CHECKS = ("ok", "avg_ok", "avg_within_rounding", "avg_mismatch", "no_avg")
"""First words of a marker: the result of comparing a printed average with its cells."""


@dataclass(frozen=True)
class Value:
    """One printed number; the fields are the columns of the CSV files.

    Attributes:
        paper: Key of the paper.
        table: Its number in the paper.
        protocol: Our protocol that scores the same test; empty where there is none.
        printed: What the paper calls the test.
        partition: The part of the corpus, as the paper calls it.
        method: As printed, with its ``*`` or ``†``.
        metric: As printed.
        au: ``6``, ``avg``, or another column (a view, ``V1``; ``-`` where there is none).
        value: As printed.
        marker: ``avg_ok`` where the printed average agrees with the cells, ``avg_within_rounding``
            where it does but for their rounding, ``avg_mismatch(mean=…)`` where it does not,
            ``no_avg`` or ``ok``; then, after semicolons, every doubt.
        quoted: Where the paper has the row from, if it is not its own: "quoted from its reference".
        differs: Why it is not the test of ``protocol``: other people, other folds, few labels,
            another averaging.
    """

    paper: str
    table: str
    protocol: str
    printed: str
    partition: str
    method: str
    metric: str
    au: str
    value: str
    marker: str
    quoted: str = ""
    differs: str = ""

    @property
    def doubts(self) -> tuple[str, ...]:
        """What a reader must know of this number; mostly empty."""
        first, *rest = SEPARATOR.split(self.marker)
        name, _, mean = first.partition("(mean=")
        if name == "avg_mismatch" and self.au == AVERAGE:
            rest.insert(0, f"the printed average disagrees with its cells (mean {mean[:-1]})")
        elif name not in CHECKS:
            rest.insert(0, first)
        rest = [text.replace("_", " ") for text in rest]
        return tuple(filter(None, (*rest, self.quoted, self.differs)))


@dataclass(frozen=True, kw_only=True)
class PaperTable:
    """The layout of one table of a paper; the parts name fields of `Value`.

    Attributes:
        caption: What it shows, in our words.
        sections: Fields that divide it into blocks.
        rows: The field that names a row.
        columns: Fields that name a column.
        transposed: Printed with the columns down the side.
        notes: What is doubtful about the table as a whole.
        methods: Row as printed → the method of aubench that is meant to reproduce it.
    """

    caption: str
    sections: tuple[str, ...] = ("printed", "partition", "metric")
    rows: str = "method"
    columns: tuple[str, ...] = ("au",)
    transposed: bool = False
    notes: tuple[str, ...] = ()
    methods: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A publication whose tables are kept.

    Attributes:
        name: Its key, ``ntinou2020``.
        title: Title.
        authors: Family names, in order.
        venue: Where it appeared.
        year: When.
        doi: Digital object identifier, if any.
        arxiv: arXiv number, if any.
        folder: Holds ``NAME-tableNUMBER.csv`` for every table.
        tables: Number → layout.
    """

    name: str
    title: str
    authors: tuple[str, ...]
    venue: str
    year: int
    doi: str | None = None
    arxiv: str | None = None
    folder: Traversable
    tables: Mapping[str, PaperTable]

    @property
    def reference(self) -> str:
        """Authors, title, venue and link on one line."""
        link = f"doi:{self.doi}" if self.doi else f"arXiv:{self.arxiv}" if self.arxiv else ""
        parts = (", ".join(self.authors), self.title, f"{self.venue} {self.year}", link)
        return ". ".join(part for part in parts if part)

    def table(self, number: str) -> PaperTable:
        """The layout of a table.

        Raises:
            AubenchError: If the paper has no such table.
        """
        if number not in self.tables:
            raise AubenchError(
                f"{self.name} has no table {number!r}",
                mend=f"choose one of {', '.join(f'{self.name}:{n}' for n in self.tables)}",
            )
        return self.tables[number]

    def values(self, number: str) -> list[Value]:
        """Every number of a table, in print order."""
        file = self.folder / f"{self.name}-table{number}.csv"
        lines = file.read_text(encoding="utf-8").splitlines()
        return [Value(**row) for row in csv.DictReader(lines)]


def find_paper(name: str) -> Paper:
    """The paper with that key.

    Raises:
        AubenchError: If there is none.
    """
    paper: Paper = find("papers", name)
    return paper


def all_papers() -> list[Paper]:
    """Every installed paper that is not broken, oldest first."""
    found = [plugin.load() for plugin in plugins("papers").values() if not plugin.broken]
    return sorted(found, key=lambda paper: (paper.year, paper.name))
