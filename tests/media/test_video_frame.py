"""Parts of a video's frames are what FFmpeg makes of the whole, whatever the video."""

from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from aubench.media.image import Still
from aubench.media.video import Video

FORMS = [
    ("mpeg4", "yuv420p", {}),
    ("libx264", "yuv420p", {"colorspace": "1", "color_range": "1"}),
    ("libx264", "yuv420p", {"colorspace": "5", "color_range": "2"}),
    ("libx264", "yuv444p", {}),
    ("mjpeg", "yuvj420p", {}),
    ("ffv1", "bgr0", {}),
]


def write(
    path: Path, codec: str, form: str, size: tuple[int, int], colours: dict[str, str]
) -> None:
    """Three frames of noise whose colours change more slowly than its brightness, as in faces."""
    rng = np.random.default_rng(0)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = *size, form
        for name, value in colours.items():
            setattr(stream.codec_context, name, int(value))
        for _ in range(3):
            light = cv2.GaussianBlur(rng.normal(0, 150, (size[1], size[0], 1)), (0, 0), 1.5)
            colour = cv2.GaussianBlur(rng.normal(0, 500, (size[1], size[0], 3)), (0, 0), 8)
            picture = (128 + light[..., None] + colour).clip(0, 255).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, "rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


@pytest.mark.parametrize("size", [(128, 96), (132, 100), (130, 98), (250, 62)])
@pytest.mark.parametrize(("codec", "form", "colours"), FORMS)
def test_a_part_is_a_part_of_the_whole(
    tmp_path: Path, codec: str, form: str, colours: dict[str, str], size: tuple[int, int]
) -> None:
    path = tmp_path / "film.mkv"
    write(path, codec, form, size, colours)
    rng = np.random.default_rng(1)
    with av.open(str(path)) as container:
        wholes = [f.to_ndarray(format="rgb24") for f in container.decode(video=0)]
    with Video(path) as video:
        for whole, picture in zip(wholes, video.pictures(), strict=True):
            assert (picture.width, picture.height) == size
            np.testing.assert_array_equal(picture.rgb(), whole)
            for _ in range(20):
                left, top = (int(rng.integers(0, length)) for length in size)
                right = int(rng.integers(left, size[0])) + 1
                bottom = int(rng.integers(top, size[1])) + 1
                part = picture.part(left, top, right, bottom)
                np.testing.assert_array_equal(part[..., :3], whole[top:bottom, left:right])
                box = [2 * (n // 2) for n in (left, top, right + 1, bottom + 1)]
                box[2:] = min(box[2], size[0]), min(box[3], size[1])
                half = picture.part(*box, halved=True)[..., :3].astype(int)
                wanted = Still(whole).part(*box, halved=True)[..., :3].astype(int)
                assert half.shape == wanted.shape
                # Brightness is as averaged in RGB; colours are as coarse as in a smaller video.
                assert np.abs((half - wanted).mean(axis=2)).max() < 12
                assert np.abs(half - wanted).mean() < 5
    assert [w.shape for w in wholes] == [(size[1], size[0], 3)] * 3


def test_frames_live_on_after_their_video(tmp_path: Path) -> None:
    write(tmp_path / "film.mkv", "mpeg4", "yuv420p", (128, 96), {})
    with Video(tmp_path / "film.mkv") as video:
        pictures = list(video.pictures())
    parts = [picture.part(10, 10, 60, 50) for picture in pictures]
    again = [picture.rgb()[10:50, 10:60] for picture in pictures]
    del pictures
    for part, whole in zip(parts, again, strict=True):
        np.testing.assert_array_equal(part[..., :3], whole)
