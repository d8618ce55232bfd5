"""Prepare FERA 2017's training part at its real size: ``bench_fera2017.py FOLDER [KILLS]``.

The twin of its 41 subjects and 2,952 videos (1.29 million frames of few, small pictures) is written
to FOLDER, once. It is prepared with two workers, and the memory of all processes together is
written to FOLDER/memory.csv each second. Then it is prepared again, killed with signal 9 at KILLS
random moments, and must end with the same fingerprint and no file left behind. Last, its index is
opened. Targets: below 2 GB, not growing; index in 2 s and 600 MB. Needs Linux.
"""

import contextlib
import csv
import os
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

AUBENCH = (sys.executable, "-m", "aubench")
WORKERS = 2
SIZE = 64

OPEN = """
import resource, sys, time
from aubench.pack.pack import Pack
start = time.perf_counter()
rows = len(Pack.open(sys.argv[1]).index)
seconds = time.perf_counter() - start
print(f"index of {rows:,} rows: {seconds:.2f} s, "
      f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000:.0f} MB")
"""


def start(folder: Path, dest: Path) -> subprocess.Popen[str]:
    """Start ``aubench prepare`` in a process group of its own."""
    options = ("--size", str(SIZE), "--workers", str(WORKERS))
    return subprocess.Popen(
        [*AUBENCH, "prepare", "fera2017", str(folder / "tree"), str(dest), *options],
        start_new_session=True,
        stdout=subprocess.PIPE,
        text=True,
    )


def memory(group: int) -> tuple[int, float]:
    """Number of processes of a group, and the sum of their resident memory in MB."""
    sizes = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if int((folder / "stat").read_text().rpartition(")")[2].split()[2]) == group:
                pages = int((folder / "statm").read_text().split()[1])
                sizes.append(pages * os.sysconf("SC_PAGE_SIZE") / 1e6)
        except OSError:  # ended in between
            continue
    return len(sizes), sum(sizes)


def uninterrupted(folder: Path) -> tuple[str, float]:
    """Prepare once and record memory: the command's output, and seconds."""
    shutil.rmtree(folder / "whole", ignore_errors=True)
    began = time.monotonic()
    process = start(folder, folder / "whole")
    rows = []
    while process.poll() is None:
        count, total = memory(process.pid)
        rows.append((round(time.monotonic() - began, 1), count, round(total, 1)))
        time.sleep(1)
    seconds = time.monotonic() - began
    with (folder / "memory.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("seconds", "processes", "rss_mb"), *rows])
    sizes = [size for _, count, size in rows if count > 1]
    quarters = [sizes[i * len(sizes) // 4 : (i + 1) * len(sizes) // 4] for i in range(4)]
    medians = ", ".join(f"{statistics.median(quarter):.0f}" for quarter in quarters)
    print(f"resident memory of all processes: peak {max(sizes):.0f} MB, median of each quarter of "
          f"the time {medians} MB")  # fmt: skip
    assert process.stdout is not None
    return process.stdout.read(), seconds


def interrupted(folder: Path, kills: int, seconds: float) -> str:
    """Prepare, killed at random moments: the output of the last command."""
    dest, draw = folder / "killed", random.Random(0)
    shutil.rmtree(dest, ignore_errors=True)
    done = 0
    for _ in range(kills):
        process = start(folder, dest)
        time.sleep(draw.uniform(1, seconds / 8))
        done += process.poll() is None
        with contextlib.suppress(ProcessLookupError):  # it was done already
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        left = len(list(dest.glob("shards/*.partial")))
        print(f"  killed with {len(list(dest.glob('shards/*.json')))} shards done, {left} begun")
    process = start(folder, dest)
    said, _ = process.communicate()
    print(f"{done} kills; files left behind: {[p.name for p in dest.rglob('*.partial')]}")
    return said


def main(folder: Path, kills: int = 10) -> None:
    """Run all parts, in order."""
    twin = ("synth", "fera2017", folder / "tree", "--subjects", "TR", "--pictures", 4, "--size", 96)
    subprocess.run([*AUBENCH, *map(str, twin)], check=True)
    said, seconds = uninterrupted(folder)
    print(said.splitlines()[0])
    count = int(re.search(r"([\d,]+) frames", said)[1].replace(",", ""))  # type: ignore[index]  # the command prints it
    print(f"{seconds:.0f} s, {count / seconds:.0f} frames/s")
    again = interrupted(folder, kills, seconds)
    prints = [re.findall(r"fingerprint (\w+)", text) for text in (said, again)]
    print(f"fingerprints {prints}: {'the same' if prints[0] == prints[1] else 'DIFFERENT'}")
    subprocess.run([sys.executable, "-c", OPEN, str(folder / "whole")], check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
