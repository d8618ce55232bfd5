"""The pictures of a recording: a folder of numbered stills, or a video."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from aubench.errors import AubenchError
from aubench.frames import IntArray
from aubench.io.folders import entries
from aubench.media.image import RawPicture, Still
from aubench.media.stills import read_still, still_size

_PICTURE = re.compile(r"([0-9]{1,9})\.(?:jpe?g|png)", re.IGNORECASE)


class Footage(Protocol):
    """The pictures of a recording's N coded frames, in the order of frames."""

    @property
    def path(self) -> Path:
        """The folder or file, for messages."""
        ...

    @property
    def frames(self) -> IntArray:
        """(N,) numbers in the label files."""
        ...

    @property
    def numbers(self) -> IntArray:
        """(N,) numbers in the names of pictures, and of files beside them."""
        ...

    @property
    def places(self) -> IntArray:
        """(N,) positions among all pictures of the recording in the order of time, from 0."""
        ...

    @property
    def alphabetical(self) -> IntArray:
        """(N,) the same in the order of names, in which tools go through a folder of pictures."""
        ...

    @property
    def length(self) -> int:
        """How many pictures the recording has in all."""
        ...

    def size(self) -> tuple[int, int]:
        """Width and height of the pictures."""
        ...

    def check(self) -> None:
        """Look for what can be wrong without decoding a picture.

        Raises:
            AubenchError: If there are fewer pictures, or more, than there should be.
        """
        ...

    def images(self) -> Iterator[RawPicture]:
        """The N pictures one at a time.

        Raises:
            AubenchError: If one cannot be read, or there are fewer or more than there should be.
        """
        ...


@dataclass(frozen=True)
class Stills:
    """Pictures named by their number with any zero padding.

    Attributes:
        path: The folder.
        pictures: Number → file, of all pictures of the recording, ascending.
        frames: (N,) numbers of the coded frames.
        offset: Number of a picture minus number of its frame.
    """

    path: Path
    pictures: dict[int, Path]
    frames: IntArray
    offset: int = 0

    @property
    def numbers(self) -> IntArray:
        """See `Footage.numbers`."""
        return self.frames + self.offset

    @property
    def places(self) -> IntArray:
        """See `Footage.places`."""
        return np.searchsorted(np.array(list(self.pictures)), self.numbers)

    @property
    def alphabetical(self) -> IntArray:
        """See `Footage.alphabetical`."""
        names = [path.name for path in self.pictures.values()]
        rank = np.empty(len(names), dtype=np.int64)
        rank[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
        return rank[self.places]

    @property
    def length(self) -> int:
        """See `Footage.length`."""
        return len(self.pictures)

    def size(self) -> tuple[int, int]:
        """That of the first coded picture."""
        return still_size(self.pictures[int(self.numbers[0])])

    def check(self) -> None:
        """See `Footage.check`."""
        lost = [number for number in self.numbers.tolist() if number not in self.pictures]
        if lost:
            more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
            raise AubenchError(
                f"no picture {lost[0]} of frame {lost[0] - self.offset}{more}",
                mend="put back the pictures, or name another --set picture_offset",
                path=self.path,
            )

    def images(self) -> Iterator[RawPicture]:
        """See `Footage.images`."""
        for number in self.numbers.tolist():
            yield Still(read_still(self.pictures[number]))


def find_stills(folder: Path) -> dict[int, Path]:
    """Number → picture of a folder, ascending.

    Raises:
        AubenchError: If two names mean one number, as ``7.jpg`` and ``0007.jpg`` do.
    """
    found: dict[int, Path] = {}
    for entry in entries(folder):
        match = _PICTURE.fullmatch(entry.name)
        if match and found.setdefault(int(match[1]), Path(entry.path)) != Path(entry.path):
            raise AubenchError(
                f"is number {int(match[1])}, as {found[int(match[1])].name} is",
                mend="keep one of the two",
                path=entry.path,
            )
    return dict(sorted(found.items()))


@dataclass(frozen=True)
class Film:
    """A video of which every frame is coded.

    Attributes:
        path: The video.
        frames: (N,) numbers of the frames.
    """

    path: Path
    frames: IntArray

    @property
    def numbers(self) -> IntArray:
        """See `Footage.numbers`; a video has no other."""
        return self.frames

    @property
    def places(self) -> IntArray:
        """See `Footage.places`."""
        return np.arange(len(self.frames))

    @property
    def alphabetical(self) -> IntArray:
        """See `Footage.alphabetical`; a video has one order only."""
        return self.places

    @property
    def length(self) -> int:
        """See `Footage.length`."""
        return len(self.frames)

    def size(self) -> tuple[int, int]:
        """See `Footage.size`."""
        from aubench.media.video import Video

        with Video(self.path) as video:
            return video.width, video.height

    def check(self) -> None:
        """See `Footage.check`; counted only where the video says another number of itself."""
        from aubench.media.video import Video

        with Video(self.path) as video:
            if video.stream.frames not in (0, self.length):
                shown = sum(1 for _ in video.pictures())
                if shown != self.length:
                    raise self._unequal(f"{shown} frames, but {self.length} are coded")

    def images(self) -> Iterator[RawPicture]:
        """See `Footage.images`."""
        from aubench.media.video import Video

        shown = 0
        with Video(self.path) as video:
            for shown, image in enumerate(video.pictures(), start=1):
                if shown > self.length:
                    raise self._unequal(f"more frames than the {self.length} that are coded")
                yield image
        if shown < self.length:
            raise self._unequal(f"{shown} frames, but {self.length} are coded")

    def _unequal(self, what: str) -> AubenchError:
        return AubenchError(
            what, mend="put back the video and the label files of one release", path=self.path
        )
