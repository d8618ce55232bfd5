"""What 'aubench run' refuses at once, before a twin is rendered or a pack is read through."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path

from aubench.errors import AubenchError
from aubench.method import Method, RunContext
from aubench.protocol import Protocol


def refuse_folds(protocol: Protocol, folds: Sequence[str]) -> None:
    """Raise if ``protocol`` has no fold of one of these names."""
    for name in folds:
        known = [fold.name for fold in protocol.folds]
        words = [word.strip().removeprefix("fold-") for word in name.split(",")]
        if name not in known and all(word in known for word in words):
            mend = f"write {' '.join(f'--fold {word}' for word in words)}"
            raise AubenchError(f"protocol {protocol.name} has no fold {name!r}", mend=mend)
        protocol.fold(name)


def refuse_tensorboard() -> None:
    """Raise if TensorBoard is not installed."""
    if importlib.util.find_spec("tensorboard") is None:
        raise AubenchError(
            "--tensorboard, but tensorboard is not installed",
            mend="pip install 'aubench[tensorboard]', or leave the option out",
        )


def refuse_results(results: Path, protocol: str) -> None:
    """Raise if runs cannot be kept under ``results``; finished ones may be read there."""
    kept = next(part for part in (results, *results.absolute().parents) if part.exists())
    if any((results / protocol).glob("*/*/record.json")):
        return
    if not kept.is_dir():
        raise AubenchError(
            "a file stands where results would be kept", mend="name a folder: --results", path=kept
        )
    if not os.access(kept, os.W_OK | os.X_OK):
        mend = "name a folder that you may write to: --results FOLDER"
        raise AubenchError("results cannot be kept here", mend=mend, path=kept)


def refuse_size(method: Method, protocol: Protocol, size: int) -> None:
    """Raise if the network of ``method`` cannot take pictures of ``size`` pixels."""
    import torch  # noqa: PLC0415  # `aubench run --help` does without it

    from aubench.training.hooks import TrainingHooks  # noqa: PLC0415  # torch

    if not isinstance(method, TrainingHooks):
        return
    try:
        with torch.device("meta"):
            method.build(protocol.aus, size)
    except AubenchError as error:
        mend = f"give another --twin-size; for a pack of your own, {error.mend}"
        raise AubenchError(error.what, mend=mend, path=error.path) from error
    except Exception:  # a stranger's network may not be built without memory: the run will say
        return


def refuse_before_rendering(
    method: Method, protocol: Protocol, size: int, precision: str, results: Path
) -> None:
    """Raise if a run on a synthetic twin of ``size`` pixels cannot go well."""
    if method.skip(protocol):
        return
    refuse_size(method, protocol, size)
    method.check(RunContext(protocol.aus, results, precision=precision, synthetic=True))
