"""``hr2018-single``: one network of hr2018 per AU."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from aubench.action_units import column
from aubench.errors import AubenchError
from aubench.frames import FloatArray, Frames, LabelledFrames
from aubench.method import Fitted, Predictor, RunContext
from aubench_methods.heatmap_network import check_size
from aubench_methods.hr2018.joint import HR2018
from aubench_methods.hr2018.network import BottleneckHourglass, Weighted
from aubench_methods.monitors import Labelled


class SideBySide(nn.Module):
    """Several networks that see the same pictures, their maps one after the other.

    Args:
        networks: Each makes maps (B, N_i, H, W) of pictures (B, 3, S, S).
    """

    def __init__(self, networks: Iterable[nn.Module]) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)

    def forward(self, images: Tensor) -> Tensor:
        """(B, 3, S, S) → (B, ΣN_i, H, W)."""
        return torch.cat([network(images) for network in self.networks], dim=1)


class HR2018Single(HR2018):
    """One network per AU (the paper's "single heat map"), fitted one after the other.

    Each AU's network keeps the epoch that does best on that AU.
    """

    summary: ClassVar[str] = "hr2018 with a network of its own for every AU."

    def build(self, aus: tuple[int, ...], size: int) -> nn.Module:
        """The networks of all AUs side by side, as they predict; `fit` asks for one at a time."""
        check_size(size)
        return Weighted(SideBySide(BottleneckHourglass(1) for _ in aus), len(aus))

    def fit(self, train: LabelledFrames, valid: LabelledFrames, run: RunContext) -> Predictor:
        """Fit every AU in a folder of its own, where a stopped fit goes on."""
        fit = super().fit
        return PerAU([fit(_only(train, au), _only(valid, au), of_au(run, au)) for au in run.aus])

    def load(self, folder: Path, run: RunContext) -> Predictor:
        """The predictor that was saved to ``folder``.

        Raises:
            AubenchError: If it is for other AUs, or cannot be read.
        """
        kept = {path.parent.name for path in folder.glob("AU*/predictor.safetensors")}
        if kept != {column(au) for au in run.aus}:
            raise AubenchError(
                f"a checkpoint for other AUs ({', '.join(sorted(kept)) or 'none'})",
                mend=f"name one for AUs {', '.join(map(str, run.aus))}",
                path=folder,
            )
        load = super().load
        return PerAU([load(folder / column(au), of_au(run, au)) for au in run.aus])


class PerAU(Predictor):
    """Predictors of one AU each, side by side.

    Args:
        predictors: In the order of the columns.
    """

    def __init__(self, predictors: list[Predictor]) -> None:
        self.predictors = predictors
        self.aus = tuple(au for predictor in predictors for au in predictor.aus)
        self.train_subjects = predictors[0].train_subjects
        self.fitted = _together([p.fitted for p in predictors if p.fitted])

    def estimate(self, frames: Frames) -> FloatArray:
        """The predictions (N, A) float32, one column per predictor."""
        return np.concatenate([predictor.predict(frames) for predictor in self.predictors], axis=1)

    def save(self, folder: Path) -> None:
        """Write every predictor to a folder named after its AU."""
        for predictor, au in zip(self.predictors, self.aus, strict=True):
            predictor.save(folder / column(au))


def of_au(run: RunContext, au: int) -> RunContext:
    """``run`` for one AU: its own folder and its own events."""
    folder = run.folder / column(au)
    return replace(run, aus=(au,), folder=folder, monitor=Labelled(run.monitor, au=au))


def _only(frames: LabelledFrames, au: int) -> LabelledFrames:
    """``frames`` with the labels of one AU."""
    labels = frames.labels[:, [frames.aus.index(au)]]
    return replace(frames, labels=labels, aus=(au,))


def _together(fits: list[Fitted]) -> Fitted:
    """The fits of all AUs in one: sums of parameters, the mean ICC over the AUs that have one."""
    iccs = [
        fit.valid_icc for fit in fits if fit.valid_icc is not None and np.isfinite(fit.valid_icc)
    ]
    seconds = sum(1 / fit.images_per_second for fit in fits if fit.images_per_second)
    return Fitted(
        epochs=fits[0].epochs,
        valid_icc=float(np.mean(iccs)) if iccs else None,
        images_per_second=1 / seconds if seconds else None,
        parameters=sum(fit.parameters or 0 for fit in fits),
        learnable=sum(fit.learnable or 0 for fit in fits),
    )
