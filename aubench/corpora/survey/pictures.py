"""Pictures of a recording, some of them at a time: a film, still pictures, or a reader's frames."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from pathlib import Path

import av.error
import numpy as np

from aubench.corpora.corpus import Corpus
from aubench.errors import AubenchError
from aubench.frames import ImageArray
from aubench.media.stills import read_still
from aubench.media.video import Video


class Footage(ABC):
    """Pictures in order, counted from 0."""

    @property
    @abstractmethod
    def count(self) -> int:
        """How many there are, found without decoding one.

        Raises:
            AubenchError: If the file is cut off, or none.
        """

    @abstractmethod
    def read(self, rows: Collection[int]) -> Iterator[tuple[int, ImageArray]]:
        """The pictures ``rows`` with their numbers, ascending; (H, W, 3) uint8 RGB.

        Raises:
            AubenchError: If one cannot be decoded.
        """


class Film(Footage):
    """The frames of a video file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def count(self) -> int:
        """As many as there are packets of video, to the end of the file."""
        return len(self._times)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, as the file says."""
        with Video(self.path) as video:
            return video.width, video.height

    def read(self, rows: Collection[int]) -> Iterator[tuple[int, ImageArray]]:
        """Decode from the key frame before each picture, or in one pass where that is not exact."""
        wanted = sorted(set(rows))
        if len(wanted) == self.count or not self._seekable:
            yield from self._pass(set(wanted))
            return
        for row in wanted:
            image = self._seek(row)
            yield from self._pass({row}) if image is None else [(row, image)]

    def _pass(self, rows: set[int]) -> Iterator[tuple[int, ImageArray]]:
        """Decode from the start to the last of ``rows``."""
        last = max(rows, default=-1)
        with Video(self.path) as video:
            for row, picture in enumerate(video.pictures()):
                if row in rows:
                    yield row, picture.rgb()
                if row >= last:
                    return

    @cached_property
    def _times(self) -> list[int]:
        """When each frame is shown, in the stream's own unit, ascending."""
        with Video(self.path) as video:
            times: list[int] = []
            try:
                for packet in video.container.demux(video.stream):
                    if packet.is_corrupt:
                        raise self._cut(len(times))
                    time = packet.dts if packet.pts is None else packet.pts
                    if time is not None:  # the last one is empty: it tells a decoder to finish
                        times.append(time)
            except av.error.FFmpegError as error:
                raise self._cut(len(times)) from error
        return sorted(times)

    @cached_property
    def _seekable(self) -> bool:
        """Do frames come with true times? An AVI does not tell them where B-frames change order."""
        with Video(self.path) as video:
            avi = "avi" in video.container.format.name
            return not (avi and video.stream.codec_context.has_b_frames)

    def _seek(self, row: int) -> ImageArray | None:
        """One frame, unless none comes at its time."""
        time = self._times[row]
        with Video(self.path) as video:
            try:
                video.container.seek(time, stream=video.stream)
                for frame in video.container.decode(video.stream):
                    if frame.pts == time:
                        return np.asarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8)
                    if frame.pts is None or frame.pts > time:
                        break
            except av.error.FFmpegError:
                pass  # a pass from the start says where
        return None

    def _cut(self, shown: int) -> AubenchError:
        return AubenchError(
            f"cut off after frame {shown}",
            mend="copy the file again from the original",
            path=self.path,
        )


class Stills(Footage):
    """Picture files."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = paths

    @property
    def count(self) -> int:
        """As many as there are files."""
        return len(self.paths)

    def read(self, rows: Collection[int]) -> Iterator[tuple[int, ImageArray]]:
        """Decode just these files."""
        for row in sorted(set(rows)):
            yield row, read_still(self.paths[row])


class Walk(Footage):
    """The pictures that a reader gives with its frames: for readers that tell nothing more.

    Args:
        corpus: The reader.
        subject: Subject key.
        places: Which of the subject's frames are of this recording, counted from 0, ascending.
    """

    def __init__(self, corpus: Corpus, subject: str, places: Sequence[int]) -> None:
        self.corpus, self.subject, self.places = corpus, subject, places

    @property
    def count(self) -> int:
        """As many as the reader gave."""
        return len(self.places)

    def read(self, rows: Collection[int]) -> Iterator[tuple[int, ImageArray]]:
        """Go through the frames of the subject again."""
        wanted = {self.places[row]: row for row in sorted(set(rows))}
        for place, frame in enumerate(self.corpus.frames(self.subject)):
            if place in wanted:
                yield wanted.pop(place), frame.image
            if not wanted:
                return
