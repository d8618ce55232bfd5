"""Video files of synthetic faces."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import av
from av.video.reformatter import VideoReformatter

from aubench.synthetic.render.raster import Bytes

_REFORMATTER = VideoReformatter()
"""Kept, because to set one up takes longer than to use it."""


def write_video(path: Path, pictures: Iterable[Bytes], size: tuple[int, int], rate: int) -> None:
    """Encode pictures as MPEG-4 at high quality; the same pictures give the same bytes.

    Args:
        path: Its ending says which container.
        pictures: (height, width, 3) uint8 RGB each. Where an array follows itself, the picture is
            held, which costs next to nothing.
        size: Width and height in pixels, even.
        rate: Frames a second.

    Raises:
        OSError: If the disk is full or the like.
    """
    shown = frame = None
    try:
        with av.open(str(path), "w") as container:
            stream = container.add_stream("mpeg4", rate=rate)
            stream.width, stream.height = size
            stream.pix_fmt = "yuv420p"
            stream.codec_context.qmin, stream.codec_context.qmax = 2, 3
            stream.codec_context.bit_rate = 40_000_000
            stream.codec_context.thread_count = 1
            for count, picture in enumerate(pictures):
                if frame is None or picture is not shown:
                    shown = picture
                    whole = av.VideoFrame.from_ndarray(picture, format="rgb24")
                    frame = _REFORMATTER.reformat(whole, format="yuv420p")
                frame.pts = count
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
    except av.error.OSError as error:  # PyAV's own kind does not survive a worker process
        raise OSError(error.errno, error.strerror, str(path)) from error
