"""The pictures of a recording: a folder of numbered picture files, or a video."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from aubench.errors import AubenchError
from aubench.frames import ImageArray, IntArray
from aubench.media.image import RawPicture, Still
from aubench.media.lengths import unequal_mend
from aubench.media.stills import read_still, still_size

if TYPE_CHECKING:
    from aubench.media.video import Video
    from aubench.media.video_index import VideoIndex


class FrameSequence(Protocol):
    """The pictures of a recording, of which N are of coded frames, in the order of frames."""

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
        """How many pictures the recording should have in all."""
        ...

    def size(self) -> tuple[int, int]:
        """Return width and height of the pictures."""
        ...

    def check(self) -> None:
        """Check all that can be checked without decoding a picture.

        Raises:
            AubenchError: If there are fewer pictures, or more, than there should be.
        """
        ...

    def images(self) -> Iterator[RawPicture]:
        """Yield the N pictures.

        Raises:
            AubenchError: If one cannot be read, or there are fewer or more than there should be.
        """
        ...

    @property
    def count(self) -> int:
        """How many pictures there are in all, found without decoding one.

        Raises:
            AubenchError: If a video is cut off, or none.
        """
        ...

    @property
    def rows(self) -> IntArray:
        """(N,) number of each coded frame's picture for `read`; −1 = it is not there.

        Raises:
            AubenchError: As `count`.
        """
        ...

    def read(self, rows: Collection[int]) -> Iterator[tuple[int, ImageArray]]:
        """Yield some of all pictures with their numbers from 0, ascending; (H, W, 3) uint8 RGB.

        Raises:
            AubenchError: If one cannot be decoded.
        """
        ...


@dataclass(frozen=True)
class ImageSequence:
    """A `FrameSequence` of picture files named by their number with any zero padding.

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
        """See `FrameSequence.numbers`."""
        return self.frames + self.offset

    @property
    def places(self) -> IntArray:
        """See `FrameSequence.places`."""
        return np.searchsorted(np.array(list(self.pictures)), self.numbers)

    @property
    def alphabetical(self) -> IntArray:
        """See `FrameSequence.alphabetical`."""
        names = [path.name for path in self.pictures.values()]
        rank = np.empty(len(names), dtype=np.int64)
        rank[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
        return np.append(rank, len(names))[self.places]  # past the end: a picture that is missing

    @property
    def length(self) -> int:
        """See `FrameSequence.length`; as many as there are files."""
        return len(self.pictures)

    def size(self) -> tuple[int, int]:
        """Return width and height of the first coded picture."""
        return still_size(self.pictures[int(self.numbers[0])])

    def check(self) -> None:
        """See `FrameSequence.check`."""
        lost = [number for number in self.numbers.tolist() if number not in self.pictures]
        if lost:
            more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
            raise AubenchError(
                f"no picture {lost[0]} of frame {lost[0] - self.offset}{more}",
                mend="put back the pictures, or name another --set picture_offset",
                path=self.path,
            )

    def images(self) -> Iterator[RawPicture]:
        """See `FrameSequence.images`."""
        for number in self.numbers.tolist():
            yield Still(read_still(self.pictures[number]))

    @property
    def count(self) -> int:
        """See `FrameSequence.count`."""
        return len(self.pictures)

    @property
    def rows(self) -> IntArray:
        """See `FrameSequence.rows`."""
        row_of = {number: row for row, number in enumerate(self.pictures)}
        return np.array([row_of.get(n, -1) for n in self.numbers.tolist()], dtype=np.int64)

    def read(self, rows: Collection[int]) -> Iterator[tuple[int, ImageArray]]:
        """See `FrameSequence.read`; decodes just these files."""
        paths = list(self.pictures.values())
        for row in sorted(set(rows)):
            yield row, read_still(paths[row])


@dataclass(frozen=True)
class VideoSequence:
    """A `FrameSequence` of a video of which every frame is coded, but perhaps the last ones.

    Attributes:
        path: The video.
        frames: (N,) numbers of the coded frames.
        spare: How many frames without a code follow them.
    """

    path: Path
    frames: IntArray
    spare: int = 0

    @property
    def numbers(self) -> IntArray:
        """See `FrameSequence.numbers`; a video has no other."""
        return self.frames

    @property
    def places(self) -> IntArray:
        """See `FrameSequence.places`."""
        return np.arange(len(self.frames))

    @property
    def alphabetical(self) -> IntArray:
        """See `FrameSequence.alphabetical`; a video has one order only."""
        return self.places

    @property
    def length(self) -> int:
        """See `FrameSequence.length`; as many as are coded, and the spare ones."""
        return len(self.frames) + self.spare

    def size(self) -> tuple[int, int]:
        """See `FrameSequence.size`."""
        with open_video(self.path) as video:
            return video.width, video.height

    def shown(self) -> int:
        """Return how many frames the video shows.

        It is decoded only where the file itself says another number than `length`.
        """
        with open_video(self.path) as video:
            if (video.stream.frames or self.count) == self.length:
                return self.length
            return sum(1 for _ in video.pictures())

    def check(self) -> None:
        """See `FrameSequence.check`."""
        if (shown := self.shown()) != self.length:
            raise self._unequal(shown)

    def images(self) -> Iterator[RawPicture]:
        """See `FrameSequence.images`."""
        shown = 0
        with open_video(self.path) as video:
            for shown, image in enumerate(video.pictures(), start=1):
                if shown <= len(self.frames):
                    yield image
        if shown != self.length:
            raise self._unequal(shown)

    @property
    def count(self) -> int:
        """See `FrameSequence.count`."""
        return self._index.count

    @property
    def rows(self) -> IntArray:
        """See `FrameSequence.rows`."""
        return np.where(self.places < self.count, self.places, -1)

    def read(self, rows: Collection[int]) -> Iterator[tuple[int, ImageArray]]:
        """See `FrameSequence.read`."""
        return self._index.read(rows)

    @cached_property
    def _index(self) -> VideoIndex:
        from aubench.media.video_index import VideoIndex  # noqa: PLC0415  # as in `open_video`

        return VideoIndex(self.path)

    def _unequal(self, shown: int) -> AubenchError:
        what = f"{shown} frames, but {len(self.frames)} are coded"
        return AubenchError(what, mend=unequal_mend(shown, len(self.frames)), path=self.path)


def open_video(path: Path) -> Video:
    """Open a video; for modules that must not import PyAV.

    Raises:
        AubenchError: As `Video`.
    """
    from aubench.media.video import Video  # noqa: PLC0415  # PyAV: start-up of `aubench list`

    return Video(path)
