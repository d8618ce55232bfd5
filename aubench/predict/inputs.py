"""What is predicted on: a picture, a folder of pictures, or a video, frame by frame."""

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
class Shot:
    """One picture.

    Attributes:
        frame: Its number, from 1: in a video, in a folder sorted by name.
        file: Name of its file; empty for a frame of a video.
        picture: (H, W, 3) uint8 RGB.
    """

    frame: int
    file: str
    picture: ImageArray


@dataclass(frozen=True)
class Source:
    """Where shots come from.

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
        """Frames a second of a video; 25 where it does not say."""
        with Video(self.path) as video:
            return video.stream.average_rate or Fraction(25)

    def __iter__(self) -> Iterator[Shot]:
        """Every shot, in order."""
        if self.is_video:
            with Video(self.path) as video:
                for frame, picture in enumerate(video, start=1):
                    yield Shot(frame, "", picture)
            return
        for frame, file in enumerate(self.files, start=1):
            yield Shot(frame, file.name, read_still(file))


def find_source(path: Path) -> Source:
    """What ``path`` is.

    Raises:
        AubenchError: If there is no such thing, or a folder holds no picture.
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
        return Source(path, tuple(found))
    return Source(path, (path,) if path.suffix.lower() in PICTURES else ())
