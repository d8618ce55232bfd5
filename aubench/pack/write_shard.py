"""Crop the frames of one subject and write them as a shard."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
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

ROW_BYTES = 700
"""Of a row beside its picture: 68 points, labels and keys."""

REPORT_ROWS = 32
"""Frames between two reports of progress."""


SAMPLE = 9
"""Frames that are cropped to say how long a pack will take."""


def expect(
    corpus: Corpus, rows: Mapping[str, int], options: PackOptions, workers: int
) -> dict[str, float]:
    """Return about how many ``bytes`` and ``seconds`` subjects will take, by a few frames of one.

    Empty where those frames cannot be read, or where a detector would first have to look for faces
    in a whole recording.

    Args:
        corpus: The reader.
        rows: Subject key → number of frames.
        options: Options of the pack.
        workers: Processes at work.
    """
    subject = max(rows, key=lambda key: rows[key])
    if options.settings.get("landmark_source") == "detector":
        return {}
    sizes, began = list[int](), [time.monotonic()]
    crop = make_crop(options.recipe)
    with suppress(AubenchError):  # it will be named when the subject's turn comes
        for frame in itertools.islice(corpus.frames(subject), SAMPLE):
            picture, _ = crop_frame(frame, subject, crop, options)
            sizes.append(len(encode(picture, options.quality)) + ROW_BYTES)
            began.append(time.monotonic())
    if not sizes:
        return {}
    first, rest = began[1] - began[0], began[-1] - began[1]
    each = rest / max(len(sizes) - 1, 1) + first / rows[subject]
    frames = sum(rows.values())
    return {"bytes": frames * sum(sizes) / len(sizes), "seconds": frames * each / workers}


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
        info = writer.info.model_copy(update={"inputs": dict(corpus.inputs(subject))})
        info.write(info_path(shards, subject))
    except OSError as error:
        if error.filename is not None or error.errno is None:
            raise
        raise OSError(error.errno, os.strerror(error.errno), str(path)) from error
    return info


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
