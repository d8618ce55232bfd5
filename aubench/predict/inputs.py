"""The input of a prediction: a picture, a folder of pictures, or a video, frame by frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from aubench.errors import AubenchError
from aubench.frames import ImageArray
from aubench.media.stills import read_still
from aubench.media.video import Video

PICTURES = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})
"""Endings of picture files, in lower case; any other file is taken for a video."""


@dataclass(frozen=True)
class InputFrame:
    """One picture of the input.

    Attributes:
        number: Its place, from 1: in a video, or in a folder sorted by name.
        file: Name of its file; empty for a frame of a video.
        picture: (H, W, 3) uint8 RGB, turned as its EXIF orientation or its video says.
    """

    number: int
    file: str
    picture: ImageArray


@dataclass(frozen=True)
class InputSource:
    """What the user wants predicted.

    Attributes:
        path: The picture, folder or video.
        files: Picture files in order; empty for a video.
    """

    path: Path
    files: tuple[Path, ...] = ()

    @property
    def is_folder(self) -> bool:
        """True for a folder of pictures."""
        return self.path.is_dir()

    @property
    def is_video(self) -> bool:
        """True for a video."""
        return not self.files

    @property
    def rate(self) -> Fraction:
        """Frames per second of a video; 25 if the video does not say."""
        with Video(self.path) as video:
            return video.stream.average_rate or Fraction(25)

    def __iter__(self) -> Iterator[InputFrame]:
        """Every picture as people see it, in order."""
        if self.is_video:
            with Video(self.path) as video:
                for number, shown in enumerate(video.pictures(), start=1):
                    yield InputFrame(number, "", shown.upright())
            return
        for number, file in enumerate(self.files, start=1):
            yield InputFrame(number, file.name, read_still(file, upright=True))


def find_input(path: Path) -> InputSource:
    """The input in ``path``, with its pictures in order.

    Raises:
        AubenchError: If the path does not exist, or a folder holds no picture.
    """
    if not path.exists():
        raise AubenchError("no such file", mend="name a picture, a folder or a video", path=path)
    if path.is_dir():
        found = sorted(file for file in path.iterdir() if file.suffix.lower() in PICTURES)
        if not found:
            raise AubenchError(
                "no picture in this folder",
                mend=f"pictures end in {', '.join(sorted(PICTURES))}",
                path=path,
            )
        return InputSource(path, tuple(found))
    return InputSource(path, (path,) if path.suffix.lower() in PICTURES else ())
