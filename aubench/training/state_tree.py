"""The state of an optimiser as tensors with names and a tree that JSON can hold."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aubench.errors import AubenchError


def take_apart(value: Any, place: str) -> tuple[Any, dict[str, Tensor]]:
    """A tree that JSON can hold, and the tensors of ``value`` by the names that the tree gives.

    Args:
        value: Tensors, numbers, text, None, dtypes, and lists, tuples and dicts of these.
        place: Begins every name.

    Raises:
        AubenchError: If there is something else in it.
    """
    tensors: dict[str, Tensor] = {}
    return _tree(value, place, tensors), tensors


def _tree(value: Any, place: str, tensors: dict[str, Tensor]) -> Any:
    """The tree of ``value``; its tensors go into ``tensors``."""
    match value:
        case Tensor():
            tensors[place] = value
            return {"channels last" if _is_channels_last(value) else "tensor": place}
        case list() | tuple():
            parts = [_tree(part, f"{place}.{n}", tensors) for n, part in enumerate(value)]
            return {"list" if isinstance(value, list) else "tuple": parts}
        case Mapping():
            pairs = [
                [_leaf(key, place), _tree(part, f"{place}.{key}", tensors)]
                for key, part in value.items()
            ]
            return {"dict": pairs}
    return _leaf(value, place)


def _leaf(value: Any, place: str) -> Any:
    """The tree of what holds no tensor."""
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, float) and not math.isfinite(value):
        return {"number": str(value)}
    if isinstance(value, torch.dtype):
        return {"dtype": str(value).removeprefix("torch.")}
    if value is None or isinstance(value, bool | int | float | str):
        return {"value": value}
    raise AubenchError(
        f"{place} is of type {type(value).__name__}, which a checkpoint cannot hold",
        mend="keep tensors, numbers, text, lists and dicts in the state of an optimiser",
    )


def _is_channels_last(tensor: Tensor) -> bool:
    """True for (B, C, H, W) with channels last in memory: sums over others end in other digits."""
    last = tensor.ndim == 4 and tensor.is_contiguous(memory_format=torch.channels_last)
    return last and not tensor.is_contiguous()


def put_together(tree: Any, tensors: Mapping[str, Tensor]) -> Any:
    """What `take_apart` took apart."""
    ((kind, content),) = tree.items()
    if kind in {"list", "tuple"}:
        parts = [put_together(part, tensors) for part in content]
        return parts if kind == "list" else tuple(parts)
    if kind == "dict":
        return {put_together(key, {}): put_together(part, tensors) for key, part in content}
    return _READ[kind](content, tensors)


_READ: Mapping[str, Callable[[Any, Mapping[str, Tensor]], Any]] = {
    "value": lambda content, _: content,
    "number": lambda content, _: float(content),
    "dtype": lambda content, _: getattr(torch, content),
    "tensor": lambda content, tensors: tensors[content],
    "channels last": lambda content, tensors: tensors[content].to(
        memory_format=torch.channels_last
    ),
}
"""Kind of leaf → what gives its value."""
