"""Where overlays go: a picture, a folder of pictures, or a video."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, Self, cast

import av

from aubench.errors import AubenchError
from aubench.frames import ImageArray
from aubench.predict.inputs import Shot, Source

STILL = (".png", ".jpg", ".jpeg", ".webp")
FILM = (".mp4", ".mkv", ".mov")


class Gallery(Protocol):
    """Takes drawings one by one; a context manager."""

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None: ...

    def add(self, shot: Shot, drawing: ImageArray) -> None:
        """Keep the drawing of ``shot``."""
        ...


def open_gallery(path: Path, source: Source) -> Gallery:
    """What fits ``source``.

    Raises:
        AubenchError: If ``path`` has an ending that does not fit, or is in the way.
    """
    if source.is_video:
        _expect(path, FILM, "a video")
        return Film(path, source)
    if source.is_folder:
        if path.is_file():
            raise AubenchError("is a file", mend="name a folder for the pictures", path=path)
        return Stills(path, path)
    _expect(path, STILL, "a picture")
    return Stills(path, None)


def _expect(path: Path, endings: tuple[str, ...], what: str) -> None:
    if path.suffix.lower() not in endings:
        mend = f"give a file that ends in {', '.join(endings)}"
        raise AubenchError(f"the overlay of {what} is {what}", mend=mend, path=path)


class Stills:
    """Picture files.

    Args:
        path: The file of the one picture.
        folder: Where pictures go under their own names; None if there is only one.
    """

    def __init__(self, path: Path, folder: Path | None) -> None:
        self.path, self.folder = path, folder

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        pass

    def add(self, shot: Shot, drawing: ImageArray) -> None:
        """Write it."""
        from PIL import Image

        path = self.path if self.folder is None else self.folder / f"{Path(shot.file).stem}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(drawing).save(path, quality=92)


class Film:
    """A video: H.264 where PyAV has it, else MPEG-4. It gets its name when it is whole.

    Args:
        path: The file.
        source: Gives the frame rate.
    """

    def __init__(self, path: Path, source: Source) -> None:
        self.path, self.rate = path, source.rate
        self.temporary = path.with_name(f"{path.stem}.partial{path.suffix}")

    def __enter__(self) -> Self:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        codec = "libx264" if "libx264" in av.codecs_available else "mpeg4"
        self.container = av.open(str(self.temporary), "w")
        self.stream = cast(av.VideoStream, self.container.add_stream(codec, rate=self.rate))
        self.stream.pix_fmt = "yuv420p"
        if codec == "libx264":
            self.stream.options = {"crf": "18"}
        else:
            self.stream.bit_rate = 8_000_000
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is None and self.stream.codec_context.is_open:
            self.container.mux(self.stream.encode())
        self.container.close()
        if kind is None:
            self.temporary.replace(self.path)
        else:
            self.temporary.unlink(missing_ok=True)

    def add(self, shot: Shot, drawing: ImageArray) -> None:
        """Encode it."""
        del shot
        if not self.stream.codec_context.is_open:
            self.stream.height, self.stream.width = drawing.shape[:2]
        frame = av.VideoFrame.from_ndarray(drawing, format="rgb24")
        self.container.mux(self.stream.encode(frame))
