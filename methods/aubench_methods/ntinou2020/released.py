"""The adaptation network that the authors of Ntinou et al. 2020 released, for `adapt`.

Weights: ``disfa_adaptation_f0.pth``. Their names, and how a caller feeds the network, are public in
``lib/evaluation/au_detector`` of https://github.com/chi0tzp/WarpedGANSpace; it has 2,663,248
parameters.
"""

from __future__ import annotations

import re
from pathlib import Path

import torch
from torch import Tensor, nn

from aubench.corpora.disfa import facts
from aubench.errors import AubenchError
from aubench.frames import LabelledFrames
from aubench_methods.heatmap_network import DEPTH
from aubench_methods.state_dicts import matched, read_state_dict

SIZE = 256
"""Width and height in pixels of the pictures that it knows."""

PEOPLE = frozenset(f"disfa/SN{n:03}" for n in (3, 4, 5, 10, 11, 13, 18, 23, 24, 30, 31, 32))
"""The people whom it learned from: the training people of fold 0 of ``disfa3fold``.

Doubt: the file's name says fold 0, and one of the authors lists the folds
(https://github.com/ESanchezLozano/Action-Units-Heatmaps/issues/10); nothing says that both count
alike."""

_PARTS = {"skip": "b1", "down": "b2", "up": "b3"}
_UNITS = {"first": "1", "second": "2", "third": "3"}
_LAYERS = {
    "fan.stem.0": "fan.conv1",
    "fan.stem.1": "fan.bn1",
    "fan.hourglass": "fan.m0",
    "fan.top": "fan.top_m_0",
    "fan.last.0": "fan.conv_last0",
    "fan.last.1": "fan.bn_end0",
    "fan.output": "fan.l0",
    "from_landmarks": "conv1",
    "from_tap": "conv2",
    "hourglass": "net",
    "last": "conv_last",
    "output": "l",
}


def released_name(name: str) -> str:
    """Their name of a tensor that `AdaptedNetwork` calls ``name``."""

    def level(found: re.Match[str]) -> str:
        depth = DEPTH - found[1].count("inner")
        return f"{_PARTS[found[2]]}_{depth}." if found[2] else "b2_plus_1."

    def unit(found: re.Match[str]) -> str:
        return f"{'bn' if found[2] == '1' else 'conv'}{_UNITS[found[1]]}."

    layer = next((ours for ours in _LAYERS if name.startswith(f"{ours}.")), None)
    if layer is not None:
        rest = name.removeprefix(f"{layer}.")
        if layer.endswith("hourglass"):
            rest = re.sub(r"^((?:inner\.)*)(?:(skip|down|up)\.)?", level, rest)
        name = f"{_LAYERS[layer]}.{rest}"
    name = re.sub(r"(?<=\.)(first|second|third)\.([01])\.", unit, name)
    return name.replace(".project.", ".downsample.")


def load_released(network: nn.Module, path: Path, aus: tuple[int, ...]) -> None:
    """Load the released weights.

    Args:
        network: An `AdaptedNetwork` of the paper's own FAN with one map per AU.
        path: The file.
        aus: The AUs, some of DISFA's; their maps are taken, the others left.

    Raises:
        AubenchError: If it is another file, or knows not all of the AUs.
    """
    if strange := [au for au in aus if au not in facts.AUS]:
        raise AubenchError(
            f"the released weights know no AU{strange[0]}",
            mend=f"choose a protocol of AUs {', '.join(map(str, facts.AUS))}",
            path=path,
        )
    own = network.state_dict()
    wanted = {released_name(name): tensor for name, tensor in own.items()}
    for name in ("l.weight", "l.bias"):
        wanted[name] = wanted[name].new_empty(len(facts.AUS), *wanted[name].shape[1:])
    state = matched(
        read_state_dict(path),
        wanted,
        path,
        what="the released weights of the adaptation network",
        mend="name disfa_adaptation_f0.pth as its authors released it",
    )
    columns = [facts.AUS.index(au) for au in aus]
    for name in ("l.weight", "l.bias"):
        state[name] = state[name][columns]
    network.load_state_dict({name: state[released_name(name)] for name in own})


def refuse_others(train: LabelledFrames) -> None:
    """Raise unless ``train`` is what the released weights learned from, by people and by size.

    Whoever was not given to learn from is tested, or might be.

    Raises:
        AubenchError: With the fold that they are of.
    """
    if set(train.keys["subject"]) != PEOPLE:
        raise AubenchError(
            "the released weights learned from the 12 training people of fold 0 of disfa3fold, "
            "and this fold trains on others",
            mend="--protocol disfa3fold --fold 0",
        )
    if train.size != SIZE:
        raise AubenchError(
            f"pictures of {train.size} pixels, where the released weights know {SIZE}",
            mend=f"prepare the pack with --size {SIZE}",
        )


def stretched(images: Tensor) -> Tensor:
    """Each picture, (B, 3, S, S), scaled to 0–1 by its own minimum and maximum.

    Their caller does so; doubt: nothing says that training did. A blank picture becomes 0.
    """
    low, high = torch.aminmax(images.flatten(1), dim=1)
    span = (high - low).clamp(min=1 / 255)
    return (images - low[:, None, None, None]) / span[:, None, None, None]
