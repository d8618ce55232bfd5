"""The size and the speed of a method's network."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from aubench.errors import AubenchError
from aubench.landmarks import MEAN_FACE
from aubench.method import Method, RunContext
from aubench.profiling.flops import forward_cost
from aubench.training.loader import Batch
from aubench.training.predictor import make_fabric
from aubench.training.torch_method import TorchMethod

FEWEST = 5
"""Least number of passes that are timed: quartiles of fewer say nothing."""

LARGEST = {"cpu": 32, "mps": 64, "cuda": 512}
"""Device type → the largest batch that is tried."""

GAIN = 0.98
"""A larger batch must need at most this share of the time per picture, or the search ends."""


@dataclass(frozen=True)
class Timing:
    """Seconds per picture at one batch size.

    Attributes:
        batch: Pictures per pass.
        median: Over the passes.
        low: First quartile.
        high: Third quartile.
        passes: How many were timed.
    """

    batch: int
    median: float
    low: float
    high: float
    passes: int


@dataclass(frozen=True)
class Profile:
    """What one method costs at one picture size, on one device, in one precision.

    Attributes:
        parameters: Of the network as it is trained, frozen ones included.
        learnable: Of these, how many an optimizer changes.
        deployed: Parameters of the network that predicts.
        flops: Of one picture in prediction (see `aubench.profiling.flops.Cost`).
        activations: The same.
        uncounted: Operators that make ``flops`` a lower bound.
        peak_bytes: Most memory that a prediction of one picture took, the weights included; as the
            device's allocator says, or the sum of all tensors where it says nothing.
        single: Batch 1.
        best: The batch size with the least time per picture.
    """

    parameters: int
    learnable: int
    deployed: int
    flops: int
    activations: int
    uncounted: tuple[str, ...]
    peak_bytes: int
    single: Timing
    best: Timing


def profile(
    method: Method,
    *,
    aus: tuple[int, ...],
    size: int,
    device: str,
    precision: str,
    seconds: float,
) -> Profile | None:
    """Measure ``method`` with random weights; None if it is no torch method.

    Parameters, flops and activations do not depend on device and precision.

    Args:
        method: Configured.
        aus: Action Units that it would estimate.
        size: Width and height of the pictures in pixels.
        device: A torch device.
        precision: A Lightning Fabric precision.
        seconds: How long to measure at each batch size; at least `FEWEST` passes.
    """
    if not isinstance(method, TorchMethod):
        return None
    run = RunContext(aus, Path(), device=device, precision=precision)
    with _blaming(method):
        return _profile(method, size, run, seconds)


def _profile(method: TorchMethod, size: int, run: RunContext, seconds: float) -> Profile:
    """What `profile` gives; whatever goes wrong in the method is raised as it is."""
    trained = method.build(run.aus, size)
    parameters = sum(p.numel() for p in trained.parameters())
    groups = method.optimizer(trained).param_groups
    learnable = sum(p.numel() for group in groups for p in group["params"])
    network = method.deploy(trained).eval()
    cost = forward_cost(network, pictures(method, 1, size, torch.device("cpu")))

    fabric = make_fabric(run)
    base = _allocated(fabric.device)
    module = fabric.setup_module(network.to(memory_format=torch.channels_last))
    clock = Clock(module, lambda n: pictures(method, n, size, fabric.device), seconds)
    single = clock.measure(1)
    if fabric.device.type == "cuda":
        peak = torch.cuda.max_memory_allocated(fabric.device) - base
    else:
        peak = forward_cost(module, pictures(method, 1, size, fabric.device)).peak_bytes
    best = fastest(clock.measure, single, LARGEST.get(fabric.device.type, 32))
    return Profile(
        parameters=parameters,
        learnable=learnable,
        deployed=sum(p.numel() for p in network.parameters()),
        flops=cost.flops,
        activations=cost.activations,
        uncounted=cost.uncounted,
        peak_bytes=peak,
        single=single,
        best=best,
    )


@contextmanager
def _blaming(method: TorchMethod) -> Iterator[None]:
    """Whatever goes wrong in the block becomes an AubenchError."""
    try:
        yield
    except AubenchError:
        raise
    except Exception as error:  # a plug-in's method may fail in any way
        reason = f"{type(error).__name__}: {error}".split("\n")[0]
        raise AubenchError(
            f"the network of {type(method).__name__} cannot be built or run: {reason}",
            mend="check its name and --size",
        ) from error


def pictures(method: TorchMethod, count: int, size: int, device: torch.device) -> torch.Tensor:
    """Random pictures of faces as ``method`` gives them to its network in prediction.

    Args:
        method: Prepares them.
        count: How many.
        size: Width and height in pixels, before they are prepared.
        device: Where they go.
    """
    images = torch.rand(count, 3, size, size, device=device)
    face = torch.from_numpy(MEAN_FACE).to(device, torch.float32)
    face = (face - face.amin(dim=0)) / (face.amax(dim=0) - face.amin(dim=0)) * (size - 1)
    batch = Batch(
        images=images.to(memory_format=torch.channels_last),
        landmarks=face.expand(count, -1, -1).clone(),
        labels=torch.empty(count, 0, device=device),
        aus=(),
    )
    return method.prepare(batch).images


def _allocated(device: torch.device) -> int:
    """Reset the peak of a CUDA device; the bytes that tensors hold on it, 0 on other devices."""
    if device.type != "cuda":
        return 0
    torch.cuda.reset_peak_memory_stats(device)
    return torch.cuda.memory_allocated(device)


class Clock:
    """Times passes of a network over random pictures on its device.

    Args:
        network: In evaluation mode.
        pictures: Makes a batch of so many pictures.
        seconds: How long to measure.
    """

    def __init__(
        self, network: torch.nn.Module, pictures: Callable[[int], torch.Tensor], seconds: float
    ) -> None:
        self.network, self.pictures, self.seconds = network, pictures, seconds

    def measure(self, batch: int) -> Timing:
        """Time passes of ``batch`` pictures, after one that does not count."""
        images = self.pictures(batch)
        taken: list[float] = []
        with torch.inference_mode():
            self._pass(images)
            while len(taken) < FEWEST or sum(taken) < self.seconds:
                taken.append(self._pass(images))
        low, median, high = (np.quantile(taken, (0.25, 0.5, 0.75)) / batch).tolist()
        return Timing(batch, median, low, high, len(taken))

    def _pass(self, images: torch.Tensor) -> float:
        """Seconds of one pass, the device's queue being empty before and after."""
        _wait(images.device)
        start = time.perf_counter()
        self.network(images)
        _wait(images.device)
        return time.perf_counter() - start


def _wait(device: torch.device) -> None:
    """Wait until the queue of a device is empty."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def fastest(measure: Callable[[int], Timing], single: Timing, largest: int) -> Timing:
    """The best of batches of 1, 2, 4, … pictures, until one is no gain or memory runs out.

    Args:
        measure: Times a batch size.
        single: Its result for batch 1.
        largest: Largest batch to try.
    """
    best, batch = single, 2
    while batch <= largest:
        try:
            timing = measure(batch)
        except (RuntimeError, MemoryError) as error:  # torch has no one error for a full memory
            if not _full(error):
                raise
            break
        if timing.median > GAIN * best.median:
            break
        best, batch = timing, 2 * batch
    return best


def _full(error: Exception) -> bool:
    """True if memory ran out."""
    text = str(error).lower()
    return isinstance(error, MemoryError) or "memory" in text
