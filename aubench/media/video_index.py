"""Random access to the frames of a video, by the times at which they are shown."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cached_property
from pathlib import Path

import av.error
import numpy as np

from aubench.frames import ImageArray
from aubench.media.video import Video


class VideoIndex:
    """The frames of a video file, counted from 0 in the order of showing.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def count(self) -> int:
        """How many frames there are: as many as packets of video, to the end of the file.

        Raises:
            AubenchError: If the file is cut off, or no video.
        """
        return len(self._times)

    def read(self, rows: Collection[int]) -> Iterator[tuple[int, ImageArray]]:
        """Yield some frames with their numbers, ascending; (H, W, 3) uint8 RGB.

        Decodes from the key frame before each, or in one pass where that is not exact.

        Raises:
            AubenchError: If one cannot be decoded.
        """
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
        """Times at which frames are shown, in the stream's own unit, ascending."""
        with Video(self.path) as video:
            return sorted(video.times())

    @cached_property
    def _seekable(self) -> bool:
        """Whether times are exact; an AVI does not hold them where B-frames change the order."""
        with Video(self.path) as video:
            avi = "avi" in video.container.format.name
            return not (avi and video.stream.codec_context.has_b_frames)

    def _seek(self, row: int) -> ImageArray | None:
        """Decode one frame; None if none comes at its time."""
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
