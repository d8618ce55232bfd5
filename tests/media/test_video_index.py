"""Some frames of a video, read without all that come before."""

from pathlib import Path

import av
import numpy as np
import pytest

from aubench.media.video import Video
from aubench.media.video_index import VideoIndex

WIDTH, HEIGHT = 96, 72


@pytest.mark.parametrize(
    ("codec", "ending"), [("mpeg4", "avi"), ("libx264", "mp4"), ("libx264", "avi")]
)
def test_some_frames_of_a_video_are_those_of_one_pass(
    tmp_path: Path, codec: str, ending: str
) -> None:
    path = tmp_path / f"video.{ending}"
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=20)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for frame in range(60):
            image = np.full((HEIGHT, WIDTH, 3), 10 + 4 * frame, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())
    with Video(path) as video:
        whole = list(video)
    index = VideoIndex(path)
    assert index.count == len(whole) == 60
    for rows in ([59], [0, 31, 32, 58]):
        read = dict(index.read(rows))
        assert list(read) == rows
        for row, image in read.items():
            np.testing.assert_array_equal(image, whole[row])
