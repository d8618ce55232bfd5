"""Files of synthetic corpora: pictures, videos and landmarks, the same bytes in every run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import av
import cv2
import h5py
import numpy as np
import numpy.typing as npt
from av.video.reformatter import VideoReformatter
from scipy.io import savemat

from aubench.corpora.synthetic_mark import SYNTHETIC_NOTE
from aubench.media.video_frame import EXACT
from aubench.synthetic.render.compiled import Bytes, Single

_REFORMATTER = VideoReformatter()
"""Kept, because to set one up takes longer than to use it."""

EXACT_CODEC = {"dct": "int", "flags": "+bitexact"}
"""FFmpeg's options of an encoder whose bytes do not depend on the processor."""

_COLUMNS = ("frame", *(f"{axis}_{k}" for axis in "xy" for k in range(68)))

_MATLAB_5 = b"MATLAB 5.0 MAT-file, " + SYNTHETIC_NOTE.ljust(95)
_MATLAB_73 = b"MATLAB 7.3 MAT-file, " + SYNTHETIC_NOTE.ljust(95) + bytes(8) + b"\x00\x02IM"
"""What a MATLAB file begins with, without the date that would make each run differ."""


def jpeg(picture: Bytes) -> bytes:
    """The JPEG file of a picture, (H, W, 3) uint8 RGB, with a comment that it is synthetic."""
    data = _encoded(".jpg", picture, cv2.IMWRITE_JPEG_QUALITY, 93)
    length = (len(SYNTHETIC_NOTE) + 2).to_bytes(2, "big")
    return data[:2] + b"\xff\xfe" + length + SYNTHETIC_NOTE + data[2:]


def png(picture: Bytes) -> bytes:
    """The PNG file of a picture, (H, W, 3) uint8 RGB."""
    return _encoded(".png", picture, cv2.IMWRITE_PNG_COMPRESSION, 9)


def _encoded(ending: str, picture: Bytes, option: int, value: int) -> bytes:
    done, data = cv2.imencode(ending, picture[..., ::-1], [option, value])
    assert done
    return data.tobytes()


def write_video(
    path: Path, frames: Iterable[tuple[Bytes, Single]], size: tuple[int, int], rate: int
) -> list[Single]:
    """Encode frames as MPEG-4 at high quality, with a comment that they are synthetic.

    Args:
        path: The file; its ending names the container.
        frames: Picture, (height, width, 3) uint8 RGB, and (68, 2) landmarks of each. The same
            picture twice in a row costs next to nothing the second time.
        size: Width and height in pixels, even.
        rate: Frames per second.

    Returns:
        The landmarks of every frame.

    Raises:
        OSError: If the disk is full or the like.
    """
    landmarks: list[Single] = []
    shown = frame = None
    try:
        with av.open(str(path), "w") as container:
            container.metadata["comment"] = SYNTHETIC_NOTE.decode()
            stream = container.add_stream("mpeg4", rate=rate)
            stream.width, stream.height = size
            stream.pix_fmt = "yuv420p"
            stream.codec_context.qmin, stream.codec_context.qmax = 2, 3
            stream.codec_context.bit_rate = 40_000_000
            stream.codec_context.thread_count = 1
            stream.codec_context.options = EXACT_CODEC
            for picture, points in frames:
                if frame is None or picture is not shown:
                    shown = picture
                    whole = av.VideoFrame.from_ndarray(picture, format="rgb24")
                    frame = _REFORMATTER.reformat(whole, format="yuv420p", interpolation=EXACT)
                frame.pts = len(landmarks)
                landmarks.append(points)
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
    except av.error.OSError as error:  # PyAV's own class does not survive a worker process
        raise OSError(error.errno, error.strerror, str(path)) from error
    return landmarks


def write_table(path: Path, points: Iterable[Single]) -> None:
    """Write the landmarks of a video as CSV, its columns named as OpenFace names them.

    Args:
        path: The file; frames count from 1 in it.
        points: (68, 2) pixels per frame, counted from 0. The same array twice in a row is
            formatted once.
    """
    last, text = None, ""
    with path.open("w") as file:
        file.write(",".join(_COLUMNS) + "\n")
        for frame, found in enumerate(points, start=1):
            if found is not last:
                last, text = found, ",".join(f"{v:.2f}" for v in found.T.ravel().tolist())
            file.write(f"{frame},{text}\n")


def write_pts(path: Path, points: npt.NDArray[np.floating[Any]]) -> None:
    """Write (68, 2) landmarks of one picture, in pixels from 0, as 300-W does: counted from 1."""
    rows = "".join(f"{x:.3f} {y:.3f}\n" for x, y in points + 1)
    path.write_text(f"version: 1\nn_points:  68\n{{\n{rows}}}\n")


def write_mat(path: Path, points: npt.NDArray[np.floating[Any]]) -> None:
    """Write (P, 2) landmarks of one frame as ``pts`` in a MATLAB file of version 5."""
    savemat(path, {"pts": points})
    _begin_with(_MATLAB_5, path)


def write_fit(path: Path, points: Sequence[npt.NDArray[np.floating[Any]] | None]) -> None:
    """Write the landmarks of a video as BP4D's tracker does: a MATLAB structure array ``fit``.

    Args:
        path: The file, of version 7.3 (HDF5); ``fit(k).pred`` is (P, 2) pixels of frame k.
        points: One per frame in the order of time; None where the tracker was lost.
    """
    with h5py.File(path, "w", userblock_size=512) as file:
        fit, cells = file.create_group("fit"), file.create_group("#refs#")
        fit.attrs["MATLAB_class"] = np.bytes_("struct")
        references = np.empty((len(points), 1), dtype=h5py.ref_dtype)
        for k, found in enumerate(points):
            empty = np.zeros(2, np.uint64)  # MATLAB keeps the size of an empty matrix
            # HDF5 has the axes of a matrix in the opposite order
            cell = cells.create_dataset(f"p{k}", data=empty if found is None else found.T)
            cell.attrs["MATLAB_class"] = np.bytes_("double")
            if found is None:
                cell.attrs["MATLAB_empty"] = np.uint8(1)
            references[k, 0] = cell.ref
        fit.create_dataset("pred", data=references)
    _begin_with(_MATLAB_73, path)


def _begin_with(header: bytes, path: Path) -> None:
    """Write ``header`` over the start of a file."""
    with path.open("r+b") as file:
        file.write(header)
