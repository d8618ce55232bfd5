"""Checkpoints: safetensors files with a JSON header, always complete."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from aubench.errors import AubenchError, DamagedError
from aubench.io.atomic import atomic, make_folder
from aubench.io.notice import notice

FORMAT = 1
"""Version of the header; a larger one was written by a newer aubench."""

WEIGHTS = "predictor.safetensors"
"""The file of a torch predictor, all that prediction needs."""

_HEADER = "aubench"


def write_tensors(path: Path, tensors: Mapping[str, Tensor], header: Mapping[str, Any]) -> None:
    """Write a safetensors file that is either complete or absent, even if the machine stops.

    Args:
        path: Replaced if it exists.
        tensors: Names to tensors on any device.
        header: Values that JSON can hold.
    """
    host = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    text = json.dumps({"format": FORMAT, **header}, sort_keys=True)
    with atomic(path) as temporary:
        try:
            save_file(host, temporary, metadata={_HEADER: text})
        except SafetensorError as error:
            if f"os error {errno.ENOSPC}" not in str(error):
                raise
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error


def read_header(path: Path) -> dict[str, Any]:
    """The header of a file written by `write_tensors`.

    Raises:
        AubenchError: If there is no such file, or aubench did not write it, or a newer one did.
    """
    try:
        with safe_open(path, framework="pt") as file:
            text = (file.metadata() or {}).get(_HEADER)
        header = json.loads(text) if text else None
    except (OSError, SafetensorError, ValueError, RecursionError) as error:
        raise DamagedError(
            f"not a readable safetensors file ({str(error)[:120]})",
            mend="name another file, or remove this one and repeat the command that made it",
            path=path,
        ) from error
    if not isinstance(header, dict) or type(header.get("format")) is not int:
        raise AubenchError(
            "a safetensors file without an aubench header",
            mend="name a file that aubench wrote",
            path=path,
        )
    if header["format"] > FORMAT:
        raise AubenchError(
            f"written by a newer aubench (format {header['format']}, this one knows {FORMAT})",
            mend="upgrade aubench",
            path=path,
        )
    return header


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Every tensor of a file that `read_header` accepts, on the CPU."""
    read_header(path)
    with safe_open(path, framework="pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # not a dict


@dataclass(frozen=True)
class Identity:
    """Everything that decides a fit: a checkpoint with another identity is not resumed.

    Attributes:
        method: Name of the method's class, with its variant.
        settings: Resolved settings.
        aus: The AUs of its outputs.
        size: Width and height of the pictures that it was trained on.
        seed: Of every random draw.
        precision: A Lightning Fabric precision.
        train_subjects: Keys of the subjects that it learns from, sorted.
        train_frames: How many frames they have.
    """

    method: str
    settings: dict[str, Any]
    aus: tuple[int, ...]
    size: int
    seed: int
    precision: str
    train_subjects: tuple[str, ...]
    train_frames: int

    def refuse_other(self, header: Mapping[str, Any], path: Path) -> None:
        """Raise an AubenchError if ``header`` is that of another fit."""
        other = header.get("identity", {})
        for name, mine in json.loads(json.dumps(asdict(self))).items():
            if other.get(name) != mine:
                what = "other AUs" if name == "aus" else f"another {name.replace('_', ' ')}"
                raise AubenchError(
                    f"a checkpoint for {what}",
                    mend="remove its folder to start afresh, or repeat the command that made it",
                    path=path,
                )


@dataclass(frozen=True)
class Progress:
    """The state of a fit after an epoch.

    Attributes:
        epoch: Finished epochs.
        best_epoch: The one with the best score, from 1.
        best_score: Its score; the larger, the better.
        images_per_second: Training throughput, mean over the finished epochs.
    """

    epoch: int = 0
    best_epoch: int = 0
    best_score: float = float("-inf")
    images_per_second: float = 0.0


class CheckpointFolder:
    """The checkpoints of one fit: the last finished epoch, and the weights of the best one.

    The weights of a new best epoch get a file of their own before the file of the last epoch
    begins to name them, and the old ones go after that; so the process may be killed at any time.
    What a killed fit left half-written is removed.

    Args:
        folder: Made if it does not exist.
        identity: The fit that it belongs to.
    """

    def __init__(self, folder: Path, identity: Identity) -> None:
        make_folder(folder)
        self.folder, self.identity = folder, identity
        self.last = folder / "checkpoint.safetensors"
        for partial in folder.glob("*.partial"):
            partial.unlink()

    def best(self, epoch: int) -> Path:
        """The file of the weights after ``epoch``."""
        return self.folder / f"best-{epoch:04d}.safetensors"

    def save(
        self, progress: Progress, network: torch.nn.Module, optimizer: torch.optim.Optimizer
    ) -> None:
        """Write the state after ``progress.epoch`` epochs."""
        weights = network.state_dict()
        header = {"identity": asdict(self.identity), "progress": asdict(progress)}
        if progress.best_epoch == progress.epoch:
            write_tensors(self.best(progress.epoch), weights, header)
        state = {
            f"optimizer.{index}.{name}": value
            for index, values in optimizer.state_dict()["state"].items()
            for name, value in values.items()
        }
        write_tensors(
            self.last, {**{f"network.{n}": t for n, t in weights.items()}, **state}, header
        )
        for path in self.folder.glob("best-*.safetensors"):
            if path != self.best(progress.best_epoch):
                path.unlink()

    def resume(self, network: torch.nn.Module, optimizer: torch.optim.Optimizer) -> Progress | None:
        """Put the saved state into ``network`` and ``optimizer``; None if there is none.

        If a file is damaged, all are removed: the fit begins again.

        Raises:
            AubenchError: If it is of another fit.
        """
        if not self.last.exists():
            return None
        try:
            header = read_header(self.last)
            self.identity.refuse_other(header, self.last)
            read_header(self.best(Progress(**header["progress"]).best_epoch))
        except DamagedError as error:
            notice(f"the fit begins again: {error.path}: {error.what}")
            for path in (self.last, *self.folder.glob("best-*.safetensors")):
                path.unlink()
            return None
        weights: dict[str, Tensor] = {}
        state: dict[int, dict[str, Tensor]] = {}
        for name, tensor in read_tensors(self.last).items():
            part, _, rest = name.partition(".")
            if part == "network":
                weights[rest] = tensor
            else:
                index, _, key = rest.partition(".")
                state.setdefault(int(index), {})[key] = tensor
        network.load_state_dict(weights)
        optimizer.load_state_dict(
            {"state": state, "param_groups": optimizer.state_dict()["param_groups"]}
        )
        return Progress(**header["progress"])

    def load_best(self, progress: Progress, network: torch.nn.Module) -> None:
        """Put the weights of the best epoch into ``network``."""
        network.load_state_dict(read_tensors(self.best(progress.best_epoch)))
