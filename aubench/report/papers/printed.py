"""How far a run is from the numbers that papers print for its method."""

from __future__ import annotations

from collections.abc import Iterator

from aubench.evaluation.records import Record
from aubench.metrics import METRICS
from aubench.published import AVERAGE, find_paper
from aubench.report.papers.published_rows import PublishedRow, published_rows
from aubench.report.run_rows import PERCENT


def printed_lines(record: Record) -> Iterator[str]:
    """Yield, per metric and paper, the printed average of the method and the run's own.

    Papers say which of their rows is which method of aubench (`PaperTable.methods`). Rows that are
    quoted, or of another test, are left out. A line says if the run predicted some frames only.
    """
    part = ", of some frames only" if record.coverage.predicted < record.coverage.expected else ""
    for metric, score in record.scores.get("raw", {}).items():
        scale = 100 if metric in PERCENT else 1
        for row in published_rows(record.protocol, metric):
            if score.mean is not None and _is(row, record.method.name) and AVERAGE in row.values:
                printed = row.values[AVERAGE].value
                here = scale * score.mean
                yield (
                    f"{METRICS[metric].title}: {printed} printed ({row.source}, {row.method}), "
                    f"{here:.3f} here ({here - float(printed):+.3f}){part}"
                )


def _is(row: PublishedRow, method: str) -> bool:
    """True if papers print ``row`` as their own result of ``method`` under this test."""
    if row.differs or not row.original:
        return False
    tables = [t for paper in row.sources for t in find_paper(paper).tables.values()]
    return any(table.methods.get(row.method) == method for table in tables)
