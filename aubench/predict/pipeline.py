"""From input frames to CSV rows and drawings, some at a time: a video may be of any length."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from aubench.media.stills import LARGEST
from aubench.predict.csv_writer import CsvWriter
from aubench.predict.faces import CroppedFace, as_frames
from aubench.predict.inputs import InputFrame
from aubench.predict.outputs import DrawingWriter
from aubench.predict.overlay import Estimate, Overlay
from aubench.predict.trained import Trained

GROUP = 32
"""Most input frames in memory at one time; fewer of large ones."""


def predict_all(
    trained: Trained,
    source: Iterable[InputFrame],
    crop: Callable[[InputFrame], CroppedFace | None],
    table: CsvWriter,
    drawing: tuple[Overlay, DrawingWriter] | None,
) -> tuple[int, int]:
    """Predict, write and draw every input frame.

    Args:
        trained: Predicts.
        source: Input frames in order.
        crop: Finds the face in a frame.
        table: Gets one row per frame.
        drawing: Draws overlays, and writes them; None for no overlays.

    Returns:
        Number of frames, and how many of them had a face.
    """
    total = seen = 0
    for group in _groups(source):
        faces = [crop(frame) for frame in group]
        estimates = _estimates(trained, group, faces, maps=drawing is not None and drawing[0].maps)
        for frame, estimate in zip(group, estimates, strict=True):
            table.add(frame, estimate.values)
            if drawing is not None:
                overlay, write = drawing
                write(frame, overlay.draw(frame, estimate))
        total += len(group)
        seen += sum(face is not None for face in faces)
    return total, seen


def has_maps(trained: Trained, face: CroppedFace) -> bool:
    """Return whether the method gives heat maps, by trying it on ``face``."""
    return trained.heat_maps(as_frames([face], [1])) is not None


def _groups(source: Iterable[InputFrame]) -> Iterator[list[InputFrame]]:
    """Yield frames some at a time: `GROUP`, or as many as reach the pixels of one largest still."""
    group: list[InputFrame] = []
    pixels = 0
    for frame in source:
        group.append(frame)
        pixels += frame.picture.shape[0] * frame.picture.shape[1]
        if len(group) == GROUP or pixels >= LARGEST:
            yield group
            group, pixels = [], 0
    if group:
        yield group


def _estimates(
    trained: Trained, group: list[InputFrame], faces: list[CroppedFace | None], maps: bool
) -> Iterator[Estimate]:
    """The estimate of each frame; empty for a frame without a face."""
    found = [(frame, face) for frame, face in zip(group, faces, strict=True) if face is not None]
    if found:
        batch = as_frames([face for _, face in found], [frame.number for frame, _ in found])
        values = trained.values(batch)
        heat = trained.heat_maps(batch) if maps else None
    place = 0
    for face in faces:
        if face is None:
            yield Estimate()
            continue
        yield Estimate(
            face,
            values[place],
            heat.maps[place] if heat else None,
            heat.pictures[place] if heat else None,
        )
        place += 1
