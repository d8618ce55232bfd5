"""Speed of loading against bare decoding: ``python benchmarks/bench_loading.py [SIZE] [PACK]``.

Bare decoding is ``cv2.imdecode`` of the same JPEG bytes in a plain loop. Loading reads frames of a
pack at random, in batches of 48 with landmarks and labels, on one decoding thread. It is measured
until a batch of bytes is handed to a device that converts it to float, as a GPU does (torch's
``meta`` device stands for the GPU: it accepts everything and computes nothing; the target is 85 %
of bare decoding), and until the batch is float on the CPU. The clock counts processor time, so that
other work on the machine counts less; rounds alternate, and the median of their ratios is printed.
Without a PACK, the synthetic twin of DISFA is made in the cache, at SIZE pixels.
"""

import sys
import time
from pathlib import Path

import cv2
import numpy as np
import torch

from aubench.frames import LabelledFrames
from aubench.pack.pack import Pack
from aubench.synthetic.twin import TwinOptions, twin
from aubench.training.image_cache import ImageCache
from aubench.training.loader import decoding_threads, read_batches

ROUNDS, BATCHES, BATCH = 15, 30, 48
CPU, GPU = torch.device("cpu"), torch.device("meta")


def bare(pack: Pack, rows: np.ndarray) -> float:
    """Processor seconds of decoding alone."""
    starts = pack.pictures.starts
    shards = np.searchsorted(starts, rows, side="right") - 1
    jpegs = [pack.shards[s].jpeg(r - starts[s]).copy() for s, r in zip(shards, rows, strict=True)]
    began = time.process_time()
    for jpeg in jpegs:
        cv2.imdecode(jpeg, cv2.IMREAD_COLOR)
    return time.process_time() - began


def loading(
    frames: LabelledFrames,
    parts: list[np.ndarray],
    device: torch.device,
    cache: ImageCache | None = None,
) -> float:
    """Processor seconds of loading, over all threads."""
    began = time.process_time()
    for _ in read_batches(frames, parts, device, cache, threads=1):
        pass
    return time.process_time() - began


def main(size: str = "256", folder: str | None = None) -> None:
    """Measure, and print one line per way of loading."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    path = Path(folder) if folder else twin("disfa", TwinOptions(size=int(size), frames=60))
    pack = Pack.open(path)
    rng = np.random.default_rng(0)
    rows = rng.choice(len(pack), BATCHES * BATCH, replace=len(pack) < BATCHES * BATCH)
    frames = pack.labelled(rows, pack.aus())
    cache = ImageCache(len(frames), frames.size, CPU)
    times = []
    for _ in range(ROUNDS + 1):
        parts = list(rng.permutation(len(frames)).reshape(BATCHES, BATCH))
        before = bare(pack, rows)
        loaded = [
            loading(frames, parts, GPU),
            loading(frames, parts, CPU),
            loading(frames, parts, CPU, cache),
        ]
        times.append([(before + bare(pack, rows)) / 2, *loaded])
    table = np.array(times[1:]) / len(frames)  # the first round fills the cache
    micro, share = np.median(table, axis=0) * 1e6, np.median(table[:, :1] / table, axis=0)
    names = (
        "bare decoding",
        "bytes handed to a GPU",
        "float on the CPU",
        "float on the CPU, kept decoded",
    )
    print(f"{frames.size}×{frames.size}, {BATCHES} batches of {BATCH}, {ROUNDS} rounds")
    for name, each, ratio in zip(names, micro, share, strict=True):
        print(f"{name:32} {each:7.1f} µs per picture  {ratio:5.0%} of bare decoding")
    print(f"on this machine {decoding_threads()} threads decode")


if __name__ == "__main__":
    main(*sys.argv[1:])
