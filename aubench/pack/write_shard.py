"""Crop the frames of one subject and write them as a shard."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from aubench.corpora.corpus import Corpus, RawFrame
from aubench.crops.crop import Crop, make_crop
from aubench.crops.warp import transform, warp
from aubench.errors import AubenchError
from aubench.frames import FloatArray, ImageArray
from aubench.pack.manifest import PackOptions, ShardInfo
from aubench.pack.shard import Row, ShardWriter, info_path, shard_name

REPORT_ROWS = 32
"""Frames between two reports of progress."""


def write_shard(
    corpus: Corpus,
    subject: str,
    options: PackOptions,
    shards: Path,
    advance: Callable[[int], None],
) -> ShardInfo:
    """Write the shard of ``subject``, then its info beside it.

    Partial files that an earlier writer of the same subject left are removed first; the pack is
    held by this process or its parent, so none is at work.

    Args:
        corpus: The reader.
        subject: Subject key.
        options: Options of the pack.
        shards: Folder of shards.
        advance: Receives the number of source frames read since the last call.

    Raises:
        AubenchError: At the first error in the corpus.
        OSError: If the disk is full or may not be written, with the file's name.
    """
    path = shards / shard_name(subject)
    for name in (path.name, info_path(shards, subject).name):
        for stale in shards.glob(f"{name}.*.partial"):
            stale.unlink(missing_ok=True)
    try:
        crop = make_crop(options.recipe)
        with ShardWriter(path, subject, len(options.aus), len(options.occurrence)) as writer:
            unreported = 0
            for frame in corpus.frames(subject):
                if not (frame.logged and options.frames == "errlog"):
                    picture, landmarks = crop_frame(frame, subject, crop, options)
                    writer.add(
                        Row(
                            session=frame.session,
                            view=frame.view,
                            frame=frame.frame,
                            logged=frame.logged,
                            tracked=frame.tracked,
                            labels=frame.labels,
                            occurrence=frame.occurrence,
                            landmarks=landmarks
                            if frame.tracked
                            else np.full_like(landmarks, np.nan),
                            image=encode(picture, options.quality),
                        )
                    )
                unreported += 1
                if unreported == REPORT_ROWS:
                    advance(unreported)
                    unreported = 0
            advance(unreported)
        writer.info.write(info_path(shards, subject))
    except OSError as error:
        if error.filename is not None or error.errno is None:
            raise
        raise OSError(error.errno, os.strerror(error.errno), str(path)) from error
    return writer.info


def crop_frame(
    frame: RawFrame, subject: str, crop: Crop, options: PackOptions
) -> tuple[ImageArray, FloatArray]:
    """The crop of a frame, (size, size, 3) RGB, and its landmarks in the crop, (68, 2).

    Raises:
        AubenchError: If the frame cannot be cropped by its landmarks.
    """
    try:
        matrix = crop.matrix(frame.landmarks, options.size)
        picture = warp(frame.picture, matrix, options.size, options.sampling)
    except ValueError as error:
        raise AubenchError(
            f"{subject} {frame.session} frame {frame.frame} cannot be cropped ({error})",
            mend="mend its landmarks, or choose another --recipe",
        ) from error
    return picture, transform(frame.landmarks, matrix)


def encode(image: ImageArray, quality: int) -> bytes:
    """The JPEG bytes of an RGB picture."""
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
