"""A comparison as lines of text."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from tabulate import tabulate

from aubench.action_units import column
from aubench.evaluation.records import Record
from aubench.metrics.best import AgainstBest
from aubench.metrics.comparison import Comparison
from aubench.metrics.groups import GroupedMoments
from aubench.metrics.scores import METRICS
from aubench.report.runs.method_runs import MethodRuns
from aubench.report.runs.row_score import row_score

_VERDICTS = {"a": "A", "b": "B", None: "not distinguishable"}


def what_lines(rows: Sequence[MethodRuns], metric: str, variant: str) -> list[str]:
    """What is compared: the test, then each result with the settings that differ."""
    title = f"{METRICS[metric].title} of {variant} predictions under {rows[0].first.protocol}"
    firsts = [row.first for row in rows]
    lines = zip(_names(len(rows)), map(_described, rows), _differing(firsts), strict=True)
    return [title, *(f"{name} = {what}{settings}" for name, what, settings in lines), ""]


def _names(count: int) -> list[str]:
    """The names of results: A and B, or 1, 2, 3 and so on."""
    return ["A", "B"][:count] if count < 3 else [str(place) for place in range(1, count + 1)]


def _described(row: MethodRuns) -> str:
    first, corpus = row.first, row.first.corpus
    if len(row.records) > 1:
        runs = row.every_run
    else:
        runs = f"run {first.run_id}, " + ("no seed" if first.seed is None else f"seed {first.seed}")
    said = (
        f"{first.method.name}, {runs}, {first.status}, "
        f"pack {corpus.fingerprint[:12]} ({corpus.recipe}, {corpus.size} pixels)"
    )
    return f"{said}; {row.departing}" if row.departing else said


def seed_lines(row: MethodRuns, runs: Sequence[GroupedMoments], metric: str) -> list[str]:
    """A table of the scores of the seeds of one method, then their spread instead of a verdict."""
    seeds = row_score(runs, metric).seeds
    values = np.column_stack([seeds, seeds.mean(axis=1)]).T
    names = [*map(column, row.first.aus), "mean"]
    rows = [
        [name, *map(_score, each), _score(each.mean()), _score(each.std(ddof=1))]
        for name, each in zip(names, values, strict=True)
    ]
    header = ["", *(f"seed {record.seed}" for record in row.records), "mean", "sd"]
    mean = values[-1]
    return [
        *_table(rows, header, ("left", *("right",) * (len(header) - 1))),
        "",
        f"{len(runs)} seeds of one method: their differences are the spread of its seeds, and no "
        "difference of methods",
        f"mean {METRICS[metric].title}: {_score(mean.mean())}, standard deviation over seeds "
        f"{_score(mean.std(ddof=1))}",
    ]


def one_seed_lines(rows: Sequence[MethodRuns]) -> list[str]:
    """A line if methods were run with one seed: what another would have given is not known."""
    lone = [name for name, row in zip(_names(len(rows)), rows, strict=True) if row.seeds == 1]
    if not lone:
        return []
    whose = "one seed each" if len(lone) == len(rows) else f"one seed only of {', '.join(lone)}"
    return [f"{whose}: a difference may be of the seed, not of the method ('run --seeds 0-4')"]


def _differing(records: Sequence[Record]) -> Iterator[str]:
    """Per record: its settings that another record has with another value."""
    every = [record.method.settings for record in records]
    names = dict.fromkeys(name for settings in every for name in settings)
    apart = [n for n in names if len({repr(s[n]) for s in every if n in s}) > 1]
    for settings in every:
        shown = [f"{name}={settings[name]}" for name in apart if name in settings]
        yield f"; {', '.join(shown)}" if shown else ""


def two_lines(found: Comparison, a: Record, b: Record) -> list[str]:
    """A table with a row per AU, then the verdict by the mean."""
    rows = [
        [
            column(au),
            *_difference(found.a[place], found.b[place], found.interval[place]),
            _p(found.p[place]),
            _p(found.holm[place]),
            _share(found.ahead[place]),
            _VERDICTS[found.better_at(place)],
        ]
        for place, au in enumerate(a.aus)
    ]
    mean = _difference(found.a.mean(), found.b.mean(), found.mean_interval)
    verdict = _VERDICTS[found.better]
    rows.append(["mean", *mean, _p(found.mean_p), "", _share(found.mean_ahead), verdict])
    header = ["", "A", "B", "A − B", "95 % interval", "p", "p (Holm)", "P(A > B)", "better"]
    align = ("left", "right", "right", "right", "left", "right", "right", "right", "left")
    winner = {
        "a": f"{a.method.name} (A) is better",
        "b": f"{b.method.name} (B) is better",
        None: "not distinguishable",
    }[found.better]
    p = f"p = {_p(found.mean_p)}".replace("= <", "<")
    return [
        *_table(rows, header, align),
        "",
        f"mean {METRICS[found.metric].title}: {winner} ({p})",
        f"P(A > B): A is better on {_share(found.mean_ahead)} of {found.subjects} subjects",
        f"smallest detectable difference: {_limit(found.detectable)}, half the interval's width",
    ]


def many_lines(found: AgainstBest, results: Sequence[MethodRuns], metric: str) -> list[str]:
    """A table of all results, the best first, each against the best."""
    higher = METRICS[metric].higher
    order = np.argsort(-found.means if higher else found.means, kind="stable")  # NaN last
    best = found.means[order[0]]
    rows = [
        [
            str(place + 1),
            results[place].first.method.name,
            *_numbers(found.means[place], best),
            _p(found.p[place]),
            _share(found.behind[place]),
            _limit(found.detectable[place]),
            _verdict(found, place),
        ]
        for place in map(int, order)
    ]
    header = ["", "method", "mean", "− best", "p", "P(best >)", "detectable", ""]
    align = ("right", "left", "right", "right", "right", "right", "right", "left")
    return [
        *_table(rows, header, align),
        "",
        f"p: one test of all pairs of results, over {found.subjects} subjects",
        "P(best >): share of subjects on whom the best is better",
        "detectable: about the smallest difference from the best that would be called",
    ]


def _table(rows: Sequence[Sequence[str]], header: Sequence[str], align: Sequence[str]) -> list[str]:
    return tabulate(rows, header, colalign=align, disable_numparse=True).split("\n")


def _verdict(found: AgainstBest, place: int) -> str:
    if place == found.best:
        return "best"
    return {True: "not distinguishable", False: "worse", None: "undefined"}[found.tied[place]]


def _difference(a: float, b: float, interval: Iterable[float]) -> list[str]:
    low, high = interval
    ends = "–" if math.isnan(low) else f"{low:+z.3f} … {high:+z.3f}".replace("inf", "∞")
    first, difference = _numbers(a, b)
    return [first, _numbers(b, a)[0], difference, ends]


def _numbers(value: float, other: float) -> list[str]:
    """A score and how far it is from another."""
    gap = value - other
    return [_score(value), "–" if math.isnan(gap) else f"{gap:+z.3f}"]


def _score(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:z.3f}"


def _limit(value: float) -> str:
    """A smallest detectable difference; ∞ where no difference would be called."""
    return "–" if math.isnan(value) else f"{value:.3f}".replace("inf", "∞")


def _p(value: float) -> str:
    if math.isnan(value):
        return "–"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _share(value: float) -> str:
    return "–" if math.isnan(value) else f"{100 * value:.0f} %"
