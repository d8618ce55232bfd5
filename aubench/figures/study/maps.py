"""The figure of heat maps over faces (Ntinou et al. 2020, Fig. 7; Fan & Lin 2020, Fig. 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize

from aubench.action_units import MAX_INTENSITY, column
from aubench.errors import AubenchError
from aubench.experiment.fold import refuse_leak
from aubench.figures.files import FigureFiles
from aubench.figures.study.tested_run import TestedRun
from aubench.figures.style import figure, show_picture
from aubench.frames import KEY, FloatArray, ImageArray, IntArray
from aubench.predict.heat_colours import blend_map, map_colours
from aubench.predict.trained import open_run

LABEL, FACE = 1.25, 1.2
"""Width of a row's label, and of a face; inches."""


@dataclass(frozen=True)
class FaceWithMaps:
    """A test frame with the maps and estimates of its fold's predictor.

    Attributes:
        key: Subject, session, view and frame.
        fold: Name of the fold that tests it.
        picture: (S, S, 3) uint8 RGB; the maps are drawn over it.
        maps: (A, h, w), in units of the method.
        predictions: (A,).
        labels: (A,); NaN = not coded.
    """

    key: tuple[str, str, int, int]
    fold: str
    picture: ImageArray
    maps: FloatArray
    predictions: FloatArray
    labels: FloatArray


def choose(expected: pd.DataFrame, labels: FloatArray, count: int) -> IntArray:
    """Rows of the frames to show: the most expressive frame of each of ``count`` people.

    People are taken at equal distances from the sorted list of test subjects. A frame is chosen by
    its labels alone (the largest sum over the AUs shown, the earliest of equals), never by what
    the run predicts.

    Args:
        expected: E test frames.
        labels: (E, A) of the AUs shown.
        count: Number of people; if there are fewer, all.
    """
    people = sorted(expected["subject"].unique())
    spread = np.linspace(0, len(people) - 1, min(count, len(people))).round().astype(int)
    strength = np.nansum(labels, axis=1)
    rows = []
    for place in spread:
        own = np.flatnonzero((expected["subject"] == people[place]).to_numpy())
        rows.append(own[strength[own].argmax()])
    return np.array(rows, dtype=np.int64)


def named_frames(expected: pd.DataFrame, names: Sequence[str]) -> IntArray:
    """Rows of frames named ``SUBJECT:FRAME`` or ``SUBJECT:SESSION:FRAME``, in that order.

    A subject is named by key or id; without a session, the first recording that has the frame
    counts.

    Raises:
        AubenchError: If a name is not of this form, or no test frame has it.
    """
    subjects, sessions = (expected[name].astype(str) for name in KEY[:2])
    numbers = expected["frame"].to_numpy()
    rows = []
    for name in names:
        subject, *session = name.split(":")
        number = session.pop() if session else ""
        if not (subject and number.isdecimal() and len(session) < 2):
            raise AubenchError(f"--frame {name}", mend="write SUBJECT:FRAME, such as SN001:120")
        same = (subjects == subject) | subjects.str.endswith(f"/{subject}")
        if session:
            same &= sessions == session[0]
        found = np.flatnonzero(same.to_numpy() & (numbers == int(number)))
        if not found.size:
            raise AubenchError(
                f"no test frame {name}", mend="choose one of those in predictions.parquet"
            )
        rows.append(found[0])
    return np.array(rows, dtype=np.int64)


def predict_maps(
    tested: TestedRun, rows: IntArray, places: IntArray, device: str
) -> list[FaceWithMaps]:
    """Maps and estimates of the test frames at ``rows``, each by the predictor of its fold.

    Args:
        tested: The run.
        rows: Rows of `TestedRun.expected`.
        places: Columns of the AUs to show.
        device: A torch device.

    Raises:
        AubenchError: If the method has no heat maps, or the run has no checkpoints.
    """
    expected = tested.expected()
    labels = tested.labels(expected)
    folds = expected["fold"].astype(str).to_numpy()[rows]
    seen: dict[int, FaceWithMaps] = {}
    for name in dict.fromkeys(folds):
        trained = open_run(tested.folder, name, device)
        refuse_leak(trained.predictors[0], tested.protocol.fold(name))
        own = np.flatnonzero(folds == name)
        frames = tested.pack.frames(expected["row"].to_numpy()[rows[own]])
        heat, values = trained.heat_maps(frames), trained.values(frames)
        if heat is None:
            raise AubenchError(
                f"{tested.record.method.name} has no heat maps",
                mend="name a run of a heat-map method",
                path=tested.folder,
            )
        for n, place in enumerate(own.tolist()):
            subject, session, view, frame = expected[list(KEY)].iloc[rows[place]]
            seen[place] = FaceWithMaps(
                (subject, session, view, frame),
                name,
                heat.pictures[n],
                heat.maps[n, places],
                values[n, places],
                labels[rows[place], places],
            )
    return [seen[place] for place in range(len(rows))]


def write(
    seen: Sequence[FaceWithMaps], aus: Sequence[int], tested: TestedRun, files: FigureFiles
) -> None:
    """Write the figure and its numbers."""
    files.write(
        [*KEY, "fold", "au", "label", "prediction"],
        (
            [
                *face.key,
                face.fold,
                au,
                None if np.isnan(face.labels[a]) else float(face.labels[a]),
                round(float(face.predictions[a]), 4),
            ]
            for face in seen
            for a, au in enumerate(aus)
        ),
    )
    width = LABEL + FACE * (1 + len(aus)) + 0.7
    title = f"{tested.name}, {tested.protocol.name}: heat maps of test frames"
    height = (FACE + 0.25) * len(seen) + 0.3
    with figure(files.drawings, width, height, title, tested.warnings) as drawn:
        grid = drawn.add_gridspec(
            len(seen), 2 + len(aus), width_ratios=[LABEL, *[FACE] * (1 + len(aus))]
        )
        cells = []
        for line, face in enumerate(seen):
            _label(drawn.add_subplot(grid[line, 0]), face)
            plain = drawn.add_subplot(grid[line, 1])
            _picture(plain, face.picture, "label | predicted" if line == 0 else "")
            for a, au in enumerate(aus):
                axes = drawn.add_subplot(grid[line, 2 + a])
                value = float(face.predictions[a])
                lit = blend_map(face.picture, face.maps[a], value)
                true = "–" if np.isnan(face.labels[a]) else f"{face.labels[a]:g}"
                _picture(axes, lit, f"{true} | {value:z.1f}")
                if line == 0:
                    axes.text(
                        0.5, 1.24, column(au), transform=axes.transAxes, ha="center",
                        fontsize=11, fontweight="bold",
                    )  # fmt: skip
                cells.append(axes)
        _scale(cells)


def _label(axes: Axes, face: FaceWithMaps) -> None:
    """Write the subject, the frame and the fold beside a row."""
    subject, session, view, frame = face.key
    axes.set_axis_off()
    where = f"{session}, view {view}" if view else session
    lines = f"{where}\nframe {frame}\nfold {face.fold}"
    axes.text(0, 0.68, subject.partition("/")[2], va="bottom", fontsize=11, fontweight="bold")
    axes.text(0, 0.62, lines, va="top", fontsize=10, linespacing=1.4)


def _picture(axes: Axes, picture: ImageArray, title: str) -> None:
    show_picture(axes, picture)
    axes.set_title(title, fontsize=9, pad=3)


def _scale(cells: list[Axes]) -> None:
    """Draw the scale of colours."""
    colours = ScalarMappable(Normalize(0, MAX_INTENSITY), ListedColormap(map_colours() / 255))
    drawn = cells[0].get_figure()
    assert drawn is not None
    bar = drawn.colorbar(colours, ax=cells, fraction=0.02, pad=0.01, aspect=35)
    bar.set_label("Prediction (0–5)")
