"""A decoded frame of a video, converted to RGB as far as it is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
import av.error
import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.reformatter import VideoReformatter

from aubench.errors import AubenchError
from aubench.frames import ImageArray

PLANAR = frozenset({"yuv420p", "yuvj420p"})
"""Pixel formats that are cut before they are converted; nearly all videos have one of them."""

STEP = 16
"""Pixels in whose multiples a width is converted: FFmpeg spoils the last columns of others."""


@dataclass(frozen=True)
class VideoPicture:
    """A frame of a video: an `aubench.corpora.raw_picture.RawPicture`.

    Attributes:
        frame: As decoded.
        path: The video.
        converter: Shared by the frames of a video, so that it is set up once.
    """

    frame: VideoFrame
    path: Path
    converter: VideoReformatter

    @property
    def width(self) -> int:
        """See `RawPicture.width`."""
        return self.frame.width

    @property
    def height(self) -> int:
        """See `RawPicture.height`."""
        return self.frame.height

    def rgb(self) -> ImageArray:
        """See `RawPicture.rgb`."""
        return self._convert(self.frame, "rgb24", 3)

    def part(self, left: int, top: int, right: int, bottom: int) -> ImageArray:
        """See `RawPicture.part`: the same bytes as in `rgb`."""
        if self.frame.format.name not in PLANAR or self.height % 2:
            part = cv2.cvtColor(self.rgb()[top:bottom, left:right], cv2.COLOR_RGB2RGBA)
            return np.asarray(part, dtype=np.uint8)
        x, y = left // 2 * 2, top // 2 * 2  # a pixel of colour is two wide and two high
        width, height = -(-(right - x) // STEP) * STEP, -(-(bottom - y) // 2) * 2
        if (x, y, width, height) == (0, 0, self.width, self.height):
            cut = self.frame
        else:
            cut = self._cut(x, y, width, height)
        return self._convert(cut, "rgba", 4)[top - y : bottom - y, left - x : right - x]

    def _cut(self, x: int, y: int, width: int, height: int) -> VideoFrame:
        """The part from ``x``, ``y`` on, both even; what lies outside the frame is anything."""
        cut = VideoFrame(width, height, self.frame.format.name)
        cut.colorspace, cut.color_range = self.frame.colorspace, self.frame.color_range
        for plane, (source, target) in enumerate(zip(self.frame.planes, cut.planes, strict=True)):
            half = 2 if plane else 1  # colours come in half the size
            found, wanted = _pixels(source)[y // half :, x // half :], _pixels(target)
            rows, columns = np.minimum(found.shape, wanted.shape)[:2]
            wanted[:rows, :columns] = found[:rows, :columns]
        return cut

    def _convert(self, frame: VideoFrame, form: str, channels: int) -> ImageArray:
        """A frame as (H, W, channels) uint8."""
        try:
            made = self.converter.reformat(frame, format=form, threads=1)
        except av.error.FFmpegError as error:
            what = f"cannot be converted to RGB ({error.strerror})"
            raise AubenchError(what, mend="copy the file again", path=self.path) from error
        return _pixels(made.planes[0], channels)


def _pixels(plane: VideoPlane, channels: int = 1) -> ImageArray:
    """A view of a plane: (H, W, channels) uint8."""
    rows: ImageArray = np.ndarray((plane.height, plane.line_size), np.uint8, memoryview(plane))
    return rows[:, : plane.width * channels].reshape(plane.height, plane.width, channels)
