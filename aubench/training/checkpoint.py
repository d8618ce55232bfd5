"""Checkpoints: safetensors files with a JSON header, always complete."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch
from pydantic import TypeAdapter, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from aubench.errors import AubenchError
from aubench.io.atomic import atomic
from aubench.io.special import ordinary

FORMAT = 1
"""Version of the header; a larger one was written by a newer aubench."""

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
        with safe_open(ordinary(path), framework="pt") as file:
            text = (file.metadata() or {}).get(_HEADER)
        header = json.loads(text) if text else None
    except (OSError, SafetensorError, ValueError, RecursionError) as error:
        raise AubenchError(
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


T = TypeVar("T")


def of_header(kind: type[T], header: Mapping[str, Any], name: str, path: Path) -> T:
    """The dataclass ``kind`` that a header holds under ``name``.

    Raises:
        AubenchError: If it is missing, or not of that form.
    """
    try:
        return TypeAdapter(kind).validate_json(json.dumps(header.get(name)), strict=True)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        place = ".".join(map(str, (name, *first["loc"])))
        raise damaged_header(path, f"{place}: {first['msg']}"[:200]) from error


def damaged_header(path: Path, what: str) -> AubenchError:
    """An error about the header of the file ``path``."""
    mend = "name another file, or remove this one and repeat the command that made it"
    return AubenchError(f"a damaged header ({what})", mend=mend, path=path)


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
        other = header.get("identity")
        if not isinstance(other, dict):
            raise damaged_header(path, "no identity of a fit")
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
        folder.mkdir(parents=True, exist_ok=True)
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

        Raises:
            AubenchError: If it is of another fit, or cannot be read.
        """
        if not self.last.exists():
            return None
        header = read_header(self.last)
        self.identity.refuse_other(header, self.last)
        progress = of_header(Progress, header, "progress", self.last)
        weights: dict[str, Tensor] = {}
        state: dict[int, dict[str, Tensor]] = {}
        for name, tensor in read_tensors(self.last).items():
            part, _, rest = name.partition(".")
            if part == "network":
                weights[rest] = tensor
            else:
                index, _, key = rest.partition(".")
                state.setdefault(_whole(index, self.last), {})[key] = tensor
        try:
            network.load_state_dict(weights)
            optimizer.load_state_dict(
                {"state": state, "param_groups": optimizer.state_dict()["param_groups"]}
            )
        except (RuntimeError, ValueError, KeyError, TypeError) as error:
            raise damaged_header(self.last, str(error).split("\n")[0][:120]) from error
        return progress

    def load_best(self, progress: Progress, network: torch.nn.Module) -> None:
        """Put the weights of the best epoch into ``network``."""
        path = self.best(progress.best_epoch)
        try:
            network.load_state_dict(read_tensors(path))
        except RuntimeError as error:
            raise damaged_header(path, str(error).split("\n")[0][:120]) from error


def _whole(text: str, path: Path) -> int:
    """The number of a parameter, in the name of a tensor."""
    if not text.isdecimal():
        raise damaged_header(path, f"a tensor called {text[:40]!r}")
    return int(text)
