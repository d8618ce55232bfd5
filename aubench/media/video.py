"""Reading every frame of a video in one pass."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import av.error
from av.video.reformatter import VideoReformatter

from aubench.errors import AubenchError
from aubench.frames import ImageArray
from aubench.io.special import ordinary
from aubench.media.stills import LARGEST
from aubench.media.video_frame import VideoPicture


class Video:
    """The frames of a video file, in the order of showing, always from the first.

    Use as a context manager.

    Args:
        path: The file.

    Raises:
        AubenchError: If it is missing, holds no video, or frames of more than `LARGEST` pixels.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            # absolute, since FFmpeg takes "a:b.mp4" for an address
            self.container = av.open(str(ordinary(path).absolute()))
        except FileNotFoundError as error:
            raise AubenchError("video is missing", mend="put it back", path=path) from error
        except av.error.FFmpegError as error:
            raise AubenchError(f"not a video ({error.strerror})", mend=_MEND, path=path) from error
        if not self.container.streams.video:
            self.container.close()
            raise AubenchError("holds no video", mend=_MEND, path=path)
        self.stream = self.container.streams.video[0]
        try:
            self._limit(self.width, self.height)
        except AubenchError:
            self.container.close()
            raise
        self.stream.codec_context.options = {"max_pixels": str(LARGEST)}  # may change on the way

    def __enter__(self) -> Video:
        return self

    def __exit__(self, *exception: object) -> None:
        self.container.close()

    @property
    def width(self) -> int:
        """Size in pixels."""
        return self.stream.codec_context.width

    @property
    def height(self) -> int:
        """Size in pixels."""
        return self.stream.codec_context.height

    def count(self) -> int:
        """Return how many frames the file holds; the video is over afterwards. See `times`."""
        return sum(1 for _ in self.times())

    def times(self) -> Iterator[int]:
        """Yield when each frame is shown, in the stream's own unit, in the order of the file.

        Nothing is decoded, and the video is over afterwards. There are as many frames as the file
        holds, whatever its header says.

        Raises:
            AubenchError: Where the file is cut off.
        """
        read = 0
        try:
            for packet in self.container.demux(self.stream):
                if packet.is_corrupt:
                    raise self._cut(read)
                time = packet.dts if packet.pts is None else packet.pts
                if time is not None:  # the last one is empty: it tells a decoder to finish
                    yield time
                    read += 1
        except av.error.FFmpegError as error:
            raise self._cut(read) from error

    def __iter__(self) -> Iterator[ImageArray]:
        """Yield each frame as (H, W, 3) uint8 RGB; raises as `pictures` does."""
        return (picture.rgb() for picture in self.pictures())

    def pictures(self) -> Iterator[VideoPicture]:
        """Yield each frame; only the parts that are read from it are converted.

        Raises:
            AubenchError: Where the file is cut off or cannot be decoded.
        """
        shown, converter = 0, VideoReformatter()
        try:
            for packet in self.container.demux(self.stream):
                if packet.is_corrupt:
                    raise self._cut(shown)
                for frame in packet.decode():
                    self._limit(frame.width, frame.height)
                    yield VideoPicture(frame, self.path, converter)
                    shown += 1
        except av.error.FFmpegError as error:
            what = f"cannot be decoded after frame {shown} ({error.strerror})"
            raise AubenchError(what, mend=_MEND, path=self.path) from error

    def _cut(self, shown: int) -> AubenchError:
        return AubenchError(f"cut off after frame {shown}", mend=_MEND, path=self.path)

    def _limit(self, width: int, height: int) -> None:
        """Raise if frames of this size are larger than a still picture may be."""
        if width * height > LARGEST:
            raise AubenchError(
                f"frames of {width}×{height} pixels",
                mend=f"make the video smaller: up to {LARGEST:,} pixels a frame are read",
                path=self.path,
            )


_MEND = "copy the file again from the original"
