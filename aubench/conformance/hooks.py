"""Checks of the hooks of a torch method, one by one, on a few frames, before the first fit."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from numbers import Real

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from aubench.conformance.batches import are_equal, copy_of, filled, refuse_other, refuse_unlike
from aubench.conformance.finding import FaultError, Finding, examine, named
from aubench.conformance.trial import SEED, Trial
from aubench.frames import Frames
from aubench.training.hooks import TrainingHooks
from aubench.training.loader import Batch, read_batches
from aubench.training.torch_method import TorchMethod

MASK = "are NaN where not coded; mask them"


def check_hooks(trial: Trial) -> list[Finding]:
    """The findings of every hook, up to the first that fails, since later ones build on it.

    None for a method that is no torch method, or that has a ``fit`` of its own, which may give its
    hooks what they need.

    Raises:
        AubenchError: If a hook refuses the sample.
    """
    method = trial.make()
    if not isinstance(method, TrainingHooks) or type(method).fit is not TorchMethod.fit:
        return []
    probe = _Probe(method, trial)
    steps: Mapping[str, Callable[[], str]] = {
        "build": probe.build,
        "optimizer": probe.optimize,
        "learning rates": probe.schedule,
        "augment": probe.augment,
        "prepare": probe.prepare,
        "loss": probe.lose,
        "gradient": probe.differentiate,
        "decode": probe.decode,
        "score": probe.score,
        "deploy": probe.deploy,
    }
    findings = []
    for name, step in steps.items():
        findings.append(examine(name, step, refusals=True))
        if not findings[-1].passed:
            break
    return findings


class _Probe:
    """A torch method whose hooks are called as a fit calls them.

    Args:
        method: Configured.
        trial: Its frames.
    """

    network: nn.Module
    optimizer: torch.optim.Optimizer
    changed: Batch

    def __init__(self, method: TrainingHooks, trial: Trial) -> None:
        self.method, self.sample = method, trial.sample
        self.train = _batch(trial.sample.train)

    def build(self) -> str:
        train = self.sample.train
        torch.manual_seed(SEED)
        network = self.method.build(train.aus, train.size)
        refuse_other(network, nn.Module, "build")
        if any(is_lazy(parameter) for parameter in network.parameters()):
            raise FaultError("a layer does not know its shape yet: use none that is lazy")
        self.network = network.to(memory_format=torch.channels_last)
        self.method.initialise(self.network, train.size)
        return f"a network of {sum(p.numel() for p in self.network.parameters()):,} parameters"

    def optimize(self) -> str:
        optimizer = self.method.optimizer(self.network)
        refuse_other(optimizer, torch.optim.Optimizer, "optimizer")
        own = {id(parameter) for parameter in self.network.parameters()}
        changed = [p for group in optimizer.param_groups for p in group["params"]]
        if any(id(parameter) not in own for parameter in changed):
            raise FaultError("it changes parameters that are not of the network")
        if not any(parameter.requires_grad for parameter in changed):
            raise FaultError("no parameter that it has learns")
        self.optimizer = optimizer
        return f"{type(optimizer).__name__} of {sum(p.numel() for p in changed):,} parameters"

    def schedule(self) -> str:
        """The loop sets the rate of every group before every step: what others set is lost."""
        method, groups = self.method, self.optimizer.param_groups
        starts = [float(group["lr"]) for group in groups]
        settings = method.settings
        for progress in (0.0, settings.epochs / 2, settings.epochs - 0.01):
            rate = settings.learning_rate(progress)
            if not isinstance(rate, Real) or not math.isfinite(rate) or rate < 0:
                raise FaultError(f"learning_rate({progress:g}) gave {rate!r}, not a rate")
        if settings.lr == 0 and any(starts):
            raise FaultError("lr is 0, so the rates of the groups are lost: they are parts of lr")
        method.begin_epoch(self.network, 0)
        if [float(group["lr"]) for group in groups] != starts:
            raise FaultError(
                "the rate that begin_epoch sets is lost: give each group its own in optimizer, "
                "and change it over the fit in learning_rate of the settings"
            )
        clip: object = method.clip
        if clip is not None and (not isinstance(clip, Real) or not float(clip) > 0):
            raise FaultError(f"clip is {clip!r}, not a norm above 0 or None")
        return f"of {len(groups)} groups, in proportion"

    def augment(self) -> str:
        given = copy_of(self.train)
        changed = self.method.augment(self.train, torch.Generator().manual_seed(SEED))
        refuse_unlike(changed, given, "augment")
        if not are_equal(self.train, given):
            raise FaultError("augment changes the batch that it is given: change a copy")
        self.changed = changed
        return "a batch like the one that it is given, which stays as it was"

    def prepare(self) -> str:
        given = _batch(self.sample.test)
        refuse_unlike(self.method.prepare(given), given, "prepare", sized=False)
        return "a batch like the one that it is given"

    def lose(self) -> str:
        """The loss of a batch in which labels and landmarks lack."""
        self.network.train()
        try:
            loss, fault = self._loss(self.changed), None
        except Exception as error:  # a stranger's method may fail in any way
            loss, fault = None, error
        if loss is None or not loss.isfinite().all():
            for what, whole in filled(self.changed).items():
                if self._is_sound(whole):
                    raise FaultError(f"{what} {MASK}") from fault
        if fault is not None:
            raise fault
        assert loss is not None
        if not loss.isfinite().all():
            raise FaultError(f"the loss is {loss.item()}")
        return f"{loss.item():.4g}"

    def _is_sound(self, batch: Batch) -> bool:
        """True if the loss of ``batch`` is a finite number."""
        try:
            return bool(self._loss(batch).isfinite().all())
        except Exception:  # a stranger's method may fail in any way
            return False

    def _loss(self, batch: Batch) -> Tensor:
        method = self.method
        outputs = method.forward(self.network, batch)
        loss = method.loss(outputs, method.targets(batch))
        refuse_other(loss, Tensor, "loss")
        if loss.numel() != 1:
            raise FaultError(f"loss gave shape {tuple(loss.shape)}, not a scalar: take its mean")
        if not loss.is_floating_point():
            raise FaultError(f"loss gave {loss.dtype}, not a floating-point number")
        figures = method.diagnostics(outputs)
        refuse_other(figures, Mapping, "diagnostics")
        for name, figure in figures.items():
            if not isinstance(name, str) or not isinstance(figure, Real):
                raise FaultError(f"diagnostics gave {name!r}: {named(figure)}, not a number")
        return loss

    def differentiate(self) -> str:
        loss = self._loss(self.changed)
        if not loss.requires_grad:
            raise FaultError(
                "the loss does not depend on the network: it was detached, or made outside torch"
            )
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it so
        slopes = {name: p.grad for name, p in self.network.named_parameters()}
        found = {name: slope for name, slope in slopes.items() if slope is not None}
        if not found:
            raise FaultError("the loss reaches no parameter of the network")
        for name, slope in found.items():
            if not slope.isfinite().all():
                raise FaultError(
                    f"the gradient of {name} is not finite: mask what is NaN before computing with "
                    "it, not afterwards"
                )
        return f"finite, of {len(found)} of {len(slopes)} parameters"

    def decode(self) -> str:
        self.values(self.network, "decode")
        return "(B, A), also of one picture"

    def values(self, network: nn.Module, hook: str) -> None:
        """Refuse what is decoded of many test pictures, and of one, if it is not (B, A) numbers."""
        network.eval()
        frames = self.sample.test
        for count in (len(frames), 1):
            batch = _batch(frames.select(range(count)))
            with torch.inference_mode():
                values = self.method.decode(network(self.method.prepare(batch).images))
            refuse_other(values, Tensor, hook)
            wanted = (count, len(self.sample.train.aus))
            if values.shape != wanted:
                raise FaultError(
                    f"{hook} gave shape {tuple(values.shape)} for {count} pictures and "
                    f"{wanted[1]} AUs, not {wanted}"
                )
            if values.is_complex() or values.dtype == torch.bool:
                raise FaultError(f"{hook} gave {values.dtype}, not numbers")
            if not values.float().isfinite().all():
                raise FaultError(f"{hook} gave a value that is not finite")

    def score(self) -> str:
        valid = self.sample.valid
        guess = np.resize(np.arange(5, dtype=np.float32), valid.labels.shape)
        score = self.method.score(guess, valid)
        if not isinstance(score, Real):
            raise FaultError(f"score gave {named(score)}, not a number")
        return "a number"

    def deploy(self) -> str:
        network = self.method.deploy(self.network)
        refuse_other(network, nn.Module, "deploy")
        self.values(network, "decode after deploy")
        return f"a network of {sum(p.numel() for p in network.parameters()):,} parameters"


def _batch(frames: Frames) -> Batch:
    """All ``frames`` in one batch."""
    (batch,) = read_batches(frames, [np.arange(len(frames))], torch.device("cpu"))
    return batch
