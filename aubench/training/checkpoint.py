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

from aubench.errors import AubenchError, DamagedError
from aubench.io.atomic import atomic, make_folder
from aubench.io.notice import notice
from aubench.io.special import ordinary
from aubench.training.state_tree import put_together, take_apart

FORMAT = 1
"""Version of the header; a larger one was written by a newer aubench."""

WEIGHTS = "predictor.safetensors"
"""The file of a torch predictor, all that prediction needs."""

_HEADER = "aubench"

NETWORK, OPTIMIZER = "network", "optimizer"
"""What the names of tensors in a checkpoint begin with."""


def write_tensors(path: Path, tensors: Mapping[str, Tensor], header: Mapping[str, Any]) -> None:
    """Write a safetensors file that is either complete or absent, even if the machine stops.

    Args:
        path: Replaced if it exists.
        tensors: Names to tensors on any device.
        header: Values that JSON can hold.
    """
    host = _apart({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()})
    text = json.dumps({"format": FORMAT, **header}, sort_keys=True)
    with atomic(path) as temporary:
        try:
            save_file(host, temporary, metadata={_HEADER: text})
        except SafetensorError as error:
            if f"os error {errno.ENOSPC}" not in str(error):
                raise
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error


def _apart(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same tensors, each in memory of its own, which safetensors wants: weights may be tied."""
    seen: set[int] = set()
    apart = {}
    for name, tensor in tensors.items():
        place = tensor.untyped_storage().data_ptr()
        apart[name] = tensor.clone() if place in seen else tensor
        seen.add(place)
    return apart


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
        packs: Fingerprints of the packs that the frames come from; empty where they come from none.
        frames: `aubench.training.frame_sets.frames_digest` of the frames to learn from and of
            those that choose the epoch.
    """

    method: str
    settings: dict[str, Any]
    aus: tuple[int, ...]
    size: int
    seed: int
    precision: str
    train_subjects: tuple[str, ...]
    train_frames: int
    packs: tuple[str, ...] = ()
    frames: str = ""

    def refuse_other(self, header: Mapping[str, Any], path: Path) -> None:
        """Raise an AubenchError if ``header`` is that of another fit."""
        other, mine = header.get("identity"), json.loads(json.dumps(asdict(self)))
        if not isinstance(other, dict):
            raise damaged_header(path, "no identity of a fit")
        for name in ("packs", *mine):  # another pack has other people, too: it is told first
            if other.get(name) != mine[name]:
                raise AubenchError(
                    f"a checkpoint for {_difference(name, other.get(name), mine[name])}",
                    mend="remove its folder to start afresh, or repeat the command that made it",
                    path=path,
                )


def _difference(name: str, other: Any, mine: Any) -> str:
    """How a field of an identity differs, in words."""
    if name == "settings" and isinstance(other, dict):
        changed = [key for key in (*other, *mine) if other.get(key) != mine.get(key)]
        return f"other settings ({', '.join(dict.fromkeys(changed))})"
    plural = name.endswith("s")
    return f"{'other' if plural else 'another'} {_WORDS.get(name, name.replace('_', ' '))}"


_WORDS = {"aus": "AUs", "train_subjects": "training subjects", "train_frames": "training frames"}
"""Fields of an identity in words, where their names are not."""


@dataclass(frozen=True)
class Progress:
    """The state of a fit after an epoch.

    Attributes:
        epoch: Finished epochs.
        best_epoch: The one with the best score, from 1.
        best_score: Its score; the larger, the better.
    """

    epoch: int = 0
    best_epoch: int = 0
    best_score: float = float("-inf")


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
        tree, state = take_apart(_state_of(optimizer), OPTIMIZER)
        write_tensors(
            self.last,
            {**{f"{NETWORK}.{n}": t for n, t in weights.items()}, **state},
            {**header, OPTIMIZER: tree},
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
            progress = of_header(Progress, header, "progress", self.last)
            read_header(self.best(progress.best_epoch))
            tensors = read_tensors(self.last)
        except DamagedError as error:
            notice(f"the fit begins again: {error.path}: {error.what}")
            for path in (self.last, *self.folder.glob("best-*.safetensors")):
                path.unlink()
            return None
        weights = {
            name.removeprefix(f"{NETWORK}."): tensor
            for name, tensor in tensors.items()
            if name.startswith(f"{NETWORK}.")
        }
        try:
            network.load_state_dict(weights)
            _restore(optimizer, put_together(header[OPTIMIZER], tensors))
        except (AttributeError, KeyError, RuntimeError, TypeError, ValueError) as error:
            raise damaged_header(self.last, str(error).split("\n")[0][:120]) from error
        return progress

    def load_best(self, progress: Progress, network: torch.nn.Module) -> None:
        """Put the weights of the best epoch into ``network``."""
        path = self.best(progress.best_epoch)
        try:
            network.load_state_dict(read_tensors(path))
        except RuntimeError as error:
            raise damaged_header(path, str(error).split("\n")[0][:120]) from error


def _state_of(optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    """The state of an optimizer, without what its groups hold that is no value: functions."""
    state = optimizer.state_dict()
    groups = [
        {key: value for key, value in group.items() if not callable(value)}
        for group in state["param_groups"]
    ]
    return {**state, "param_groups": groups}


def _restore(optimizer: torch.optim.Optimizer, saved: dict[str, Any]) -> None:
    """Put a state that `_state_of` gave into ``optimizer``, tensors in the type that they had."""
    fresh = optimizer.state_dict()["param_groups"]
    groups = [{**new, **old} for new, old in zip(fresh, saved["param_groups"], strict=True)]
    optimizer.load_state_dict({**saved, "param_groups": groups})
    for index, held in optimizer.state_dict()["state"].items():
        for name, value in saved["state"][index].items():
            if isinstance(value, Tensor) and held[name].dtype != value.dtype:  # now the weight's
                held[name] = value.to(held[name].device)
