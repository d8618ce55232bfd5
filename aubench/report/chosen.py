"""A table with the rows that were asked for, under the names that were asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from aubench.errors import AubenchError, hint
from aubench.report.model import Row, Table


def chosen(tables: Sequence[Table], only: Sequence[str]) -> list[Table]:
    """The tables with the rows called one of ``only``; without sections and tables left empty.

    A row ``adapt (epochs=5)`` is called ``adapt``, too. All rows where ``only`` is empty.

    Raises:
        AubenchError: If no row has one of these names.
    """
    if not only:
        return list(tables)
    _refuse_unknown("--only", only, tables)
    kept = []
    for table in tables:
        parts = [
            replace(part, rows=tuple(row for row in part.rows if _names(row) & set(only)))
            for part in table.sections
        ]
        sections = tuple(part for part in parts if part.rows)
        if sections:
            kept.append(replace(table, sections=sections))
    return kept


def renamed(tables: Sequence[Table], names: Mapping[str, str]) -> list[Table]:
    """The tables with rows under other names.

    Args:
        tables: The tables.
        names: Name of a row, or of its method → the name to show for it.

    Raises:
        AubenchError: If no row has one of these names.
    """
    _refuse_unknown("--rename", names, tables)
    return [
        replace(
            table,
            sections=tuple(
                replace(part, rows=tuple(_renamed(row, names) for row in part.rows))
                for part in table.sections
            ),
        )
        for table in tables
    ]


def _renamed(row: Row, names: Mapping[str, str]) -> Row:
    """The same row under its new name, if it has one."""
    title, *others = row.heads
    for old in sorted(_names(row) & set(names), key=len):
        title = names[old] + row.heads[0].removeprefix(old)
    return replace(row, heads=(title, *others))


def _names(row: Row) -> set[str]:
    """What a row is called: its title, and the title without what it differs in."""
    title = row.heads[0]
    return {title, title.partition(" (")[0]}


def _refuse_unknown(option: str, names: Iterable[str], tables: Sequence[Table]) -> None:
    """Raise if no row is called by one of ``names``."""
    rows = [row for table in tables for part in table.sections for row in part.rows]
    known = sorted({name for row in rows for name in _names(row)})
    for name in names:
        if name not in known:
            mend = hint(name, known, f"choose among {', '.join(known)}")
            raise AubenchError(f"{option} {name}: no row is called so", mend=mend)
