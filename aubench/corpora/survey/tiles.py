"""Tiles of a contact sheet: faces with their landmarks drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from aubench.corpora.crops import Matrix, transform, warp
from aubench.corpora.survey.finding import Notebook
from aubench.corpora.survey.landmarks import Suspicion
from aubench.corpora.survey.recording import BoolArray, Recording
from aubench.errors import AubenchError
from aubench.frames import FloatArray, ImageArray

SIZE = 200
"""Width and height of a tile in pixels."""

QUALITY = 82
"""Of a tile as JPEG."""

MARGIN = 0.35
"""Around a face, in sides of its box: somewhat more than a crop, to see what it would cut off."""

PER_SUSPICION = 2
"""Tiles of a suspicion, of one subject."""

PLAIN = (88, 214, 141)
LEFT_EYE = (255, 196, 0)
ODD = (255, 92, 92)
"""Colours of landmarks: most, the image-left eye and brow (they tell a mirrored face), and those
of a frame that arouses suspicion."""

_OUTLINES = (
    (range(17), False),
    (range(17, 22), False),
    (range(22, 27), False),
    (range(27, 31), False),
    (range(31, 36), False),
    (range(36, 42), True),
    (range(42, 48), True),
    (range(48, 60), True),
    (range(60, 68), True),
)
"""Which of the 68 points are joined by lines, and whether the line closes."""


@dataclass(frozen=True)
class Tile:
    """One face.

    Attributes:
        subject: Subject key.
        session: The corpus's own name of the recording.
        view: 0 where the corpus has one view only.
        frame: Its number.
        suspicion: What is odd about its landmarks; None if nothing is.
        logged: Whether the corpus's own error log lists the frame.
        jpeg: The picture.
    """

    subject: str
    session: str
    view: int
    frame: int
    suspicion: Suspicion | None
    logged: bool
    jpeg: bytes


def draw_tiles(
    recording: Recording,
    subject: str,
    doubts: dict[Suspicion, BoolArray],
    drawn: Counter[Suspicion | None],
    notebook: Notebook,
) -> Iterator[Tile]:
    """Some frames of each suspicion, and one that arouses none.

    A picture that cannot be decoded is a fault.

    Args:
        recording: Where the frames are.
        subject: Subject key.
        doubts: Suspicion → (N,) which frames arouse it.
        drawn: How many tiles the subject has already; counted on.
        notebook: Where to note faults.
    """
    if recording.footage is None:
        return
    chosen = _choose(recording, doubts, drawn)
    drawn.update(chosen.values())
    if not chosen:
        return
    places = {int(recording.rows[place]): place for place in chosen}
    try:
        for row, image in recording.footage.read(places):
            place = places[row]
            yield Tile(
                subject,
                recording.session,
                recording.view,
                int(recording.frames[place]),
                chosen[place],
                bool(recording.logged[place]),
                _draw(image, recording.landmarks[place], chosen[place] is not None),
            )
    except AubenchError as error:
        notebook.fault(error)


def _choose(
    recording: Recording,
    doubts: dict[Suspicion, BoolArray],
    drawn: Counter[Suspicion | None],
) -> dict[int, Suspicion | None]:
    """Places in the recording → why they are shown."""
    pictured = recording.rows >= 0
    chosen: dict[int, Suspicion | None] = {}
    for suspicion, frames in doubts.items():
        places = np.flatnonzero(frames & pictured)
        for place in _spread(places, PER_SUSPICION - drawn[suspicion]):
            chosen.setdefault(place, suspicion)
    calm = np.flatnonzero(pictured & ~np.logical_or.reduce(list(doubts.values())))
    for place in _spread(calm, 1 - drawn[None]):
        chosen[place] = None
    return chosen


def _spread(places: np.ndarray[tuple[int, ...], np.dtype[np.intp]], most: int) -> list[int]:
    """At most so many of ``places``, evenly spread, not the first and last."""
    if len(places) <= most:
        return [int(place) for place in places]
    return [int(places[(2 * i + 1) * len(places) // (2 * most)]) for i in range(most)]


def _draw(image: ImageArray, points: FloatArray, odd: bool) -> bytes:
    """The face in a square, its landmarks drawn, as JPEG."""
    matrix = _square(image, points)
    canvas = warp(image, matrix, SIZE)
    moved = transform(points, matrix)
    for outline, closed in _OUTLINES:
        part = moved[list(outline)]
        whole = bool(np.isfinite(part).all()) and bool((np.abs(part) < 10 * SIZE).all())
        eye = outline.start in (17, 36)
        colour = LEFT_EYE if eye else ODD if odd else PLAIN
        if whole:
            line = np.round(part * 16).astype(np.int32)
            cv2.polylines(canvas, [line], closed, colour, 1, cv2.LINE_AA, shift=4)
        for x, y in part[np.isfinite(part).all(axis=1) & (np.abs(part) < 10 * SIZE).all(axis=1)]:
            centre = (round(float(x) * 16), round(float(y) * 16))
            cv2.circle(canvas, centre, 24, colour, cv2.FILLED, cv2.LINE_AA, shift=4)
    bgr = cv2.cvtColor(canvas, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()


def _square(image: ImageArray, points: FloatArray) -> Matrix:
    """(2, 3) the map that shows the face, or all of the picture where no face is known."""
    height, width = image.shape[:2]
    low, high = np.array([-0.5, -0.5]), np.array([width - 0.5, height - 0.5])
    if np.isfinite(points).all():
        box = points.min(axis=0).astype(np.float64), points.max(axis=0).astype(np.float64)
        side = float((box[1] - box[0]).max())
        middle = (box[0] + box[1]) / 2
        if side > 8 and (middle > low).all() and (middle < high).all():
            low, high = middle - side * (0.5 + MARGIN), middle + side * (0.5 + MARGIN)
    scale = SIZE / float((high - low).max())
    shift = (SIZE - 1) / 2 - scale * (low + high) / 2
    return np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
