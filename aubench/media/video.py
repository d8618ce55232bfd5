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
from aubench.media.video_frame import VideoPicture


class Video:
    """The frames of a video file, in the order of showing, always from the first.

    Use as a context manager.

    Args:
        path: The file.

    Raises:
        AubenchError: If it is missing or holds no video.
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
        """Return how many frames the file says there are; count them if it does not."""
        return self.stream.frames or sum(1 for _ in self)

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
                    raise AubenchError(f"cut off after frame {shown}", mend=_MEND, path=self.path)
                for frame in packet.decode():
                    yield VideoPicture(frame, self.path, converter)
                    shown += 1
        except av.error.FFmpegError as error:
            what = f"cannot be decoded after frame {shown} ({error.strerror})"
            raise AubenchError(what, mend=_MEND, path=self.path) from error


_MEND = "copy the file again from the original"
