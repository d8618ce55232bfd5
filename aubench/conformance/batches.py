"""What a hook gave against what it should have given, and batches in which nothing lacks."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from aubench.conformance.finding import FaultError, named
from aubench.training.loader import Batch


def refuse_other(given: object, kind: type, hook: str) -> None:
    """Raise a FaultError unless ``given``, of ``hook``, is a ``kind``."""
    if not isinstance(given, kind):
        raise FaultError(f"{hook} gave {named(given)}, not a {kind.__module__}.{kind.__name__}")


def refuse_unlike(given: object, batch: Batch, hook: str, *, sized: bool = True) -> None:
    """Raise a FaultError unless ``given``, of ``hook``, is a batch like ``batch``.

    Args:
        given: What the hook gave.
        batch: What it was given.
        hook: Its name.
        sized: Its pictures must have the size that they had.
    """
    refuse_other(given, Batch, hook)
    assert isinstance(given, Batch)
    for name in ("images", "landmarks", "labels"):
        new, old = getattr(given, name), getattr(batch, name)
        refuse_other(new, Tensor, f"the {name} of {hook}")
        shapes = (new.shape, old.shape)
        if name == "images" and not sized:
            shapes = (new.shape[:1], old.shape[:1])
        if shapes[0] != shapes[1]:
            raise FaultError(f"{hook} gave {name} of shape {tuple(new.shape)}, not {(*old.shape,)}")
        if new.dtype != old.dtype or new.device != old.device:
            raise FaultError(f"{hook} gave {name} of {new.dtype} on {new.device}, not {old.dtype}")
    if given.aus != batch.aus:
        raise FaultError(f"{hook} gave AUs {given.aus}, not {batch.aus}")
    if not given.images.isfinite().all():
        raise FaultError(f"{hook} gave pictures that are not finite")


def copy_of(batch: Batch) -> Batch:
    """``batch`` in memory of its own."""
    return replace(
        batch,
        images=batch.images.clone(),
        landmarks=batch.landmarks.clone(),
        labels=batch.labels.clone(),
    )


def are_equal(one: Batch, other: Batch) -> bool:
    """True if two batches hold the same numbers; NaN is equal to NaN."""
    return all(
        torch.equal(getattr(one, name).nan_to_num(-1), getattr(other, name).nan_to_num(-1))
        for name in ("images", "landmarks", "labels")
    )


def filled(batch: Batch) -> dict[str, Batch]:
    """``batch`` with a number for everything that is NaN, by what was NaN."""
    landmarks = torch.where(batch.landmarks.isnan(), batch.images.shape[-1] / 2, batch.landmarks)
    labels = batch.labels.nan_to_num()
    return {
        "labels": replace(batch, labels=labels),
        "landmarks": replace(batch, landmarks=landmarks),
        "labels and landmarks": replace(batch, labels=labels, landmarks=landmarks),
    }
