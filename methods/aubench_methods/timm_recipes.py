"""The recipes of ``resnet18`` and of ``timm/NAME``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from aubench.recipes import Given, NamedRecipe, Needs, assumed, stated

TEXT = "Ntinou et al. 2020, on training"
AS_OTHERS = "Ntinou et al. 2020, §6: the same learning rate, optimisers and augmentation"
UNNAMED = "not mentioned"

PAPER = NamedRecipe(
    source="Ntinou et al. 2020, the ResNet-18 of their Table 5",
    values={
        "weights": assumed("hub", "ImageNet: what a reader expects of a strong baseline"),
        "optimiser": stated("adam", AS_OTHERS),
        "epochs": assumed(20, "not stated: four cycles; the epoch is chosen on validation people"),
        "batch": stated(48, TEXT),
        "lr": assumed(1e-3, "not stated: code of the same authors for similar networks, batch 48"),
        "annealing": stated("cosine", TEXT),
        "cycle": stated(5, f'{TEXT}: cosine annealing "with step 5", read as restarts'),
        "step": assumed(5, "without effect: the rate falls along a cosine"),
        "warmup": assumed(0.0, UNNAMED),
        "clip": assumed(None, UNNAMED),
        "layer_decay": assumed(1.0, UNNAMED),
        "drop_path": assumed(0.0, UNNAMED),
        "weight_decay": stated(1e-6, TEXT),
        "flip": assumed(0.5, "flips are stated, how often is not"),
        "rotation": stated(30.0, TEXT),
        "scale": stated(0.2, f"{TEXT}: 0.8–1.2"),
        "jitter": assumed(0.2, "colour jitter is stated, its amount is not"),
        "occlusion": assumed(0.3, "random occlusion is stated, how often is not"),
    },
    needs=Needs(
        size=256,
        crops=("tight", "stretch"),
        parts={"weights": "weights of ImageNet"},
    ),
)

_USUAL = "no paper: usual for fine-tuning networks of ImageNet"
_BRIEF = "no paper: enough for a network that is pre-trained"
_AS_NTINOU = "no paper: as Ntinou et al. 2020 augment"
_BLOCKS = "no paper: usual for fine-tuning transformers, as of BEiT and MAE"

CONVOLUTIONAL = NamedRecipe(
    source="ours: fine-tuning with AdamW, warm-up and one cosine",
    values={
        "weights": assumed("hub", "no paper: timm's own weights"),
        "optimiser": assumed("adamw", _USUAL),
        "epochs": assumed(20, _BRIEF),
        "batch": assumed(64, _USUAL),
        "lr": assumed(
            1e-4, "no paper: a tenth of the rate for a random start, to keep what was learned"
        ),
        "annealing": assumed("cosine", _USUAL),
        "cycle": assumed(0, "no paper: one fall over the whole fit"),
        "step": assumed(5, "without effect: the rate falls along a cosine"),
        "warmup": assumed(0.05, _USUAL),
        "clip": assumed(1.0, _USUAL),
        "layer_decay": assumed(1.0, "no paper: all layers learn alike"),
        "drop_path": assumed(0.0, "no paper: none"),
        "weight_decay": assumed(0.05, _USUAL),
        "flip": assumed(0.5, _AS_NTINOU),
        "rotation": assumed(30.0, _AS_NTINOU),
        "scale": assumed(0.2, _AS_NTINOU),
        "jitter": assumed(0.2, _AS_NTINOU),
        "occlusion": assumed(0.3, _AS_NTINOU),
    },
    needs=Needs(parts={"weights": "timm's own weights"}),
)

TRANSFORMER = CONVOLUTIONAL.but(
    lr=assumed(5e-5, _BLOCKS),
    layer_decay=assumed(0.75, _BLOCKS),
    drop_path=assumed(0.1, _BLOCKS),
)

_TWIN = "chosen for a few hundred synthetic frames"

_QUICK: Mapping[str, Given] = {
    "weights": assumed("none", f"{_TWIN}: nothing to fetch"),
    "optimiser": assumed("adam", _TWIN),
    "epochs": assumed(10, _TWIN),
    "batch": assumed(16, _TWIN),
    "lr": assumed(1e-3, f"{_TWIN}, from a random start"),
    "cycle": assumed(0, _TWIN),
    "warmup": assumed(0.0, _TWIN),
    "clip": assumed(None, _TWIN),
    "layer_decay": assumed(1.0, _TWIN),
    "drop_path": assumed(0.0, _TWIN),
    "weight_decay": assumed(1e-6, _TWIN),
}

QUICK = replace(PAPER, source=_TWIN, values={**PAPER.values, **_QUICK}, needs=Needs())
