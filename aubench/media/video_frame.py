"""A decoded frame of a video, of which only the parts that are read are converted to RGB."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
import av.error
import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.reformatter import Interpolation, VideoReformatter

from aubench.errors import AubenchError
from aubench.frames import ImageArray
from aubench.media.image import Still, halve

PLANAR = frozenset({"yuv420p", "yuvj420p"})
"""Pixel formats that are cut before they are converted; nearly all videos have one of them."""

STEP = 16
"""Pixels in whose multiples a width is converted: FFmpeg spoils the last columns of others."""

EXACT = Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.BITEXACT
"""FFmpeg's colours without shortcuts that depend on the processor; three times as slow."""


@dataclass(frozen=True)
class VideoPicture:
    """A frame of a video: an `aubench.media.image.RawPicture`.

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

    def whole(self) -> ImageArray:
        """See `RawPicture.whole`."""
        return self._convert(self.frame, "rgba", 4, EXACT)

    def upright(self) -> ImageArray:
        """Return all of it as people see it, turned as the video says: (H, W, 3) uint8 RGB.

        Telephones film upright by turning the video; a corpus's annotations are of pixels as
        stored.
        """
        return np.ascontiguousarray(np.rot90(self.rgb(), round(self.frame.rotation / 90)))

    def part(
        self, left: int, top: int, right: int, bottom: int, *, halved: bool = False
    ) -> ImageArray:
        """See `RawPicture.part`: the same bytes as in `rgb`, unless halved.

        Halved, it is what the video would be at half its size: brightness and colours, of which
        there is one for four pixels, are halved each, before they are converted.
        """
        if self.frame.format.name not in PLANAR or self.width % 4 or self.height % 4:
            return Still(self.rgb()).part(left, top, right, bottom, halved=halved)
        times = 2 if halved else 1
        grid = 2 * times
        x, y = left // grid * grid, top // grid * grid
        width = -(-(right - x) // times // STEP) * STEP
        height = -(-(bottom - y) // grid) * 2
        if (x, y, width, height) == (0, 0, self.width, self.height):
            cut = self.frame
        else:
            cut = self._cut(x, y, width, height, times)
        part = self._convert(cut, "rgba", 4)
        return part[(top - y) // times :, (left - x) // times :][
            : (bottom - top) // times, : (right - left) // times
        ]

    def _cut(self, x: int, y: int, width: int, height: int, times: int) -> VideoFrame:
        """Return the part from ``x``, ``y`` on as a frame of its own, whole or halved.

        What lies outside the frame is anything.
        """
        cut = VideoFrame(width, height, self.frame.format.name)
        cut.colorspace, cut.color_range = self.frame.colorspace, self.frame.color_range
        for plane, (source, target) in enumerate(zip(self.frame.planes, cut.planes, strict=True)):
            colour = 2 if plane else 1  # colours come in half the size
            wanted = _pixels(target)
            rows, columns = (times * length for length in wanted.shape[:2])
            found = _pixels(source)[y // colour :, x // colour :][:rows, :columns]
            inner = wanted[: found.shape[0] // times, : found.shape[1] // times]
            inner[:] = halve(found)[..., None] if times > 1 else found
        return cut

    def _convert(
        self, frame: VideoFrame, form: str, channels: int, how: Interpolation | None = None
    ) -> ImageArray:
        """Convert a frame to (H, W, channels) uint8."""
        try:
            made = self.converter.reformat(frame, format=form, interpolation=how, threads=1)
        except av.error.FFmpegError as error:
            what = f"cannot be converted to RGB ({error.strerror})"
            raise AubenchError(what, mend="copy the file again", path=self.path) from error
        return _pixels(made.planes[0], channels)


def _pixels(plane: VideoPlane, channels: int = 1) -> ImageArray:
    """Return a view of a plane: (H, W, channels) uint8."""
    rows: ImageArray = np.ndarray((plane.height, plane.line_size), np.uint8, memoryview(plane))
    return rows[:, : plane.width * channels].reshape(plane.height, plane.width, channels)
