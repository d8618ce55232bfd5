"""The training loop: one epoch after the other on Lightning Fabric, resumable after each.

Every draw of an epoch comes from (seed, epoch): a fit that was killed goes on from the last
finished epoch and, on a CPU, ends bit for bit where an uninterrupted one ends.
"""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass, replace

import lightning_fabric
import numpy as np
import torch
from torch import nn

from aubench.errors import AubenchError
from aubench.frames import LabelledFrames
from aubench.method import Fitted, RunContext
from aubench.training.checkpoint import CheckpointFolder, Identity, Progress
from aubench.training.frame_sets import frames_digest
from aubench.training.hooks import TrainingHooks
from aubench.training.image_cache import ImageCache, make_cache
from aubench.training.loader import read_batches, shuffled
from aubench.training.predictor import TorchPredictor, decode_all, make_fabric, set_up


def fit(
    method: TrainingHooks, train: LabelledFrames, valid: LabelledFrames, run: RunContext
) -> TorchPredictor:
    """Train a network of ``method`` and keep the epoch that scores best on ``valid``.

    Reports ``fit`` (epochs, images), ``step`` (loss, images) and ``epoch`` (epoch, epochs, loss,
    images_per_second, the method's diagnostics, the score) to the run's monitor.

    Raises:
        AubenchError: If there is nothing to learn from, the loss is not finite, or ``run.folder``
            holds checkpoints of another fit.
    """
    for role, frames in (("train on", train), ("validate on", valid)):
        if not len(frames):
            raise AubenchError(f"no frame to {role}", mend="check the protocol's subjects")
    fabric = make_fabric(run)
    torch.manual_seed(_seed(run.seed, 0))
    network = method.build(train.aus, train.size).to(memory_format=torch.channels_last)
    optimizer = method.optimizer(network)
    scales = _scales(method, optimizer)
    learnable = sum(p.numel() for group in optimizer.param_groups for p in group["params"])

    # Before resuming: loaded optimizer state follows the parameters to their device.
    module, wrapped = fabric.setup(network, optimizer)
    identity = _identity(method, run, train, valid)
    checkpoints = CheckpointFolder(run.folder, identity)
    progress = checkpoints.resume(network, optimizer)
    rates: list[float] = []
    if progress is None:
        progress = Progress()
        method.initialise(network, train.size)

    cache, valid_cache = (make_cache(f, fabric.device, run.cache) for f in (train, valid))
    trainer = _Trainer(method, module, wrapped, scales, fabric, run, cache)
    epochs = method.settings.epochs
    run.monitor.report("fit", epochs=epochs, images=len(train), epoch=progress.epoch)
    while progress.epoch < epochs:
        method.begin_epoch(network, progress.epoch)
        figures = _train_epoch(trainer, train, progress.epoch)
        score = method.score(decode_all(method, module, valid, fabric, valid_cache), valid)
        progress = _after(progress, score)
        rates.append(figures["images_per_second"])
        checkpoints.save(progress, network, optimizer)
        run.monitor.report(
            "epoch",
            epoch=progress.epoch,
            epochs=epochs,
            **figures,
            **{method.score_name: score},
        )
    checkpoints.load_best(progress, network)
    deployed = method.deploy(network)
    fitted = Fitted(
        epochs=epochs,
        best_epoch=progress.best_epoch,
        valid_icc=_icc(method, progress.best_score),
        images_per_second=sum(rates) / len(rates) if rates else None,
        parameters=sum(p.numel() for p in deployed.parameters()),
        learnable=learnable,
    )
    return TorchPredictor(method, set_up(deployed, fabric), fabric, identity, fitted)


def untrained(
    method: TrainingHooks, network: nn.Module, train: LabelledFrames, run: RunContext
) -> TorchPredictor:
    """The predictor of a network that is not trained here, its weights as they are.

    Args:
        method: Decodes the network's outputs.
        network: As `TrainingHooks.deploy` returns it.
        train: Frames of the people whom its weights were learned from, all of them.
        run: Device and precision.
    """
    fabric = make_fabric(run)
    fitted = Fitted(epochs=0, parameters=sum(p.numel() for p in network.parameters()), learnable=0)
    identity = _identity(method, run, train)
    return TorchPredictor(method, set_up(network, fabric), fabric, identity, fitted)


@dataclass(frozen=True)
class _Trainer:
    """The objects that every epoch of a fit uses; a scale is a group's share of the rate."""

    method: TrainingHooks
    network: nn.Module
    optimizer: torch.optim.Optimizer
    scales: tuple[float, ...]
    fabric: lightning_fabric.Fabric
    run: RunContext
    cache: ImageCache | None


def _scales(method: TrainingHooks, optimizer: torch.optim.Optimizer) -> tuple[float, ...]:
    """The learning rate of every parameter group as the method made it, over that of its recipe."""
    lr = method.settings.lr
    return tuple(group["lr"] / lr if lr else 1.0 for group in optimizer.param_groups)


def _train_epoch(trainer: _Trainer, train: LabelledFrames, epoch: int) -> dict[str, float]:
    """Train one pass over ``train``; return the mean loss, the images per second, diagnostics."""
    method, network, optimizer = trainer.method, trainer.network, trainer.optimizer
    seed = _seed(trainer.run.seed, epoch + 1)
    torch.manual_seed(seed)  # dropout and its like
    generator = torch.Generator().manual_seed(seed)
    parts = shuffled(len(train), method.settings.batch, np.random.default_rng(seed))
    network.train()
    start, total = time.perf_counter(), 0.0
    seen: dict[str, list[float]] = {}
    batches = read_batches(train, parts, trainer.fabric.device, trainer.cache)
    for step, batch in enumerate(batches):
        rate = method.settings.learning_rate(epoch + step / len(parts))
        for group, scale in zip(optimizer.param_groups, trainer.scales, strict=True):
            group["lr"] = rate * scale
        changed = method.augment(batch, generator)
        outputs = method.forward(network, changed)
        loss = method.loss(outputs, method.targets(changed))
        optimizer.zero_grad()
        trainer.fabric.backward(loss)
        if method.clip is not None:
            # A gradient that is not finite shows as the loss of the next step, which is told.
            trainer.fabric.clip_gradients(
                network, optimizer, max_norm=method.clip, error_if_nonfinite=False
            )
        optimizer.step()
        value = loss.item()
        if not math.isfinite(value):
            raise AubenchError(
                f"the loss is {value} in epoch {epoch + 1}",
                mend="lower the learning rate (--set lr=…) or compute in --precision 32-true",
            )
        total += value * len(batch)
        for name, figure in method.diagnostics(outputs).items():
            seen.setdefault(name, []).append(figure)
        trainer.run.monitor.report("step", loss=value, images=len(batch))
    return {
        "loss": total / len(train),
        "images_per_second": len(train) / (time.perf_counter() - start),
        **{name: sum(figures) / len(figures) for name, figures in seen.items()},
    }


def _seed(seed: int, stream: int) -> int:
    """An independent seed for one stream of draws: 0 the initialisation, e the e-th epoch."""
    return int(np.random.SeedSequence([seed, stream]).generate_state(1, np.uint64)[0] >> 1)


def _after(progress: Progress, score: float) -> Progress:
    """The progress one epoch on; a score that is undefined counts as the worst."""
    epoch = progress.epoch + 1
    score = -math.inf if math.isnan(score) else score
    if epoch == 1 or score > progress.best_score:
        return Progress(epoch, epoch, score)
    return replace(progress, epoch=epoch)


def _icc(method: TrainingHooks, score: float) -> float | None:
    """The score of the best epoch if it is an ICC, and defined."""
    return score if method.score_name == "icc" and math.isfinite(score) else None


def _identity(
    method: TrainingHooks, run: RunContext, train: LabelledFrames, *valid: LabelledFrames
) -> Identity:
    """The identity of a fit to ``train`` that ``valid`` chooses the epoch of."""
    name = type(method).__name__
    return Identity(
        method=f"{name}/{method.variant}" if method.variant else name,
        settings=asdict(method.settings),
        aus=train.aus,
        size=train.size,
        seed=run.seed,
        precision=run.precision,
        train_subjects=tuple(sorted(train.keys["subject"].unique())),
        train_frames=len(train),
        packs=run.packs,
        frames=frames_digest(train, *valid),
    )
