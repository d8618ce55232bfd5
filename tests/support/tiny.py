"""A torch method small enough for tests of the loop, and a process that dies where it is told."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from aubench.method import RunContext
from aubench.training.loader import Batch
from aubench.training.recipe import Recipe
from aubench.training.torch_method import TorchMethod
from support.drawn import drawn_frames

RECIPE = Recipe(
    epochs=3, batch=8, lr=3e-3, flip=0.5, rotation=30, scale=0.2, jitter=0.2, occlusion=0.3
)


class Tiny(TorchMethod):
    """Two convolutions, batch normalisation, dropout and a linear head: all that can go astray."""

    def build(self, aus: tuple[int, ...], size: int) -> nn.Module:
        return nn.Sequential(
            nn.Conv2d(3, 8, 5, stride=4, padding=2),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.Conv2d(8, 8, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Flatten(),
            nn.Linear(8 * (size // 8) ** 2, len(aus)),
        )

    def targets(self, batch: Batch) -> Tensor:
        return batch.labels

    def loss(self, outputs: Any, targets: Any) -> Tensor:
        known = targets.isfinite()
        return (outputs - targets.nan_to_num())[known].square().mean()

    def decode(self, outputs: Any) -> Tensor:
        return outputs


def context(folder: Path, **changed: Any) -> RunContext:
    return RunContext(**{"aus": (1, 12), "folder": folder, "seed": 7, **changed})


def train_frames(**changed: Any) -> Any:
    return drawn_frames(["d/a", "d/b", "d/c"], 7, **{"size": 32, **changed})


def valid_frames() -> Any:
    return drawn_frames(["d/v"], 9, size=32, seed=1)


class Killer:
    """A monitor that ends the process, as a power cut would, at the n-th event of a name."""

    def __init__(self, event: str, number: int) -> None:
        self.event, self.left = event, number

    def report(self, event: str, **values: float | int | str) -> None:
        self.left -= event == self.event
        if not self.left:
            os.kill(os.getpid(), signal.SIGKILL)


def main(folder: str, event: str, number: str) -> None:
    """Fit in ``folder`` and die at the n-th ``step``, ``epoch``, or flush to the disk (``fsync``).

    Every file is flushed before it is renamed, and its folder afterwards.
    """
    torch.set_num_threads(1)
    killer = Killer(event, int(number))
    if event == "fsync":
        os.fsync = lambda _: killer.report("fsync")  # type: ignore[assignment]  # a stand-in
    Tiny(RECIPE).fit(train_frames(), valid_frames(), context(Path(folder), monitor=killer))


if __name__ == "__main__":
    main(*sys.argv[1:])
