"""The predictor of a torch method: its network, and what the network was trained on."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import lightning_fabric
import numpy as np
import torch
from lightning_fabric.plugins.environments.lightning import LightningEnvironment
from torch import nn

from aubench.errors import AubenchError
from aubench.frames import FloatArray, Frames
from aubench.method import Fitted, HeatMaps, Predictor, RunContext
from aubench.training.checkpoint import (
    WEIGHTS,
    Identity,
    damaged_header,
    of_header,
    read_header,
    read_tensors,
    write_tensors,
)
from aubench.training.hooks import TrainingHooks
from aubench.training.image_cache import ImageCache
from aubench.training.loader import in_order, read_batches
from aubench.training.sharding import gather, share

PREDICTION_BATCH = 32
"""Pictures per batch. In evaluation mode it changes nothing but speed and memory."""

LARGEST = 8192
"""Width and height in pixels of the largest pictures that a pack holds."""


def make_fabric(run: RunContext) -> lightning_fabric.Fabric:
    """Lightning Fabric on the run's one device, in its precision.

    It is told where it runs: left to find out, it takes an idle ``srun`` on the path, or a job's
    ``SLURM_NTASKS``, for a cluster to be used, and warns or refuses.
    """
    kind, _, index = run.device.partition(":")
    return lightning_fabric.Fabric(
        accelerator=kind,
        devices=[int(index or 0)] if kind == "cuda" else 1,
        precision=run.precision,  # type: ignore[arg-type]  # Fabric itself checks the string
        plugins=LightningEnvironment(),
    )


def set_up(network: nn.Module, fabric: lightning_fabric.Fabric) -> nn.Module:
    """``network`` on the device and in the precision of ``fabric``, channels-last in memory."""
    module: nn.Module = fabric.setup_module(network.to(memory_format=torch.channels_last))
    return module


class TorchPredictor(Predictor):
    """A trained network.

    Args:
        method: Decodes the network's outputs.
        network: On its device, set up by ``fabric``.
        fabric: Holds the device.
        identity: What it was trained on.
        fitted: How the training went.
    """

    def __init__(
        self,
        method: TrainingHooks,
        network: nn.Module,
        fabric: lightning_fabric.Fabric,
        identity: Identity,
        fitted: Fitted,
    ) -> None:
        self.method, self.network, self.fabric, self.identity = method, network, fabric, identity
        self.aus, self.train_subjects, self.fitted = identity.aus, identity.train_subjects, fitted

    def estimate(self, frames: Frames) -> FloatArray:
        """Values in the order of ``frames``.

        Raises:
            AubenchError: If the pictures have another size than the training pictures had.
        """
        if frames.size != self.identity.size:
            raise AubenchError(
                f"pictures of {frames.size} pixels for a predictor trained at {self.identity.size}",
                mend="prepare the corpus at the size of the training pack",
            )
        return decode_all(self.method, self.network, frames, self.fabric)

    def heat_maps(self, frames: Frames) -> HeatMaps | None:
        """The network's outputs, if they are one map per AU, and the pictures that it was given."""
        self.network.eval()
        maps, pictures = [], []
        with torch.inference_mode():
            parts = in_order(len(frames), PREDICTION_BATCH)
            for batch in read_batches(frames, parts, self.fabric.device):
                images = self.method.prepare(batch).images
                outputs = self.network(images)
                if not _are_maps(outputs, len(self.aus)):
                    return None
                maps.append(outputs.float().cpu().numpy())
                shown = images.permute(0, 2, 3, 1).mul(255).round().clamp(0, 255)
                pictures.append(shown.byte().cpu().numpy())
        return HeatMaps(np.concatenate(maps), np.concatenate(pictures)) if maps else None

    def save(self, folder: Path) -> None:
        """Write the weights and what they were trained on to ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        fitted = replace(self.fitted or Fitted(), images_per_second=None)
        header = {"identity": asdict(self.identity), "fitted": asdict(fitted)}
        write_tensors(folder / WEIGHTS, self.network.state_dict(), header)


def _are_maps(outputs: Any, count: int) -> bool:
    """True if this is a tensor (B, ``count``, h, w)."""
    return isinstance(outputs, torch.Tensor) and outputs.ndim == 4 and outputs.shape[1] == count


def decode_all(
    method: TrainingHooks,
    network: nn.Module,
    frames: Frames,
    fabric: lightning_fabric.Fabric,
    cache: ImageCache | None = None,
) -> FloatArray:
    """The values that ``method`` decodes for every frame, (N, ...) float32, in evaluation mode.

    If ``fabric`` has several processes, each predicts its share, and each returns all values.

    Args:
        method: Decodes the network's outputs.
        network: Set up by ``fabric``.
        frames: N frames.
        fabric: Holds the device and the processes.
        cache: Keeps decoded pictures of ``frames`` for the next time.
    """
    network.eval()
    mine = share(len(frames), fabric.global_rank, fabric.world_size)
    parts = [mine[part] for part in in_order(len(mine), PREDICTION_BATCH)]
    with torch.inference_mode():
        values = [
            method.decode(network(method.prepare(batch).images)).float().cpu().numpy()
            for batch in read_batches(frames, parts, fabric.device, cache)
        ]
    own = np.concatenate(values) if values else np.empty((0, 0), np.float32)
    return gather(mine, own, len(frames), fabric.world_size)


def load(method: TrainingHooks, folder: Path, run: RunContext) -> TorchPredictor:
    """The predictor that `TorchPredictor.save` wrote.

    Raises:
        AubenchError: If it is for other AUs or of another method, or cannot be read.
    """
    path = folder / WEIGHTS
    header = read_header(path)
    identity = identity_of(header, path)
    if identity.aus != run.aus:
        raise AubenchError(
            f"a checkpoint for other AUs ({', '.join(map(str, identity.aus))})",
            mend=f"name one for AUs {', '.join(map(str, run.aus))}",
            path=path,
        )
    if not 1 <= identity.size <= LARGEST:
        raise damaged_header(path, f"pictures of {identity.size} pixels")
    network = method.deploy(method.build(identity.aus, identity.size))
    try:
        network.load_state_dict(read_tensors(path))
    except RuntimeError as error:
        raise AubenchError(
            f"a checkpoint of {identity.method} with other settings than these",
            mend="give the settings that it was trained with",
            path=path,
        ) from error
    fabric = make_fabric(run)
    fitted = of_header(Fitted, header, "fitted", path)
    return TorchPredictor(method, set_up(network, fabric), fabric, identity, fitted)


def identity_of(header: dict[str, Any], path: Path) -> Identity:
    """The `Identity` in the header of a file that aubench wrote.

    Raises:
        AubenchError: If it holds none.
    """
    if "identity" not in header:
        raise AubenchError("not a checkpoint of a fit", mend="name another file", path=path)
    return of_header(Identity, header, "identity", path)
