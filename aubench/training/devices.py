"""Torch devices: choosing one, and its name."""

from __future__ import annotations

import platform
from pathlib import Path

from aubench.errors import AubenchError


def resolve_device(name: str) -> str:
    """A torch device that exists here; ``auto`` takes the first of CUDA, MPS and CPU.

    Raises:
        AubenchError: If this machine has no such device.
    """
    import torch  # noqa: PLC0415  # commands that only say --help do without it

    if name == "auto":
        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        torch.empty(1, device=name)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise AubenchError(f"device {name!r} cannot be used", mend=_mend(name)) from error
    return name


def _mend(name: str) -> str:
    """What to give instead of a device that cannot be used."""
    import torch  # noqa: PLC0415  # as above

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    here = ["cpu", *(f"cuda:{index}" for index in range(count))]
    if torch.backends.mps.is_available():
        here.append("mps")
    meant = name.lower().replace("gpu", "cuda")
    if meant.partition(":")[0] == "cuda" and not count:
        return f"torch finds no CUDA GPU here: give --device {' or '.join(here)}"
    if meant != name and meant in ("cuda", *here):
        return f"did you mean --device {meant}?"
    return f"this machine has {', '.join(here)}"


def device_name(device: str) -> str:
    """The hardware's name of a device, for tables that compare speeds."""
    import torch  # noqa: PLC0415  # as above

    if device.startswith("cuda"):
        return str(torch.cuda.get_device_name(device))
    if device != "cpu":
        return device
    info = Path("/proc/cpuinfo")
    models = (
        [
            line.partition(":")[2].strip()
            for line in info.read_text().splitlines()
            if "model name" in line
        ]
        if info.exists()
        else []
    )
    return f"{models[0] if models else platform.machine()}, {torch.get_num_threads()} threads"
