"""Rows of our runs: records of one protocol and metric."""

from __future__ import annotations

from collections.abc import Iterator

from aubench.evaluation.records import Record, Score
from aubench.report.model import HOLE, Cell, Row

PERCENT = frozenset({"f1", "acc"})
"""Metrics that papers print in percent with one decimal; the others get two decimals."""

UNDEFINED = "undef."

SHOWN = 3
"""Number of problems of a run that a table prints; its record has all of them."""


def run_rows(
    record: Record, aus: tuple[int, ...], metric: str, variant: str, intervals: bool
) -> Iterator[Row]:
    """Yield the row of a run and, if wanted, the ends of its intervals; nothing if it has no score.

    A skipped method gives a row without numbers, with the reason as a footnote.
    """
    if record.skipped:
        holes = (Cell(HOLE),) * (len(aus) + 1)
        yield Row((record.method.name, "skipped"), holes, (record.skipped,), ranked=False)
        return
    score = record.scores.get(variant, {}).get(metric)
    if score is None:
        return
    place = {au: i for i, au in enumerate(record.aus)}
    name, source = record.method.name, f"run {record.run_id[:6]}"
    values = [score.values[place[au]] if au in place else None for au in aus]
    cells = [
        _cell(value, metric, UNDEFINED if au in place else HOLE)
        for au, value in zip(aus, values, strict=True)
    ]
    mean = score.mean if None not in values else None
    yield Row((name, source), (*cells, _cell(mean, metric, HOLE)), tuple(_notes(record)))
    if intervals and score.intervals is not None:
        for end, title in enumerate(("from", "to")):
            ends = _ends(score, [place.get(au) for au in aus], end)
            yield Row(
                (name, f"95 % {title}"),
                tuple(_cell(value, metric, HOLE) for value in ends),
                ranked=False,
            )


def _ends(score: Score, places: list[int | None], end: int) -> list[float | None]:
    """Lower (0) or upper (1) ends of the intervals of every AU and of the mean."""
    spans = [
        score.intervals[place] if score.intervals and place is not None else None
        for place in places
    ]
    return [span[end] if span else None for span in (*spans, score.mean_interval)]


def _cell(value: float | None, metric: str, otherwise: str) -> Cell:
    """A number as papers print it, or the text ``otherwise``."""
    if value is None:
        return Cell(otherwise)
    scale, digits = (100, 1) if metric in PERCENT else (1, 2)
    return Cell(f"{scale * value:z.{digits}f}", exact=f"{scale * value:.6g}")


def _notes(record: Record) -> Iterator[str]:
    """Yield the footnotes of a run."""
    for part in record.method.synthetic:
        yield f"its {part} was trained on synthetic pictures"
    if record.status == "partial":
        more = len(record.problems) - SHOWN
        yield "; ".join(record.problems[:SHOWN]) + (f"; and {more} more" if more > 0 else "")
