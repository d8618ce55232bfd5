"""Time and memory to open a pack of FERA 2017's size: ``benchmarks/bench_index.py [FOLDER]``.

The pack has 1,287,072 rows (41 people, 8 tasks, 9 views, 436 frames), written straight into Arrow:
every row has its own key, labels and landmarks, and all share a few tiny pictures. A separate
process then opens the pack and prints seconds and growth of memory; the targets are 2 s and 600 MB
for `Pack.open` and ``index``. Memory is printed with mapped pages, which the system takes back when
it needs them, and without.
"""

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa

from aubench.crops.crop import CropInfo
from aubench.pack.manifest import PackOptions, ShardInfo, finish
from aubench.pack.pack import MANIFEST, SHARDS, Pack
from aubench.pack.shard import BATCH_ROWS, schema

SUBJECTS, VIEWS, TASKS, FRAMES = 41, 9, 8, 436
AUS, OCCURRENCE = (1, 4, 6, 10, 12, 14, 17), (1, 4, 6, 7, 10, 12, 14, 15, 17, 23)


def lists(values: np.ndarray) -> pa.Array:
    """A column of fixed-size lists, one per row of ``values``."""
    return pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), values.shape[1])


def write_pack(folder: Path) -> None:
    """Write 41 subjects of 31,392 rows each, in the record batches that `prepare` writes."""
    rng = np.random.default_rng(0)
    shards = {}
    (folder / SHARDS).mkdir(parents=True)
    noise = rng.integers(0, 255, (4, 16, 16, 3), dtype=np.uint8)
    jpegs = [cv2.imencode(".jpg", picture)[1].tobytes() for picture in noise]
    task, view, frame = (
        part.ravel() for part in np.meshgrid(range(TASKS), range(1, 1 + VIEWS), range(FRAMES))
    )
    rows = len(task)
    for person in range(SUBJECTS):
        subject = f"fera2017/TR/F{person:03d}"
        path = folder / SHARDS / f"F{person:03d}.arrow"
        form = schema(subject, len(AUS), len(OCCURRENCE))
        with pa.ipc.new_file(path, form) as writer:
            for start in range(0, rows, BATCH_ROWS):
                part = slice(start, start + BATCH_ROWS)
                count = len(task[part])
                columns = {
                    "session": [f"T{t + 1}" for t in task[part]],
                    "view": view[part],
                    "frame": frame[part],
                    "logged": np.zeros(count, np.bool_),
                    "tracked": np.ones(count, np.bool_),
                    "labels": lists(rng.integers(0, 6, (count, 7)).astype(np.float32)),
                    "occurrence": lists(rng.integers(0, 2, (count, 10)).astype(np.float32)),
                    "landmarks": lists(rng.random((count, 136), dtype=np.float32)),
                    "check": [bytes(8)] * count,
                    "image": [jpegs[n % 4] for n in range(count)],
                }
                arrays = [pa.array(columns[field.name], field.type) for field in form]
                writer.write_batch(pa.record_batch(arrays, schema=form))
        shards[subject] = ShardInfo(file=path.name, rows=rows, untracked=0, sha256="")
    options = PackOptions(
        corpus="fera2017",
        synthetic=True,
        aus=AUS,
        occurrence=OCCURRENCE,
        size=16,
        recipe=CropInfo(name="tight"),
        frames="all",
        quality=95,
    )
    finish(options, shards).write(folder / MANIFEST)


def memory() -> tuple[float, float]:
    """Resident megabytes of this process: all, and those that are not pages of files."""
    status = Path("/proc/self/status").read_text()
    whole, own = (
        int(re.search(rf"^{name}:\s+(\d+)", status, re.MULTILINE)[1]) / 1024  # type: ignore[index]  # Linux has both
        for name in ("VmRSS", "RssAnon")
    )
    return whole, own


def measure(folder: Path) -> None:
    """Open the pack, and print time and memory after each step."""
    began, base = time.perf_counter(), memory()

    def show(what: str) -> None:
        whole, own = (now - then for now, then in zip(memory(), base, strict=True))
        seconds = time.perf_counter() - began
        print(f"{what:28} {seconds:6.2f} s  {whole:6.0f} MB  ({own:.0f} MB without mapped pages)")

    pack = Pack.open(folder)
    show("open")
    rows = len(pack.index)
    show(f"and index of {rows:,} rows")
    labelled = pack.labelled(np.arange(rows), AUS)
    show("and all frames, labelled")
    order = np.random.default_rng(0).permutation(rows)[: 48 * 1000]
    start = time.perf_counter()
    for part in order.reshape(1000, 48):
        labelled.points[labelled.rows[part]]
    each = (time.perf_counter() - start) / 1000
    print(f"landmarks of 48 frames at random: {each * 1e3:.2f} ms")


def main(folder: str | None = None) -> None:
    """Write the pack, then open it in two fresh processes, one after the other."""
    with tempfile.TemporaryDirectory(dir=folder) as kept:
        pack = Path(kept) / "pack"
        write_pack(pack)
        for state in ("first", "again"):
            print(state)
            subprocess.run([sys.executable, __file__, "--measure", str(pack)], check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure(Path(sys.argv[2]))
    else:
        main(*sys.argv[1:])
