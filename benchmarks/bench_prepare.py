"""Speed of preparing against bare decoding and encoding: ``bench_prepare.py [FOLDER] [SIZE …]``.

On one core. The bare work is to decode each frame of the same video to RGB with PyAV, and to
encode, with OpenCV, the crop that preparing makes of it. Preparing also reads labels and landmarks,
checks, crops, hashes and writes. The two alternate, and the clock counts processor time, so that
other work on the machine counts less. The target is 0.85 of the bare speed.

The video is a fifth of a subject of the synthetic twin of DISFA, at DISFA's 1024 × 768 pixels; with
FOLDER it is kept there for the next run.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import av
import cv2

from aubench.corpora.disfa.reader import Disfa
from aubench.frames import ImageArray
from aubench.pack.pack import Pack
from aubench.pack.prepare import prepare
from aubench.synthetic.corpora.disfa_tree import DisfaTree

SUBJECTS, FRAMES, TURNS = ("SN001",), 1000, 5
SIZES = (256, 128)
QUALITY = (cv2.IMWRITE_JPEG_QUALITY, 95)


def bare(tree: Path, crops: ImageArray) -> None:
    """Decode every frame of ``tree``, and encode ``crops`` as JPEG."""
    left = iter(crops)
    for path in sorted(tree.rglob("*.avi")):
        with av.open(str(path)) as container:
            for frame in container.decode(video=0):
                frame.to_ndarray(format="rgb24")
                cv2.imencode(".jpg", next(left), QUALITY)


def timed(work: Callable[[], object]) -> float:
    """Processor seconds of ``work``."""
    start = time.process_time()
    work()
    return time.process_time() - start


def measure(tree: Path, folder: Path, size: int) -> None:
    """Print the rates at one size of crop."""
    numbers = iter(range(TURNS + 1))

    def prepared() -> Pack:
        return prepare(Disfa(tree), folder / f"{size}-{next(numbers)}", size=size)

    pack = prepared()
    crops = pack.frames(range(len(pack))).images()[..., ::-1].copy()  # OpenCV encodes BGR
    turns = [(timed(lambda: bare(tree, crops)), timed(prepared)) for _ in range(TURNS)]
    base, full = (len(pack) / statistics.median(times) for times in zip(*turns, strict=True))
    print(
        f"{size}×{size}: preparing {full:.0f} frames/s, bare {base:.0f} frames/s, "
        f"ratio {statistics.median(b / p for b, p in turns):.2f}"
    )


def main(kept: Path | None = None, *sizes: int) -> None:
    """Write the videos, if they are not there, and measure."""
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as scratch:
        tree = kept or Path(scratch) / "tree"
        DisfaTree(frames=FRAMES).write(tree, SUBJECTS)
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        for size in sizes or SIZES:
            measure(tree, Path(scratch), size)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]), *map(int, sys.argv[2:]))
