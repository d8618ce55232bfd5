"""From shots to a sheet and a gallery, a few at a time: a video may be of any length."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from aubench.predict.csv_writer import Sheet
from aubench.predict.faces import Face, as_frames
from aubench.predict.inputs import Shot
from aubench.predict.outputs import Gallery
from aubench.predict.overlay import Overlay, Shown
from aubench.predict.trained import Trained

AT_A_TIME = 32
"""Shots in memory."""


def predict_all(
    trained: Trained,
    shots: Iterable[Shot],
    crop: Callable[[Shot], Face | None],
    sheet: Sheet,
    picture: tuple[Overlay, Gallery] | None,
) -> tuple[int, int]:
    """Predict, write and draw every shot.

    Args:
        trained: Predicts.
        shots: In order.
        crop: Finds the face in a shot.
        sheet: Gets a row a shot.
        picture: What draws, and where drawings go, if they are wanted.

    Returns:
        Number of shots, and how many of them had a face.
    """
    total = seen = 0
    for group in _groups(shots):
        faces = [crop(shot) for shot in group]
        results = _results(trained, group, faces, maps=picture is not None and picture[0].maps)
        for shot, shown in zip(group, results, strict=True):
            sheet.add(shot, shown.values)
            if picture is not None:
                overlay, gallery = picture
                gallery.add(shot, overlay.draw(shot, shown))
        total += len(group)
        seen += sum(face is not None for face in faces)
    return total, seen


def has_maps(trained: Trained, face: Face) -> bool:
    """Can the method show where it looks? Tried out on ``face``."""
    return trained.heat_maps(as_frames([face], [1])) is not None


def _groups(shots: Iterable[Shot]) -> Iterator[list[Shot]]:
    waiting = iter(shots)
    while group := list(islice(waiting, AT_A_TIME)):
        yield group


def _results(
    trained: Trained, shots: list[Shot], faces: list[Face | None], maps: bool
) -> Iterator[Shown]:
    """What is known of each shot."""
    found = [(shot, face) for shot, face in zip(shots, faces, strict=True) if face is not None]
    if found:
        frames = as_frames([face for _, face in found], [shot.frame for shot, _ in found])
        values = trained.values(frames)
        heat = trained.heat_maps(frames) if maps else None
    place = 0
    for face in faces:
        if face is None:
            yield Shown()
            continue
        yield Shown(
            face,
            values[place],
            heat.maps[place] if heat else None,
            heat.pictures[place] if heat else None,
        )
        place += 1
