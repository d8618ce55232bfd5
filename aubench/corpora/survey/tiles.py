"""Tiles of a contact sheet: faces with their landmarks drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from aubench.corpora.survey.finding import Notebook
from aubench.corpora.survey.recording import BoolArray, SurveyedRecording
from aubench.corpora.survey.suspicion import Suspicion
from aubench.crops.warp import Matrix, transform, warp
from aubench.errors import AubenchError
from aubench.frames import FloatArray, ImageArray
from aubench.landmarks import BROW_LEFT, EYE_LEFT

Colour = tuple[int, int, int]

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
BEFORE = (190, 190, 190)
"""Colours of landmarks: most, the image-left eye and brow (they tell a mirrored face), those of a
frame that arouses suspicion, and those of the frame before it."""

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
    """One face on a contact sheet.

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
    recording: SurveyedRecording,
    subject: str,
    doubts: dict[Suspicion, BoolArray],
    drawn: Counter[Suspicion | None],
    notebook: Notebook,
) -> Iterator[Tile]:
    """Yield tiles of some frames of each suspicion, and of one that arouses none.

    A picture that cannot be decoded is a fault.

    Args:
        recording: Where the frames are.
        subject: Subject key.
        doubts: Suspicion → (N,) which frames arouse it.
        drawn: How many tiles the subject has already; counted on.
        notebook: Where to note faults.
    """
    if recording.pictures is None:
        return
    chosen = _choose(recording, doubts, drawn)
    drawn.update(chosen.values())
    if not chosen:
        return
    places = {int(recording.rows[place]): place for place in chosen}
    try:
        for row, image in recording.pictures.read(places):
            place = places[row]
            yield Tile(
                subject,
                recording.session,
                recording.view,
                int(recording.frames[place]),
                chosen[place],
                bool(recording.logged[place]),
                _draw(image, recording.landmarks[place], _before(recording, place, chosen)),
            )
    except AubenchError as error:
        notebook.fault(error)


def _choose(
    recording: SurveyedRecording,
    doubts: dict[Suspicion, BoolArray],
    drawn: Counter[Suspicion | None],
) -> dict[int, Suspicion | None]:
    """Choose frames: place in the recording → why it is shown."""
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
    """Return at most ``most`` of ``places``, evenly spread, without the first and last."""
    if len(places) <= most:
        return [int(place) for place in places]
    return [int(places[(2 * i + 1) * len(places) // (2 * most)]) for i in range(most)]


def _before(
    recording: SurveyedRecording, place: int, chosen: Mapping[int, Suspicion | None]
) -> FloatArray | None:
    """Return (68, 2) landmarks of the last frame before that has any; None without suspicion."""
    if chosen[place] is None:
        return None
    known = np.isfinite(recording.landmarks[:place]).all(axis=(1, 2))
    known &= np.ptp(recording.landmarks[:place], axis=1).min(axis=1) > 1
    places = np.flatnonzero(known)
    nowhere = np.full((68, 2), np.nan, dtype=np.float32)
    return recording.landmarks[places[-1]] if len(places) else nowhere


def _draw(image: ImageArray, points: FloatArray, before: FloatArray | None) -> bytes:
    """Draw the face in a square with its landmarks; return it as JPEG.

    Args:
        image: (H, W, 3) uint8 RGB.
        points: (68, 2) pixels.
        before: (68, 2) those of the frame before; None if ``points`` arouse no suspicion.
    """
    matrix = _square(image, [points] if before is None else [points, before])
    canvas = warp(image, matrix, SIZE)
    if before is None:
        _outline(canvas, transform(points, matrix), PLAIN, LEFT_EYE)
    else:
        _outline(canvas, transform(before, matrix), BEFORE, BEFORE)
        _outline(canvas, transform(points, matrix), ODD, LEFT_EYE)
    bgr = cv2.cvtColor(canvas, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()


def _outline(canvas: ImageArray, points: FloatArray, colour: Colour, eye: Colour) -> None:
    """Draw those of the (68, 2) points that are anywhere near the tile, joined where all are."""
    near = np.abs(np.nan_to_num(points, nan=np.inf)).max(axis=1) < 10 * SIZE
    for outline, closed in _OUTLINES:
        shade = eye if outline.start in (BROW_LEFT.start, EYE_LEFT.start) else colour
        part = np.round(points[list(outline)][near[list(outline)]] * 16).astype(np.int32)
        if len(part) == len(outline):
            cv2.polylines(canvas, [part], closed, shade, 1, cv2.LINE_AA, shift=4)
        for x, y in part.tolist():
            cv2.circle(canvas, (x, y), 22, shade, cv2.FILLED, cv2.LINE_AA, shift=4)


def _square(image: ImageArray, faces: Sequence[FloatArray]) -> Matrix:
    """Return the (2, 3) map that shows ``faces``, or all of the picture where none is inside."""
    size = np.array(image.shape[1::-1], dtype=np.float64)
    boxes = [np.stack([face.min(axis=0), face.max(axis=0)]) for face in map(_finite, faces)]
    inside = [
        box
        for box in boxes
        if (np.ptp(box, axis=0) > 1).all()
        and (box.mean(axis=0) > 0).all()
        and (box.mean(axis=0) < size).all()
    ]
    if inside:
        low, high = np.min(inside, axis=(0, 1)), np.max(inside, axis=(0, 1))
        grown = MARGIN * float((high - low).max())
        low, high = low - grown, high + grown
    else:
        low, high = np.array([-0.5, -0.5]), size - 0.5
    scale = SIZE / float((high - low).max())
    shift = (SIZE - 1) / 2 - scale * (low + high) / 2
    return np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])


def _finite(points: FloatArray) -> FloatArray:
    """Return the finite points, or else one at the origin."""
    known = points[np.isfinite(points).all(axis=1)]
    return known if len(known) else np.zeros((1, 2), dtype=np.float32)
