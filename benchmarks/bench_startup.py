"""What starting a command costs beside starting Python: ``python benchmarks/bench_startup.py``.

Each command runs in a process of its own, in turn with ``python -c "import numpy"``, so that a busy
machine slows both; told are the ratios of the least processor times. Reading a record of FERA
2017's size (180 groups, 7 AUs, three variants) is told beside ``json.loads`` of the same file.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from aubench.evaluation.records import (
    CorpusInfo,
    Coverage,
    Environment,
    MethodInfo,
    Record,
    read_record,
)
from aubench.metrics.groups import MomentTable
from aubench.metrics.moments import INTENSITY

COMMANDS = ("--help", "list", "info disfa3fold", "table --metric icc")
ROUNDS = 5


def processor_seconds(*arguments: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, *arguments],
        env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def large_record() -> Record:
    groups = tuple(("0", f"fera2017/VA-F{i:03d}", view) for i in range(20) for view in range(9))
    cells = tuple(1000 / (k + 3) for k in range(len(INTENSITY)))
    table = MomentTable(columns=INTENSITY, groups=groups, values=((cells,) * 7,) * len(groups))
    return Record(
        run_id="0",
        created="",
        method=MethodInfo(name="adapt", origin=""),
        protocol="fera2017",
        protocol_hash="0",
        corpus=CorpusInfo(name="fera2017", synthetic=True, fingerprint="0", recipe="box", size=1),
        status="synthetic",
        environment=Environment(aubench="", python=""),
        folds=(),
        aus=tuple(range(7)),
        coverage=Coverage(expected=0, predicted=0),
        moments=dict.fromkeys(("raw", "clamped", "rounded"), table),
        scores={},
    )


def seconds(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


def main() -> None:
    for command in COMMANDS:
        pairs = [
            (
                processor_seconds("-m", "aubench", *command.split()),
                processor_seconds("-c", "import numpy"),
            )
            for _ in range(ROUNDS)
        ]
        ours, numpy = map(min, zip(*pairs, strict=True))
        print(f"aubench {command}: {ours:.2f} s, {ours / numpy:.1f} times import numpy")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "record.json"
        large_record().write(path)
        pairs = [
            (seconds(lambda: read_record(path)), seconds(lambda: json.loads(path.read_text())))
            for _ in range(ROUNDS)
        ]
    ours, plain = map(min, zip(*pairs, strict=True))
    print(f"read_record: {1000 * ours:.0f} ms, {ours / plain:.1f} times json.loads")


if __name__ == "__main__":
    main()
