"""Reads the weights of face-alignment's public FAN, in the forms that it is published in."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from aubench.errors import AubenchError
from aubench.io.digest import file_sha256
from aubench_methods.fan.public_network import PublicFan
from aubench_methods.fan.torchscript import is_torchscript, read_torchscript
from aubench_methods.fan.weights import Training
from aubench_methods.state_dicts import matched, read_state_dict

PUBLISHED = {
    "11f355bf06": "2DFAN4-11f355bf06.pth.tar",
    "cd938726ad": "2DFAN4-cd938726ad.zip",
    "a60332318a": "2DFAN4_1.5-a60332318a.zip",
    "c827573f02": "2DFAN4_1.6-c827573f02.zip",
    "7835d9f11d": "3DFAN4-7835d9f11d.pth.tar",
    "4a694010b9": "3DFAN4-4a694010b9.zip",
    "176570af4d": "3DFAN4_1.5-176570af4d.zip",
    "ec5cf40a1d": "3DFAN4_1.6-ec5cf40a1d.zip",
}
"""First ten hex digits of SHA-256, which face-alignment writes into its files' names, as torch.hub
does → name (``models_urls`` of its ``api.py``; all below
https://www.adrianbulat.com/downloads/python-fan/). ``.pth.tar``, of releases before 1.3, are
pickled state dicts; ``.zip`` are traced TorchScript."""

TRAINING = Training(size=256, recipe="fan", parameters={}, synthetic=False)
"""face-alignment crops a detected face with `fan` to 256 pixels. It learned from photographs whose
poses were synthesised (300W-LP), not from rendered faces."""


def read_public_fan(path: Path, published: bool) -> dict[str, Tensor]:
    """The state of a `PublicFan`.

    Only tensors are read, whoever made the file: a state dict by torch's ``weights_only`` reader,
    a TorchScript archive by `aubench_methods.fan.torchscript`.

    Args:
        path: A file of `PUBLISHED`, or one of the same form.
        published: Refuse what is not in `PUBLISHED`.

    Raises:
        AubenchError: If it is no such file, or of another architecture.
    """
    digest = file_sha256(path)
    if published and digest[:10] not in PUBLISHED:
        raise AubenchError(
            f"none of face-alignment's files (its SHA-256 begins with {digest[:10]})",
            mend="download it again (docs/pretrain.md), or, for weights of your own, "
            "--set fan=2dfan4-other:FILE",
            path=path,
        )
    found = read_torchscript(path) if is_torchscript(path) else read_state_dict(path)
    with torch.device("meta"):
        wanted = PublicFan().state_dict()
    return matched(
        found,
        wanted,
        path,
        what="the weights of a FAN of four stacks",
        mend="name 2DFAN4 or 3DFAN4 as face-alignment publishes them",
    )
