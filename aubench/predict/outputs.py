"""Files that overlays are written to: a picture, a folder of pictures, or a video."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from PIL import Image

from aubench.errors import AubenchError
from aubench.frames import ImageArray
from aubench.io.atomic import atomic
from aubench.predict.inputs import InputFrame, InputSource

IMAGE_FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
"""Ending of a picture → its format, as Pillow calls it."""

VIDEO_FORMATS = {".mp4": "mp4", ".mkv": "matroska", ".mov": "mov"}
"""Ending of a video → its container format, as FFmpeg calls it."""

DrawingWriter = Callable[[InputFrame, ImageArray], None]
"""Writes the drawing of a frame, (H, W, 3) uint8 RGB."""


def overlay_files(path: Path, source: InputSource) -> tuple[Path, ...]:
    """The files of the overlays of ``source``: one a picture, in order, or one for a video.

    In a folder they are named after the pictures: ``a.png`` for ``a.jpg``. Where two pictures'
    names differ in their ending alone, all keep theirs: ``a.jpg.png``, ``a.webp.png``.

    Raises:
        AubenchError: If ``path`` has an ending that does not fit, or is in the way.
    """
    if not source.is_folder:
        _expect(path, VIDEO_FORMATS if source.is_video else IMAGE_FORMATS, source.is_video)
        return (path,)
    if path.is_file():
        raise AubenchError("is a file", mend="name a folder for the pictures", path=path)
    if path.exists() and path.samefile(source.path):
        raise AubenchError(
            "holds the pictures: overlays in it would be pictures the next time",
            mend="name another folder for the overlays",
            path=path,
        )
    stems = [file.stem for file in source.files]
    distinct = len({stem.casefold() for stem in stems}) == len(stems)
    names = stems if distinct else [file.name for file in source.files]
    return tuple(path / f"{name}.png" for name in names)


def open_output(
    files: Sequence[Path], source: InputSource
) -> AbstractContextManager[DrawingWriter]:
    """The writer of the overlays of ``source`` to its `overlay_files`."""
    if source.is_video:
        return video_output(files[0], source.rate)
    return image_output(files)


def _expect(path: Path, formats: dict[str, str], video: bool) -> None:
    if path.suffix.lower() not in formats:
        what, mend = (
            "a video" if video else "a picture",
            f"give a file that ends in {', '.join(formats)}",
        )
        raise AubenchError(f"the overlay of {what} is {what}", mend=mend, path=path)


@contextmanager
def image_output(files: Sequence[Path]) -> Iterator[DrawingWriter]:
    """Write the drawing of the n-th frame to the n-th file."""

    def write(frame: InputFrame, drawing: ImageArray) -> None:
        path = files[frame.number - 1]
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic(path) as partial:
            picture = Image.fromarray(drawing)
            picture.save(partial, IMAGE_FORMATS[path.suffix.lower()], quality=92)

    yield write


@contextmanager
def video_output(path: Path, rate: Fraction) -> Iterator[DrawingWriter]:
    """Write all drawings to the video ``path``: H.264 if PyAV has it, else MPEG-4."""
    codec = "libx264" if "libx264" in av.codecs_available else "mpeg4"
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        atomic(path) as partial,
        av.open(str(partial.absolute()), "w", VIDEO_FORMATS[path.suffix.lower()]) as container,
    ):
        stream = cast(av.VideoStream, container.add_stream(codec, rate=rate))
        stream.pix_fmt = "yuv420p"
        if codec == "libx264":
            stream.options = {"crf": "18"}
        else:
            stream.bit_rate = 8_000_000

        def write(_: InputFrame, drawing: ImageArray) -> None:
            if not stream.codec_context.is_open:
                stream.height, stream.width = drawing.shape[:2]
            container.mux(stream.encode(av.VideoFrame.from_ndarray(drawing, format="rgb24")))

        yield write
        if stream.codec_context.is_open:
            container.mux(stream.encode())
