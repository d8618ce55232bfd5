"""Reads files of weights that others published: tensors only, with the names that are wanted."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from aubench.errors import AubenchError


def read_state_dict(path: Path) -> Mapping[str, Any]:
    """A mapping of names to tensors that ``torch.save`` wrote, in its old or new form.

    Only tensors are read, by torch's ``weights_only`` reader; of a checkpoint, what it holds as its
    ``state_dict``.

    Raises:
        AubenchError: If it is no such file.
    """
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                if any(info.compress_type != zipfile.ZIP_STORED for info in archive.infolist()):
                    raise ValueError("compressed, which torch.save never does")
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch.load raises whatever its readers do
        reason = str(error).split("\n")[0][:120]
        raise AubenchError(
            f"not a file of weights ({reason})", mend="download the file again", path=path
        ) from error
    state = state.get("state_dict", state) if isinstance(state, dict) else {}
    return state if isinstance(state, dict) else {}


def matched(
    found: Mapping[str, Any], wanted: Mapping[str, Tensor], path: Path, *, what: str, mend: str
) -> dict[str, Tensor]:
    """``found`` with the names, shapes and types of ``wanted``.

    Files older than the counters of batch normalisation lack these; nothing computes with them.

    Args:
        found: What a file holds.
        wanted: The tensors of a network.
        path: The file.
        what: What it was to hold.
        mend: Which file to name.

    Raises:
        AubenchError: At the first difference.
    """
    counters = {name for name in wanted if name.endswith("num_batches_tracked")}
    missing = [name for name in wanted if name not in found and name not in counters]
    unlike = [
        name
        for name, tensor in found.items()
        if name not in wanted
        or not isinstance(tensor, Tensor)
        or tensor.shape != wanted[name].shape
    ]
    if missing or unlike:
        first = f"it lacks {missing[0]}" if missing else f"its {unlike[0]} does not fit"
        raise AubenchError(f"not {what} ({first})", mend=mend, path=path)
    return {
        name: found[name].to(tensor.dtype, copy=True).contiguous()
        if name in found
        else torch.zeros((), dtype=tensor.dtype)
        for name, tensor in wanted.items()
    }
