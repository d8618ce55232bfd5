"""The free memory of a device."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch

_GROUPS = Path("/sys/fs/cgroup")

_OWN = Path("/proc/self/cgroup")
"""The control groups of this process, a line each: ``NUMBER:CONTROLLERS:GROUP`` (cgroups(7)).

In version 2 there is one line, without controllers. In version 1 each controller has a tree.
"""


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
    """The bytes that each control group around this process leaves of its limit."""
    try:
        lines = [line.split(":", 2) for line in _OWN.read_text().splitlines()]
    except OSError:
        return []
    left: list[int] = []
    for _, controllers, group in lines:
        if not controllers:
            left += _left(_GROUPS / group.strip("/"), "memory.max", "memory.current")
        elif "memory" in controllers.split(","):
            folder = _GROUPS / "memory" / group.strip("/")
            left += _left(folder, "memory.limit_in_bytes", "memory.usage_in_bytes")
    return left


def _left(group: Path, limit: str, used: str) -> Iterator[int]:
    """The bytes that ``group`` and each group around it leaves; some are out of sight.

    Args:
        group: A folder.
        limit: Name of the file of its limit.
        used: Name of the file of what it has used.
    """
    for folder in (group, *group.parents):
        try:
            most = (folder / limit).read_text().strip()
            now = (folder / used).read_text()
        except OSError:
            continue
        if most != "max":
            yield max(0, int(most) - int(now))
