"""A record's scores and coverage as lines of text."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Literal

from tabulate import tabulate

from aubench.action_units import column
from aubench.evaluation.breakdown import breakdown, levels_of
from aubench.evaluation.records import PREDICTED, Record, Score
from aubench.metrics.groups import GroupField, from_table
from aubench.metrics.people import person_summaries
from aubench.metrics.scores import METRICS, auc_error
from aubench.report.fit import blocks, terminal_width


def score_lines(record: Record, intervals: bool = False) -> list[str]:
    """One table per variant: a row per metric, a column per AU, then the mean and its interval.

    Args:
        record: What to show.
        intervals: Whether to add two rows per metric, the ends of the interval of every AU.
    """
    lines = []
    for variant, scores in record.scores.items():
        rows = []
        for name, score in scores.items():
            span = score.mean_interval
            shown = "" if span is None else f"{span[0]:z.3f} … {span[1]:z.3f}"
            rows.append([METRICS[name].title, *map(_cell, score.values), _cell(score.mean), shown])
            if intervals:
                rows += _ends(score)
        header = [variant, *map(column, record.aus), "mean", "95 % interval"]
        align = ("left", *["right"] * (len(record.aus) + 1), "left")
        lines += ["", *_fitting(rows, header, align)]
    return [f"{record.method.name} under {record.protocol} ({record.status})", *lines]


def _ends(score: Score) -> list[list[str]]:
    """Two rows: the lower and the upper ends of the intervals."""
    spans = (*(score.intervals or (None,) * len(score.values)), score.mean_interval)
    return [
        [f"· 95 % {title}", *(_cell(span and span[end]) for span in spans), ""]
        for end, title in enumerate(("from", "to"))
    ]


def coverage_lines(record: Record) -> list[str]:
    """What was scored, what was missing, and the notes of the importer."""
    coverage = record.coverage
    own = coverage.predicted - coverage.filled
    lines = [f"{own:,} of {coverage.expected:,} test frames predicted"]
    if coverage.fill_note:
        lines.append(f"{coverage.fill_note}; without them: {PREDICTED!r} above")
    if coverage.labels_missing:
        shown = ", ".join(f"{au} {count:,}" for au, count in coverage.labels_missing.items())
        lines.append(f"frames without a label: {shown}")
    if "auc" in record.scores["raw"]:
        error = auc_error(from_table(record.moments["raw"]).pooled()).max()
        lines.append(f"AUC from a histogram, at most {error:.4f} from the exact one")
    lines += [f"{record.status}: {problem}" for problem in record.problems]
    return lines + [f"note: {note}" for note in coverage.notes]


def breakdown_lines(record: Record, part: GroupField | Literal["level"], metric: str) -> list[str]:
    """A table with one row per fold, subject, view or labelled intensity.

    Within one labelled intensity the labels do not vary, so that table holds the mean absolute
    error whatever the metric. Below the subjects stand their `person_summaries`.
    """
    moments, people = from_table(record.moments["raw"]), {}
    if part == "level":
        metric = "mae"
        values = {} if record.levels is None else levels_of(record.levels, metric)
    else:
        values = breakdown(moments, part, metric)
    if part == "subject":
        people = person_summaries(moments.by("subject")[1], METRICS[metric])
    rows = [[name, *map(_cell, row), _cell(row.mean())] for name, row in values.items()]
    rows += [[name, *map(_cell, row)] for name, row in people.items()]
    header = [f"{METRICS[metric].title} by {part}", *map(column, record.aus), "mean"]
    align = ("left", *["right"] * (len(record.aus) + 1))
    return list(_fitting(rows, header, align))


def _fitting(
    rows: Sequence[Sequence[str]], header: Sequence[str], align: Sequence[str]
) -> Iterator[str]:
    """Yield the lines of a table, in blocks of columns that fit the terminal."""
    padded = [name + "  " for name in header]  # as tabulate has it
    widths = [max(map(len, column)) for column in zip(padded, *rows, strict=True)]
    for number, part in enumerate(blocks(widths, 1, terminal_width())):
        yield from [""] * bool(number)
        table = tabulate(
            [[row[i] for i in part] for row in rows],
            [header[i] for i in part],
            colalign=[align[i] for i in part],
            disable_numparse=True,
        )
        yield from table.split("\n")


def _cell(value: float | None) -> str:
    """Three digits, or a dash where undefined."""
    return "–" if value is None or math.isnan(value) else f"{value:z.3f}"
