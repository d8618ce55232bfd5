"""The free memory of a device."""

from __future__ import annotations

from pathlib import Path

import torch

_GROUPS = Path("/sys/fs/cgroup")


def free_bytes(device: torch.device) -> int:
    """Free memory of ``device`` in bytes; 0 where it is not known.

    On a CPU, the smaller of what the machine has available and what the control group (a container,
    a Slurm job) leaves of its limit.
    """
    if device.type == "cuda":
        idle = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(torch.cuda.mem_get_info(device)[0]) + idle
    if device.type != "cpu":
        return 0
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        table = {name: value for name, _, value in (line.partition(":") for line in lines)}
        available = int(table["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError):  # not Linux
        return 0
    return min([available, *_left_by_groups()])


def _left_by_groups() -> list[int]:
    """The bytes that each control group (version 2) around this process leaves of its limit."""
    try:
        own = Path("/proc/self/cgroup").read_text().strip().rpartition("::")[2].strip("/")
    except OSError:
        return []
    left = []
    for folder in (_GROUPS / own, *(_GROUPS / own).parents):
        try:
            limit = (folder / "memory.max").read_text().strip()
            used = (folder / "memory.current").read_text()
        except OSError:
            continue
        if limit != "max":
            left.append(max(0, int(limit) - int(used)))
    return left
