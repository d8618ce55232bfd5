"""The figure of labels and predictions over time (Fan & Lin 2020, Fig. 5): one axis per AU."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from aubench.action_units import MAX_INTENSITY, NAMES, column
from aubench.errors import AubenchError
from aubench.figures.files import FigureFiles
from aubench.figures.study.tested_run import TestedRun
from aubench.figures.style import COLOURS, figure
from aubench.frames import FloatArray, IntArray
from aubench.metrics import METRICS
from aubench.metrics.moments import moments


@dataclass(frozen=True)
class Timeline:
    """Labels and predictions of one recording.

    Attributes:
        title: Subject, session and view.
        frames: (T,) frame numbers, ascending.
        labels: (T, A), NaN = not coded.
        predictions: (T, A), NaN = nothing predicted.
        aus: The A Action Units.
    """

    title: str
    frames: IntArray
    labels: FloatArray
    predictions: FloatArray
    aus: tuple[int, ...]


def recording_timeline(
    tested: TestedRun,
    subject: str | None,
    session: str | None,
    view: int | None,
    aus: Sequence[int],
) -> Timeline:
    """The timeline of one recording of a run.

    Args:
        tested: The run.
        subject: Key or id of a tested subject; the first if None.
        session: The corpus's name of a recording; the first if None.
        view: Number of the view; the first if None.
        aus: Action Units; those of the protocol if empty.

    Raises:
        AubenchError: If the run was not tested on that recording.
    """
    expected = tested.expected()
    keep = np.ones(len(expected), dtype=np.bool_)
    chosen = []
    wanted = {"subject": _key(subject, tested), "session": session, "view": view}
    for name, value in wanted.items():
        held = expected[name][keep].unique().tolist()
        if value is not None and value not in held:
            raise AubenchError(
                f"no {name} {value} among the test frames of {tested.protocol.name}",
                mend=f"choose among {', '.join(map(str, held))}",
            )
        chosen.append(held[0] if value is None else value)
        keep &= (expected[name] == chosen[-1]).to_numpy()
    rows = np.flatnonzero(keep)
    rows = rows[np.argsort(expected["frame"].to_numpy()[rows], kind="stable")]
    places = tested.places(aus)
    return Timeline(
        title=f"{chosen[0]}, session {chosen[1]}, view {chosen[2]}",
        frames=expected["frame"].to_numpy(dtype=np.int64)[rows],
        labels=tested.labels(expected)[np.ix_(rows, places)],
        predictions=tested.predictions(expected)[np.ix_(rows, places)],
        aus=tuple(tested.protocol.aus[place] for place in places),
    )


def _key(subject: str | None, tested: TestedRun) -> str | None:
    """The key of a subject, given its key or its id."""
    if subject is None or "/" in subject:
        return subject
    return f"{tested.pack.manifest.corpus}/{subject}"


def write(timeline: Timeline, tested: TestedRun, files: FigureFiles) -> None:
    """Write the figure and its numbers."""
    names = [column(au) for au in timeline.aus]
    head = ["frame", *(f"{n}_{side}" for n in names for side in ("label", "prediction"))]
    pairs = np.stack([timeline.labels, timeline.predictions], axis=2).reshape(
        len(timeline.frames), -1
    )
    files.write(
        head,
        (
            [int(frame), *(None if np.isnan(v) else round(float(v), 4) for v in row)]
            for frame, row in zip(timeline.frames, pairs, strict=True)
        ),
    )
    columns = 1 if len(timeline.aus) < 4 else 2
    lines = -(-len(timeline.aus) // columns)
    occurrence = tested.protocol.task == "occurrence"
    ticks = (0, 0.5, 1) if occurrence else range(int(MAX_INTENSITY) + 1)
    metric = METRICS[tested.protocol.rank_by]
    values = metric.of(moments(timeline.labels, timeline.predictions, occurrence=occurrence))
    title = (
        f"{tested.name}, {tested.protocol.name}: {timeline.title}; scores of this recording alone"
    )
    with figure(files.drawings, 11, 0.6 + 1.25 * lines, title, tested.warnings) as drawn:
        grid = drawn.subplots(lines, columns, sharex=True, sharey=True, squeeze=False)
        for place, axes in enumerate(grid.T.flat):
            if place >= len(timeline.aus):
                axes.set_axis_off()
                continue
            _draw(axes, timeline, place, ticks)
            shown = "undefined" if np.isnan(values[place]) else f"{values[place]:z.2f}"
            axes.set_title(f"{metric.title} {shown}", loc="right", fontsize=9)
        grid[0, 0].legend(loc="lower left", bbox_to_anchor=(0, 1.18), ncols=2, borderaxespad=0)
        drawn.supylabel("Probability" if occurrence else "Intensity (0–5)", fontsize=11)
        drawn.supxlabel("Frame number", fontsize=11)


def _draw(axes: Axes, timeline: Timeline, place: int, ticks: Sequence[float]) -> None:
    """Draw one AU; lines break where frames are missing."""
    au = timeline.aus[place]
    gaps = np.flatnonzero(np.diff(timeline.frames) > _step(timeline.frames)) + 1
    frames = np.insert(timeline.frames.astype(np.float64), gaps, np.nan)
    label, prediction = (
        np.insert(side[:, place], gaps, np.nan) for side in (timeline.labels, timeline.predictions)
    )
    axes.fill_between(frames, label, step="mid", color="#BBBBBB", alpha=0.6, linewidth=0)
    axes.step(frames, label, where="mid", color="#444444", linewidth=1.2, label="label")
    axes.plot(frames, prediction, color=COLOURS[1], linewidth=1.5, label="prediction")
    axes.set_title(f"{column(au)} {NAMES.get(au, '')}".strip(), loc="left", fontweight="bold")
    axes.set_yticks(ticks)
    axes.margins(x=0.01)


def _step(frames: IntArray) -> float:
    """The usual distance of two frames; a larger one is a gap."""
    return float(np.median(np.diff(frames))) if len(frames) > 1 else 1.0
